"""One module for each change of the history's tables."""
