"""The model registry's webhook: what it may say, that it was the one who said it, and once."""
