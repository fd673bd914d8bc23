"""Contestant (d): FastAPI, pandas and a scikit-learn pipeline, as one would naively write it.

python -m benchmarks.serving.naive MODEL PORT
"""

from __future__ import annotations

import sys
from typing import Any

import mlflow.sklearn
import pandas as pd
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Body(BaseModel):
    """Records of raw columns."""

    records: list[dict[str, str | int | float | None]]


def create_app(model: Any) -> FastAPI:
    """Return an application that predicts with a fitted pipeline."""
    app = FastAPI()

    @app.post("/predict")
    def predict(body: Body) -> dict[str, list[float]]:
        frame = pd.DataFrame(body.records)
        return {"predictions": model.predict_proba(frame)[:, 1].tolist()}

    return app


if __name__ == "__main__":
    loaded = mlflow.sklearn.load_model(sys.argv[1])
    uvicorn.run(create_app(loaded), port=int(sys.argv[2]), log_level="warning", access_log=False)
