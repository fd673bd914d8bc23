from __future__ import annotations

from streamlit.testing.v1 import AppTest


def test_what_was_typed_on_a_page_that_was_left_undrawn_is_given_back() -> None:
    def script() -> None:
        import streamlit as st  # noqa: PLC0415 # the script runs by itself

        from ui import session  # noqa: PLC0415 # the same

        away = st.checkbox("away", key="away")
        session.hold(str(away))
        if not away:
            st.text_input("ward", key="kept/ward")  # Streamlit forgets it where it is not drawn
        session.drawn(str(away))

    page = AppTest.from_function(script).run()
    page.text_input(key="kept/ward").set_value("3").run()

    page.checkbox(key="away").set_value(True).run()
    assert not page.text_input
    page.checkbox(key="away").set_value(False).run()

    assert page.text_input(key="kept/ward").value == "3"


def pages() -> None:
    import streamlit as st  # noqa: PLC0415 # the script runs by itself

    from ui import session  # noqa: PLC0415 # the same

    place = st.radio("place", ("filters", "elsewhere"), key="place")
    session.hold(place)
    if place == "filters":
        st.text_input("ward", key="kept/ward", persist_state="session")
    session.drawn(place)


def test_a_field_that_the_browser_had_not_filled_yet_when_one_clicked_on_is_kept() -> None:
    page = AppTest.from_function(pages).run()
    page.text_input(key="kept/ward").set_value("3").run()
    page.radio(key="place").set_value("elsewhere").run()
    page.radio(key="place").set_value("filters").run()

    page.text_input(key="kept/ward").set_value("")  # as it was drawn first
    page.radio(key="place").set_value("elsewhere").run()

    assert page.radio(key="place").set_value("filters").run().text_input[0].value == "3"


def test_a_field_that_was_emptied_stays_empty() -> None:
    page = AppTest.from_function(pages).run()
    page.text_input(key="kept/ward").set_value("3").run()
    page.text_input(key="kept/ward").set_value("").run()
    page.radio(key="place").set_value("elsewhere").run()

    assert page.radio(key="place").set_value("filters").run().text_input[0].value == ""
