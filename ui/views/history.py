"""Earlier predictions: find them, follow a patient, and record what happened."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

import streamlit as st

from ml.errors import VigiaError
from ml.problems import Problem
from ui import charts, judgement, markup, problems, service, texts
from ui.answers.history import Page, StoredPrediction
from ui.grades import grades
from ui.page import choose_problem, standing
from ui.problems import label_of
from ui.result import given
from ui.session import KEPT, language, moment, number, patient_column, percentage, say, share
from ui.texts import history as words
from ui.texts import patient as opinions

PERIODS: Final = (0, 7, 30, 90)  # days; 0 is any time
ON_A_PAGE: Final = 20
_EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)


def show() -> None:
    """Draw the page."""
    problem = choose_problem()
    st.title(say(texts.HISTORY), anchor=False)
    st.caption(problem.title.to(language()))
    standing(problem)
    filters = _filters(problem)
    cursors: list[str] = st.session_state.setdefault(f"cursors/{problem.name}", [])
    if st.session_state.get(f"filters/{problem.name}") != filters:
        cursors.clear()
        st.session_state[f"filters/{problem.name}"] = filters
    try:
        cursor = {"cursor": cursors[-1]} if cursors else {}
        page = service.client().predictions(problem.name, filters | cursor)
    except VigiaError as error:
        problems.show(error, problem)
        st.button(say(texts.RETRY), key="retry-history")
        return
    _list(problem, page, cursors)
    if page.predictions:
        _trend(page, patient="patient" in filters)
        _one(problem, page)


def _filters(problem: Problem) -> dict[str, str]:
    place = f"{KEPT}{problem.name}-history"
    patient, period, grade, risk = st.columns(4)
    column = patient_column(problem)
    found = {"limit": str(ON_A_PAGE)}
    with patient:
        label = column.label.to(language()) if column else say(texts.PATIENT)
        key = st.text_input(label, key=f"{place}/patient", max_chars=128, persist_state="session")
        found |= {"patient": key.strip()} if key and key.strip() else {}
    with period:
        days = st.selectbox(
            say(words.PERIOD),
            PERIODS,
            format_func=lambda days: say(words.LAST_DAYS, days=days) if days else say(words.ALWAYS),
            key=f"{place}/period",
            persist_state="session",
        )
        found |= {"from": _since(days)} if days else {}
    with grade:
        known = grades(problem)
        chosen = st.selectbox(
            say(known.title),
            ("", *known.labels),
            format_func=lambda name: known.labels.get(name) or say(words.ANY),
            key=f"{place}/{known.field}",
            persist_state="session",
        )
        found |= {known.field: chosen} if chosen else {}
    with risk:
        least = st.number_input(
            say(words.MINIMUM), 0, 100, step=5, key=f"{place}/risk", persist_state="session"
        )
        found |= {"min_risk": str(least / 100)} if least else {}
    return found


def _since(days: int) -> str:
    """Return the moment `days` days ago, at midnight, so that it stays the same for a while."""
    today = datetime.combine(datetime.now(UTC).date(), time(), UTC)
    return (today - timedelta(days=days)).isoformat()


def _list(problem: Problem, page: Page, cursors: list[str]) -> None:
    if page.pending:
        st.info(say(words.PENDING, count=page.pending))
    if not page.predictions:
        st.info(say(words.NONE_FOUND))
        return
    total = say(words.FOUND, total=number(page.total)) if page.total != 1 else say(words.FOUND_ONE)
    st.markdown(total)
    head = (
        *(words.TIME, texts.PATIENT, words.RISK, grades(problem).title, words.MISSING),
        *(words.MODEL, words.OUTCOME, words.OPINION),
    )
    rows = [_row(problem, one) for one in page.predictions]
    titles = [say(text) for text in head]
    markup.table(say(words.CAPTION), titles, rows, figures=(2, 4), quiet=True)
    with st.container(horizontal=True):
        newer = st.button(say(words.NEWER), disabled=not cursors, key="newer")
        older = st.button(say(words.OLDER), disabled=page.next is None, key="older")
        st.button(say(words.REFRESH), key="look-again")
    if newer:
        cursors.pop()
        st.rerun()
    if older and page.next:
        cursors.append(page.next)
        st.rerun()


def _row(problem: Problem, one: StoredPrediction) -> list[str]:
    return [
        markup.whole(moment(one.time)),
        one.patient or "-",
        percentage(one.risk),
        markup.whole(grades(problem).of(one)),
        str(len(one.missing)),
        one.model_version,
        _outcome(problem, one),
        say(judgement.VERDICTS[one.feedback[-1].verdict]) if one.feedback else "-",
    ]


def _outcome(problem: Problem, one: StoredPrediction) -> str:
    if not one.outcomes:
        return markup.whole(say(words.UNKNOWN))
    last = one.outcomes[-1].outcome
    labels = problem.target.labels
    return labels[last].to(language()) if last in labels else last


def _trend(page: Page, *, patient: bool) -> None:
    st.subheader(say(words.TREND), anchor=False)
    if not patient or len(page.predictions) < 2:
        st.caption(say(words.TREND_NEEDS))
        return
    shown = page.predictions[::-1]
    start, end = shown[0].time, shown[-1].time
    span = max(1.0, (end - start).total_seconds())
    points = [((one.time - start).total_seconds() / span, one.risk) for one in shown]
    first, last = moment(start), moment(end)
    axes = charts.Axes((share(0), share(1)), (first, "", last))
    charts.draw(charts.line(points), axes, say(words.TREND_OF, first=first, last=last))


def _one(problem: Problem, page: Page) -> None:
    st.subheader(say(words.ONE), anchor=False)
    by_id = {one.id: one for one in page.predictions}

    def name(prediction_id: str) -> str:
        one = by_id[prediction_id]
        parts = (moment(one.time), one.patient or "-", percentage(one.risk))
        return " · ".join(parts)

    chosen = st.selectbox(
        say(words.CHOOSE), tuple(by_id), format_func=name, key=f"one/{problem.name}"
    )
    one = by_id[chosen]
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{say(words.INPUTS)}**")
        if rows := given(problem, one.inputs):
            markup.facts(say(words.INPUTS), rows)
        absent = ", ".join(label_of(problem, name) for name in one.missing)
        st.caption(f"{say(words.MISSING)}: {absent or say(texts.NOTHING)}")
        _opinions(problem, one)
    with right:
        _record(problem, one)
        judgement.draw(problem, one.id)


def _opinions(problem: Problem, one: StoredPrediction) -> None:
    if not one.feedback:
        return
    rows = []
    for opinion in one.feedback:
        verdict = say(judgement.VERDICTS[opinion.verdict])
        if opinion.verdict == "override":
            verdict += f": {grades(problem).of(opinion)}"
        rows.append([markup.whole(moment(opinion.time)), verdict, opinion.reason, opinion.caller])
    head = [say(text) for text in (words.TIME, words.OPINION, opinions.WHY, words.BY)]
    markup.table(say(words.OPINIONS), head, rows)


def _record(problem: Problem, one: StoredPrediction) -> None:
    st.markdown(f"**{say(words.RECORD)}**")
    place = f"{KEPT}outcome/{one.id}"
    labels = problem.target.labels
    outcome = st.radio(
        say(words.OUTCOME),
        tuple(labels),
        format_func=lambda name: labels[name].to(language()),
        index=None,
        key=f"{place}/class",
        persist_state="session",
    )
    today = f"{datetime.now().astimezone():%Y-%m-%d}"
    st.session_state.setdefault(f"{place}/when", today)
    when = st.text_input(
        say(words.WHEN), key=f"{place}/when", max_chars=10, persist_state="session"
    )
    if not st.button(say(words.SAVE), key="save-outcome", disabled=outcome is None):
        return
    observed = _observed(when, today)
    if observed is None:
        st.error(say(words.WRONG_DATE, example=today))
        return
    try:
        recorded = service.client().report(problem.name, one.id, str(outcome), observed)
    except VigiaError as error:
        problems.show(error, problem)
    else:
        text = words.SAVED if recorded.recorded else words.KNOWN
        st.success(say(text), icon=":material/check:")


def _observed(typed: str, today: str) -> datetime | None:
    """Return the moment that a date stands for: noon, or now if it is today's."""
    now = datetime.now(UTC)
    if typed.strip() == today:
        return now
    try:
        day = datetime.strptime(typed.strip(), "%Y-%m-%d").astimezone()
    except ValueError:
        return None
    noon = day.replace(hour=12).astimezone(UTC)
    return noon if _EARLIEST < noon <= now else None
