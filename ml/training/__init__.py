"""Training: from clean rows to a bundle."""

from ml.training.train import Trained, train

__all__ = ["Trained", "train"]
