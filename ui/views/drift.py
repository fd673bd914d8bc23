"""The part of the monitoring that sets patients, estimates and outcomes against the training."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ml.errors import UnknownProblem, VigiaError
from ml.problems import Problem
from ui import markup, problems, service, texts
from ui.answers.monitoring import Decision, Drift, InputDrift, Report
from ui.grades import classes
from ui.problems import label_of, listed
from ui.session import language, moment, number, percentage, say, share
from ui.texts import drift as words
from ui.texts import model as metrics
from ui.views.model import estimate

MOST_INPUTS: Final = 15


def draw(problem: Problem) -> None:
    """Draw what the monitors have found at their last look."""
    st.subheader(say(words.TITLE), anchor=False)
    try:
        reports = service.client().monitoring(problem.name).reports
    except UnknownProblem:
        reports = ()  # an API without monitors
    except VigiaError as error:
        st.warning(problems.reason(error), icon=":material/cloud_off:")
        return
    if not reports:
        st.markdown(say(words.NOT_YET))
        return
    newest = reports[0]
    st.caption(
        say(
            words.LOOKED,
            time=moment(newest.until),
            version=newest.version,
            examined=number(newest.examined),
            since=moment(newest.since),
        )
    )
    _decision(newest.decision)
    _inputs(problem, newest)
    _estimates(problem, newest)
    _live(newest)


def _decision(found: Decision) -> None:
    why = [finding.sentence.to(language()) for finding in found.findings]
    if found.retrain:
        st.warning(listed(say(words.RETRAIN), why), icon=":material/model_training:")
    elif why:
        st.info(listed(say(words.FOUND), why), icon=":material/info:")
    else:
        st.markdown(say(words.STEADY))
    if found.cooling_since is not None:
        st.caption(say(words.COOLING, time=moment(found.cooling_since)))
    if found.undecided:
        st.caption(listed(say(words.UNDECIDED), [text.to(language()) for text in found.undecided]))


def _inputs(problem: Problem, report: Report) -> None:
    if not report.inputs:
        return
    ranked = sorted(report.inputs, key=lambda one: (not one.drifted, -_psi(one)))
    rows = [
        [
            label_of(problem, one.input),
            "-" if one.values is None else number(one.values.psi, 2),
            share(one.missing_before),
            share(one.missing_now),
            _verdict(one.values, drifted=one.drifted),
        ]
        for one in ranked[:MOST_INPUTS]
    ]
    head = (words.CHANGE, words.MISSING_BEFORE, words.MISSING_NOW, words.VERDICT)
    titles = [say(texts.INPUT), *(say(text) for text in head)]
    markup.table(say(words.INPUTS), titles, rows, figures=(1, 2, 3))
    st.caption(say(words.NOTE))


def _psi(one: InputDrift) -> float:
    return one.values.psi if one.values else 0.0


def _verdict(values: Drift | None, *, drifted: bool) -> str:
    if drifted:
        return say(words.CHANGED)
    return say(words.TOO_FEW if values is None else words.AS_BEFORE)


def _estimates(problem: Problem, report: Report) -> None:
    if not report.classes:
        return
    labels = classes(problem)
    rows = [
        [
            labels.get(one.name, one.name),
            percentage(one.mean_before),
            percentage(one.mean_now),
            number(one.risks.psi, 2),
            _verdict(one.risks, drifted=one.risks.drifted),
        ]
        for one in report.classes
    ]
    head = (words.ESTIMATES, words.BEFORE, words.NOW, words.CHANGE, words.VERDICT)
    markup.table(say(words.ESTIMATES), [say(text) for text in head], rows, figures=(1, 2, 3))


def _live(report: Report) -> None:
    """Set live metrics beside those of the test part."""
    live = next((one for one in report.performance if not one.version), None)
    if live is None or not live.metrics:
        return
    rows = [
        [
            say(metrics.TITLES[name]) if name in metrics.TITLES else name,
            estimate(report.offline.get(name), 3),
            estimate(interval, 3),
        ]
        for name, interval in live.metrics.items()
    ]
    head = [say(metrics.METRIC), say(words.BEFORE), say(words.NOW)]
    caption = say(words.LIVE, known=number(live.known), due=number(live.due))
    markup.table(caption, head, rows, figures=(1, 2))
