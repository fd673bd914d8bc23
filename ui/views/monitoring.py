"""How much the model is used, what it is not told, and how it does where outcomes have come."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ml.errors import VigiaError
from ml.problems import Problem
from ui import charts, markup, problems, service, texts
from ui.answers.model import Activity, Judged, ModelInfo
from ui.grades import grades
from ui.page import choose_problem, standing
from ui.problems import label_of
from ui.session import KEPT, language, number, percentage, say, share
from ui.texts import history as shared
from ui.texts import monitoring as words
from ui.views import drift

PERIODS: Final = (7, 30, 90, 365)
_DAYS: Final = 30
MOST_MISSING: Final = 15
VERDICTS: Final = {
    "agree": words.AGREED,
    "disagree": words.DISAGREED,
    "override": words.JUDGED_OTHERWISE,
}


def show() -> None:
    """Draw the page."""
    problem = choose_problem()
    st.title(say(texts.MONITORING), anchor=False)
    st.caption(problem.title.to(language()))
    info = standing(problem)
    key = f"{KEPT}monitoring"
    st.session_state.setdefault(key, _DAYS)  # a control's own default would undo what is held
    days = st.selectbox(
        say(words.PERIOD),
        PERIODS,
        format_func=lambda days: say(shared.LAST_DAYS, days=days),
        key=key,
        width=240,
        persist_state="session",
    )
    try:
        activity = service.client().activity(problem.name, days)
    except VigiaError as error:
        problems.show(error, problem)
        st.button(say(texts.RETRY), key="retry-activity")
        return
    _figures(activity)
    if activity.predictions:
        _volume(activity)
        _grades(problem, activity)
        _missing(problem, activity)
        _live(problem, activity, info)
        _opinions(activity)
    drift.draw(problem)


def _figures(activity: Activity) -> None:
    total, daily, known = st.columns(3)
    total.metric(say(words.PREDICTIONS), number(activity.predictions))
    daily.metric(say(words.A_DAY), number(activity.predictions / activity.days, 1))
    judged = activity.outcomes.predictions if activity.outcomes else 0
    known.metric(say(words.WITH_OUTCOME), number(judged))
    if not activity.predictions:
        st.info(say(words.NOTHING_YET))


def _volume(activity: Activity) -> None:
    shown = activity.by_day
    first, last = shown[0].day, shown[-1].day
    most = max(day.predictions for day in shown)
    left, right = st.columns(2)
    with left:
        st.subheader(say(words.VOLUME), anchor=False)
        axes = charts.Axes(("0", number(most)), (first, "", last if last != first else ""))
        alt = say(words.VOLUME_ALT, first=first, last=last, most=most)
        charts.draw(charts.bars([day.predictions / most for day in shown]), axes, alt)
    with right:
        st.subheader(say(words.MEAN_RISK), anchor=False)
        scale = min(1.0, 1.25 * max(day.mean_risk for day in shown))
        step = 1 / max(1, len(shown) - 1)
        points = [(place * step, day.mean_risk / scale) for place, day in enumerate(shown)]
        axes = charts.Axes(
            (share(0), percentage(scale)), (first, "", last if last != first else "")
        )
        charts.draw(charts.line(points), axes, say(words.MEAN_RISK_ALT, first=first, last=last))
    with st.expander(say(words.SAME_FIGURES)):
        rows = [[day.day, number(day.predictions), percentage(day.mean_risk)] for day in shown]
        head = [say(words.DAY), say(words.PREDICTIONS), say(words.MEAN_RISK)]
        markup.table(say(words.VOLUME), head, rows, figures=(1, 2), quiet=True)


def _grades(problem: Problem, activity: Activity) -> None:
    known, rows = grades(problem), []
    counts: dict[str, int] = getattr(activity, f"by_{known.field}")
    for name, label in known.labels.items():
        part = counts.get(name, 0) / activity.predictions
        rows.append([label, number(counts.get(name, 0)), markup.bar(part, share(part))])
    title = say(known.title)
    head = [title, say(words.COUNT), say(words.SHARE)]
    markup.table(say(words.BY, grade=title), head, rows, figures=(1,))


def _missing(problem: Problem, activity: Activity) -> None:
    st.subheader(say(words.MISSING), anchor=False)
    gaps = sum(day.mean_missing * day.predictions for day in activity.by_day)
    mean = number(gaps / activity.predictions, 1)
    st.caption(say(words.MISSING_MEAN, count=mean, inputs=len(problem.inputs)))
    often = sorted(activity.missing.items(), key=lambda item: (-item[1], item[0]))[:MOST_MISSING]
    rows = []
    for name, count in often:
        part = count / activity.predictions
        rows.append([label_of(problem, name), markup.bar(part, share(part))])
    if rows:
        head = [say(texts.INPUT), say(words.SHARE)]
        markup.table(say(words.MISSING), head, rows, quiet=True)


def _live(problem: Problem, activity: Activity, info: ModelInfo | None) -> None:
    st.subheader(say(words.LIVE), anchor=False)
    if activity.outcomes is None:
        st.caption(say(words.LIVE_NEEDS))
        return
    st.caption(say(words.LIVE_NOTE))
    rows = [_judged(say(words.ALL), activity.outcomes)]
    known = grades(problem)
    by_grade: dict[str, Judged] = getattr(activity, f"outcomes_by_{known.field}")
    rows += [_judged(known.labels.get(name, name), one) for name, one in by_grade.items()]
    named = (known.title, words.WITH_OUTCOME, words.ESTIMATED, words.OBSERVED, words.AGREES)
    head = [say(text) for text in named]
    markup.table(say(words.LIVE), head, rows, figures=(1, 2, 3), quiet=True)
    if activity.auroc is not None:
        live, test = number(activity.auroc, 2), info.metrics.get("auroc") if info else None
        if test is None:
            st.markdown(say(words.RANKING, live=live))
        else:
            st.markdown(say(words.RANKING_TEST, live=live, test=number(test.value, 2)))
    if activity.brier is not None:
        st.markdown(say(words.BRIER, value=number(activity.brier, 3)))


def _judged(name: str, judged: Judged) -> list[str]:
    verdict = words.YES
    if judged.mean_risk > judged.high:
        verdict = words.TOO_HIGH
    elif judged.mean_risk < judged.low:
        verdict = words.TOO_LOW
    low, high = round(100 * judged.low), round(100 * judged.high)
    observed = f"{share(judged.rate)} [{low}; {high}]"
    risk = percentage(judged.mean_risk)
    return [name, number(judged.predictions), risk, observed, say(verdict)]


def _opinions(activity: Activity) -> None:
    st.subheader(say(words.OPINIONS), anchor=False)
    if not activity.feedback:
        st.caption(say(words.NO_OPINIONS))
        return
    rows = [[say(text), number(activity.feedback.get(name, 0))] for name, text in VERDICTS.items()]
    head = [say(shared.OPINION), say(words.COUNT)]
    markup.table(say(words.OPINIONS), head, rows, figures=(1,), quiet=True)
