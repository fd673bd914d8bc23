"""The routes: those of one problem, and those of the service as a whole."""
