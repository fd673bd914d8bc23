"""The shared client, who asks, and what the API serves, remembered for a moment."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from ml.errors import VigiaError
from ml.problems import names
from ui.answers import Caller
from ui.answers.model import ModelInfo
from ui.client import Client
from ui.settings import settings

REMEMBER_SECONDS = 10
KEY = "credentials"
_LAST: dict[str, tuple[str, ...]] = {}  # what an API served when it was heard last, by address


def client() -> Client:
    """Return the client of this session."""
    own = settings().api_key.get_secret_value()
    return anybody().known_by(str(st.session_state.get(KEY) or own))


def anybody() -> Client:
    """Return the client of this process, which nobody is known by."""
    return _client(str(settings().api_url), settings().api_timeout_seconds)


@st.cache_resource(show_spinner=False, on_release=Client.close)
def _client(url: str, timeout_seconds: float) -> Client:
    return Client(url, timeout_seconds)


def caller() -> Caller:
    """Return whom the API takes this session for; raises what `Client` raises."""
    key = f"caller/{st.session_state.get(KEY, '')}"
    if key not in st.session_state:
        st.session_state[key] = client().caller()
    found: Caller = st.session_state[key]
    return found


def served() -> tuple[str, ...]:
    """Return the problems that are both served and declared, the API's default first.

    While the API is away, what it served last stands in: a page must not turn to another
    problem under the hands of whoever fills it in. All that are declared stand in where this
    process never heard from it.
    """
    url = str(settings().api_url)
    with suppress(VigiaError):  # `model_info`, which every page asks for next, says so
        _LAST[url] = _served(url)
    return _LAST.get(url) or names()


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
