"""Grafana's dashboards as code; `python -m infra.grafana` writes the JSON that Grafana reads."""
