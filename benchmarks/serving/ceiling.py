"""Contestant (c), the ceiling: FastAPI with one endpoint that parses records, and no more.

    python -m benchmarks.serving.ceiling PORT

It is served by the same server and parses with the same library as the service, then answers
with bytes that were made before. Nothing of the service is around it: no request id,
metrics, limits, guard or security headers.
"""

from __future__ import annotations

import sys

import msgspec
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

# As long as the service's answer to one record.
ANSWER = msgspec.json.encode(
    {
        "predictions": [0.1234567890123456],
        "model": {"name": "constant", "version": "1", "digest": "0" * 64, "data": "real"},
        "notice": "x" * 240,
    }
)
app = FastAPI()


@app.post("/predict")
async def predict(request: Request) -> Response:
    """Parse the body, and answer with a constant."""
    content = msgspec.json.decode(await request.body())
    if not content["records"]:
        return Response(status_code=422)
    return Response(ANSWER, media_type="application/json")


@app.get("/readyz")
async def ready() -> Response:
    """Say that it is up."""
    return Response(status_code=200)


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False)
