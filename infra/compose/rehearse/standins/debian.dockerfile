# Stand-ins from Debian's packages; each target is laid out like the image it stands for.
FROM debian:trixie-slim AS base
# hadolint ignore=DL3008
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      haproxy prometheus prometheus-alertmanager prometheus-node-exporter wget python3 \
 && rm -rf /var/lib/apt/lists/* \
 && install --directory --owner 65534 --group 65534 /prometheus /alertmanager

FROM base AS haproxy
CMD ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]

FROM base AS prometheus
ENTRYPOINT ["prometheus"]

FROM base AS alertmanager
ENTRYPOINT ["prometheus-alertmanager"]

FROM base AS node-exporter
ENTRYPOINT ["prometheus-node-exporter"]

FROM base AS ready
COPY ready.py /ready.py
ENTRYPOINT ["python3", "/ready.py"]
