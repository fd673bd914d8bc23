"""The shared client, and what the API serves, remembered for a moment."""

from __future__ import annotations

import streamlit as st

from ml.problems import names
from ui.answers import ModelInfo
from ui.client import Client
from ui.settings import settings

REMEMBER_SECONDS = 10


def client() -> Client:
    """Return the client of this process."""
    key = settings().api_key.get_secret_value()
    return _client(str(settings().api_url), settings().api_timeout_seconds, key)


@st.cache_resource(show_spinner=False, on_release=Client.close)
def _client(url: str, timeout_seconds: float, key: str) -> Client:
    return Client(url, timeout_seconds, key)


def served() -> tuple[str, ...]:
    """Return the problems that are both served and declared, the API's default first.

    Raises what `Client` raises; an error is not remembered.
    """
    return _served(str(settings().api_url))


@st.cache_resource(ttl=REMEMBER_SECONDS, show_spinner=False)
def _served(_url: str) -> tuple[str, ...]:
    listing = client().models()
    offered = {model.problem for model in listing.models}.intersection(names())
    return tuple(sorted(offered, key=lambda name: (name != listing.default_problem, name)))


def model_info(problem: str) -> ModelInfo:
    """Return what is served for `problem`; raises what `Client` raises."""
    return _model_info(str(settings().api_url), problem)


@st.cache_resource(ttl=REMEMBER_SECONDS, show_spinner=False)
def _model_info(_url: str, problem: str) -> ModelInfo:
    return client().model_info(problem)


def forget() -> None:
    """Ask the API anew at the next call."""
    _served.clear()
    _model_info.clear()
