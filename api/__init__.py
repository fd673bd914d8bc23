"""The serving door: a FastAPI application that answers from the promoted models."""
