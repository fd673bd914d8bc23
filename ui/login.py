"""Who visits: anybody behind the pages' own key, or each with a key or an account."""

from __future__ import annotations

import streamlit as st

from ml.errors import VigiaError
from ui import problems, service
from ui.answers import Caller
from ui.refusals import NotAllowed, NotRecognised
from ui.session import say
from ui.settings import settings
from ui.texts import login as words

EVERY_ROLE = ("auditor", "clinician", "monitor", "operator")
_TYPED = "typed key"
_WRONG = "wrong key"


def visitor() -> Caller | None:
    """Return the visitor, or draw the login and return `None`.

    While the API is away a visitor whose roles are not known yet sees every page: it will
    refuse what is not allowed.
    """
    if settings().ui_login == "oidc":
        _take_token()
    if settings().ui_login != "off" and not st.session_state.get(service.KEY):
        _draw()
        return None
    try:
        return service.caller()
    except NotRecognised:
        if settings().ui_login == "off":
            return Caller("", EVERY_ROLE)  # the pages say which setting is wrong
        st.session_state[service.KEY] = None
        _draw(wrong=True)
        return None
    except NotAllowed:
        return Caller("", ())  # known, but with no role here: no page is theirs
    except VigiaError:
        return Caller("", EVERY_ROLE)


def draw_visitor(caller: Caller) -> None:
    """Say who is signed in, and offer to sign out, where there is a login."""
    if settings().ui_login == "off":
        return
    st.caption(say(words.SIGNED_IN, name=caller.name or "…"))
    st.button(say(words.SIGN_OUT), on_click=_sign_out, key="sign-out")


def _draw(*, wrong: bool = False) -> None:
    st.title(say(words.SIGN_IN), anchor=False)
    if settings().ui_login == "oidc":
        if wrong:
            st.error(say(words.EXPIRED), icon=":material/key_off:")
        st.markdown(say(words.WITH_PROVIDER))
        st.button(say(words.SIGN_IN), on_click=st.login, type="primary", key="sign-in")
        return
    with st.form("login", border=False):
        st.text_input(
            say(words.KEY), type="password", help=say(words.KEY_HELP), key=_TYPED, max_chars=200
        )
        st.form_submit_button(say(words.SIGN_IN), on_click=_take_key, type="primary", key="sign-in")
    if wrong or st.session_state.get(_WRONG):
        st.error(say(words.WRONG_KEY), icon=":material/key_off:")
    if isinstance(away := st.session_state.get("login away"), VigiaError):
        problems.show(away)


def _take_key() -> None:
    """Take the key that was typed, if the API knows it."""
    key = str(st.session_state.get(_TYPED) or "").strip()
    st.session_state["login away"] = None
    st.session_state[_WRONG] = not key
    try:
        if key:
            service.anybody().known_by(key).caller()
            st.session_state[service.KEY] = key
    except NotRecognised:
        st.session_state[_WRONG] = True
    except VigiaError as error:
        st.session_state["login away"] = error


def _take_token() -> None:
    """Take the token of the identity provider, whose session Streamlit keeps."""
    signed_in = getattr(st.user, "is_logged_in", False)
    st.session_state[service.KEY] = st.user.tokens.get("id") if signed_in else None


def _sign_out() -> None:
    st.session_state[service.KEY] = None
    if settings().ui_login == "oidc":
        st.logout()
