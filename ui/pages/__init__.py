"""One module a page; `ui.shell` lists them."""
