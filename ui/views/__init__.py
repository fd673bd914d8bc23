"""One module a page; `ui.shell` lists them.

The folder is not called `pages`: Streamlit would take every file of that name's folder for
a page of its older kind.
"""
