"""The search for a problem's best model: parallel, deterministic, and resumable."""

from ml.training.search.search import Plan, Share, begin, conclude, run_lane, weigh

__all__ = ["Plan", "Share", "begin", "conclude", "run_lane", "weigh"]
