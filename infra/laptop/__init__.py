"""The clinic laptop: the API, and the pages by choice, for one problem and without a server."""
