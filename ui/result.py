"""The answer to one estimate, or why there is none."""

from __future__ import annotations

import streamlit as st

from ml.errors import InvalidRecord, NoModel, UnknownProblem, VigiaError, Violation
from ml.problems import Problem
from ui import form, texts
from ui.answers import SYNTHETIC, Band, Detail, Model, Scores
from ui.client import ApiFault
from ui.session import language, say


def show(problem: Problem, scores: Scores) -> None:
    """Draw the risk, its band, what was missing, the warnings and the model."""
    probability, detail = scores.predictions[0], scores.details[0]
    st.metric(say(texts.PROBABILITY), percentage(probability))
    if detail.band is not None:
        st.markdown(f"**{_band(problem, detail.band)}**")
    st.caption(say(texts.NOTICE))  # again, since the page's top may be out of sight
    if scores.model.data == SYNTHETIC:
        show_synthetic("synthetic-result")
    for warning in detail.warnings:
        st.warning(warning.to(language()), icon=":material/warning:")
    _missing(problem, detail)
    _model(scores.model)


def show_synthetic(key: str) -> None:
    """Say loudly that nothing here is about real patients; `key` names the place."""
    with st.container(key=key):
        st.error(say(texts.SYNTHETIC), icon=":material/science:")


def show_error(problem: Problem, error: VigiaError) -> None:
    """Say what went wrong and what to do."""
    match error:
        case InvalidRecord():
            refused = [_refused(problem, violation) for violation in error.violations]
            st.error(listed(say(texts.REFUSED), refused))
        case _:
            st.error(reason(error), icon=":material/cloud_off:")


def reason(error: VigiaError) -> str:
    """Return why the API gave no answer, in the session's language."""
    match error:
        case NoModel():
            return say(texts.NO_MODEL)
        case UnknownProblem():
            return say(texts.NOT_SERVED)
        case ApiFault():
            return say(texts.API_FAULT, reason=str(error))
        case _:
            return say(texts.API_AWAY)


def listed(head: str, items: list[str]) -> str:
    """Return `items` as a list under `head`."""
    return "\n".join([head, "", *(f"- {item}" for item in items)])


def label_of(problem: Problem, name: str) -> str:
    """Return the label of the input called `name`, the name itself where there is none."""
    labels = {column.name: column.label.to(language()) for column in problem.inputs}
    return labels.get(name, name)


def percentage(probability: float) -> str:
    """Return `probability` as a whole percentage; never 0 or 100, which would be certainty."""
    percent = round(100 * probability)
    if percent < 1:
        return say(texts.BELOW_ONE_PERCENT)
    if percent > 99:
        return say(texts.ABOVE_99_PERCENT)
    return say(texts.PERCENT, percent=percent)


def _band(problem: Problem, band: Band) -> str:
    """Return the band in words, led by one filled circle for each step up."""
    names = [declared.name for declared in problem.bands]
    if band.name not in names:
        return band.label.to(language())
    step = names.index(band.name) + 1
    return f"{'●' * step}{'○' * (len(names) - step)} {band.label.to(language())}"


def _missing(problem: Problem, detail: Detail) -> None:
    if not detail.missing:
        st.caption(say(texts.NOTHING_MISSING))
        return
    head = say(texts.MISSING, missing=len(detail.missing), inputs=len(problem.inputs))
    with st.expander(head):
        st.markdown(listed("", [label_of(problem, name) for name in detail.missing]))


def _model(model: Model) -> None:
    st.caption(say(texts.MODEL, name=model.name, version=model.version))


def _refused(problem: Problem, violation: Violation) -> str:
    if not violation.field:
        return f"{say(texts.WHOLE_RECORD)}: {violation.message}"
    message = violation.message
    for column in problem.inputs:
        if column.name == violation.field:
            message = form.explain(column, violation.rule, message, language())
    return f"**{label_of(problem, violation.field)}**: {message}"
