"""`healthy.py URL [COMPONENT]`: whether a service answers, or reports a component as healthy.

For the health checks of containers: the standard library alone, so that it starts in a moment.
"""

import json
import sys
import urllib.request
from typing import Any

_SECONDS = 4
# Between containers no proxy has a part in it.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def main(address: str, component: str = "") -> int:
    """Return 0 where the answer is good, 1 where it is not."""
    try:
        with _OPENER.open(address, timeout=_SECONDS) as answer:
            report: dict[str, Any] = json.load(answer) if component else {}
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{address}: {error}\n")
        return 1
    status = report[component]["status"] if component else "healthy"
    sys.stdout.write(f"{status}\n")
    return 0 if status == "healthy" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
