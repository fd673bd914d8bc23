"""Why the API gave no answer, in the session's language."""

from __future__ import annotations

import streamlit as st

from ml.errors import InvalidRecord, NoModel, UnknownProblem, VigiaError, Violation
from ml.problems import Problem
from ml.problems.text import Text
from ui import form, texts
from ui.refusals import ApiFault, HistoryAway, NotAllowed, NotRecognised, RegistryAway
from ui.session import language, say


def show(error: VigiaError, problem: Problem | None = None) -> None:
    """Say what went wrong and what to do."""
    if isinstance(error, InvalidRecord):
        refused = [refusal(problem, violation) for violation in error.violations]
        st.error(listed(say(texts.REFUSED), refused))
        return
    st.error(reason(error), icon=":material/cloud_off:")


_REASONS: dict[type[VigiaError], Text] = {
    NoModel: texts.NO_MODEL,
    UnknownProblem: texts.NOT_SERVED,
    HistoryAway: texts.HISTORY_AWAY,
    RegistryAway: texts.REGISTRY_AWAY,
    NotRecognised: texts.NOT_RECOGNISED,
    NotAllowed: texts.NOT_ALLOWED,
    ApiFault: texts.API_FAULT,
}


def reason(error: VigiaError) -> str:
    """Return why the API gave no answer."""
    return say(_REASONS.get(type(error), texts.API_AWAY), reason=str(error))


def listed(head: str, items: list[str]) -> str:
    """Return `items` as a list under `head`."""
    return "\n".join([head, "", *(f"- {item}" for item in items)])


def label_of(problem: Problem | None, name: str) -> str:
    """Return the label of the input called `name`, the name itself where there is none."""
    columns = problem.inputs if problem else ()
    return {column.name: column.label.to(language()) for column in columns}.get(name, name)


def refusal(problem: Problem | None, violation: Violation) -> str:
    """Return one broken rule in the session's language, as far as it is declared."""
    if not violation.field:
        return f"{say(texts.WHOLE_RECORD)}: {violation.message}"
    return f"**{label_of(problem, violation.field)}**: {rule(problem, violation)}"


def rule(problem: Problem | None, violation: Violation) -> str:
    """Return what a broken rule asks for."""
    for column in problem.inputs if problem else ():
        if column.name == violation.field:
            return form.explain(column, violation.rule, violation.message, language())
    return violation.message
