"""The answer to one estimate: in numbers, in figures of people, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from html import escape

import streamlit as st

from ml.problems import Problem
from ml.problems.contract import Category, Code, Identifier, Input, Value
from ui import classes, form, likeness, markup, page, texts, vocabulary
from ui.answers import SYNTHETIC, Explained, Explanations, Reason
from ui.answers.model import ModelInfo, Subgroup
from ui.grades import band_of, several
from ui.problems import label_of, listed
from ui.session import language, moment, number, patient_column, percentage, say, share
from ui.texts import patient as words

_PRINT = (
    '<button class="vigia-print" type="button">{label}</button><script>'
    'document.querySelectorAll(".vigia-print").forEach('
    "button => button.onclick = () => window.print())</script>"
)


def show(
    problem: Problem,
    answer: Explanations,
    record: Mapping[str, Value],
    at: datetime,
    info: ModelInfo | None,
) -> None:
    """Draw an answer: the risk, how sure it is, why, and who says so."""
    one = answer.explanations[0]
    about = about_class(problem, one)
    outcome = problem.target.labels[about].to(language())
    if several(problem):
        _strong(say(words.MOST_PROBABLE, outcome=outcome))
    st.metric(say(words.PROBABILITY), percentage(one.probability))
    _people(outcome, one.probability, likeness.base_rate(likeness.calibration(info, about)))
    if several(problem):
        classes.show(problem, one, info)
    if one.band is not None:
        _strong(say(words.BAND, band=band_of(problem, one.band)))
    st.caption(say(texts.NOTICE))  # again, since the page's top may be out of sight
    if answer.model.data == SYNTHETIC:
        page.show_synthetic("synthetic-result")
    _doubts(problem, one)
    _reasons(problem, one, outcome)
    _like_this(problem, one, record, info)
    _missing(problem, one)
    _origin(problem, answer, record, at)


def about_class(problem: Problem, one: Explained) -> str:
    """Return the class that a risk is about: the last of two, the predicted one of more."""
    if several(problem) and one.predicted is not None:
        return one.predicted.name
    return problem.target.positive


def _strong(text: str) -> None:
    st.html(f'<p class="vigia-band">{escape(text)}</p>')


def _people(outcome: str, risk: float, base: float | None) -> None:
    """Draw 100 patients with this risk, and beside them 100 of all."""
    drawn = [_figures(_similar(risk), risk)]
    if base is not None:
        drawn.append(_figures(say(words.BASE_OF_100, count=round(100 * base)), base, "base"))
    key = escape(say(words.OUTCOME_IS, outcome=outcome))
    st.html(f'<div class="vigia-arrays">{"".join(drawn)}</div><p class="vigia-note">{key}</p>')


def _similar(risk: float) -> str:
    count = round(100 * risk)
    if count < 1:
        return say(words.FEW_OF_100)
    return say(words.MOST_OF_100) if count > 99 else say(words.OF_100, count=count)


def _figures(caption: str, share: float, kind: str = "") -> str:
    count = round(100 * share)
    return markup.people(count, caption, say(words.ICONS, count=count), kind)


def _doubts(problem: Problem, one: Explained) -> None:
    for warning in one.warnings:
        st.warning(warning.to(language()), icon=":material/warning:")
    if one.rare:
        fields = ", ".join(label_of(problem, name) for name in one.rare)
        st.warning(say(words.LITTLE_DATA, fields=fields), icon=":material/group_off:")


def _reasons(problem: Problem, one: Explained, outcome: str) -> None:
    raises, lowers = say(words.RAISES), say(words.LOWERS)
    if several(problem):
        raises = say(words.SPEAKS_FOR, outcome=outcome)
        lowers = say(words.SPEAKS_AGAINST, outcome=outcome)
    for title, kind, reasons in (
        (raises, "up", one.reasons.up),
        (lowers, "down", one.reasons.down),
    ):
        if reasons:
            st.markdown(f"**{title}**")
            items = "".join(f"<li>{escape(r.sentence.to(language()))}</li>" for r in reasons)
            st.html(f'<ul class="vigia-reasons {kind}">{items}</ul>')
    reasons = (*one.reasons.up, *one.reasons.down)
    if reasons:
        st.caption(say(words.ASSOCIATION))
        with st.expander(say(words.CHART)):
            _chart(reasons)


def _chart(reasons: tuple[Reason, ...]) -> None:
    """Draw how strong each reason is beside the strongest."""
    most = max(abs(reason.contribution) for reason in reasons)
    ranked = sorted(reasons, key=lambda reason: -abs(reason.contribution))
    rows = []
    for reason in ranked:
        up = reason.contribution > 0
        part = abs(reason.contribution) / most
        told = f"{say(words.UP if up else words.DOWN)} ({share(part)})"
        name = reason.sentence.to(language()).rpartition(",")[0]
        rows.append([name, markup.bar(part, told, "" if up else "down")])
    head = [say(texts.INPUT), say(words.STRENGTH)]
    markup.table(say(words.CHART), head, rows, quiet=True)


def _like_this(
    problem: Problem, one: Explained, record: Mapping[str, Value], info: ModelInfo | None
) -> None:
    """Say how the model did for test patients with a similar estimate, and of the same groups."""
    with st.expander(say(words.LIKE_THIS)):
        similar = likeness.similar(
            likeness.calibration(info, about_class(problem, one)), one.probability
        )
        if similar is None:
            st.markdown(say(words.NOT_EXAMINED))
            return
        text = say(
            words.OBSERVED,
            rows=number(similar.rows),
            risk=percentage(similar.risk),
            low=round(100 * similar.rate.low),
            high=round(100 * similar.rate.high),
            rate=percentage(similar.rate.value),
        )
        evaluation = info.evaluation if info else None
        found = likeness.groups(problem, evaluation, record)
        # Of more than two classes, groups are examined for all classes at once.
        groups = [] if several(problem) else [_group(column, group) for column, group in found]
        st.markdown(listed(text, groups))


def _group(column: Category, group: Subgroup) -> str:
    name = f"{column.label.to(language())}: {group.label.to(language())}"
    if group.rows is None or not {"risk", "rate", "auroc"} <= group.metrics.keys():
        return say(words.GROUP_TOO_SMALL, group=name)
    return say(
        words.IN_GROUP,
        group=name,
        risk=percentage(group.metrics["risk"].value),
        rate=percentage(group.metrics["rate"].value),
        rows=number(group.rows),
        auroc=number(group.metrics["auroc"].value, 2),
    )


def _missing(problem: Problem, one: Explained) -> None:
    if not one.missing:
        st.caption(say(words.NOTHING_MISSING))
        return
    head = say(words.MISSING, missing=len(one.missing), inputs=len(problem.inputs))
    with st.expander(head):
        effect = sum(one.contributions.get(name, 0.0) for name in one.missing)
        known = percentage(1 / (1 + math.exp(effect - one.log_odds)))
        # Of more classes the others' shares are needed, which an explanation does not tell.
        if one.contributions and not several(problem) and known != percentage(one.probability):
            text = words.MISSING_RAISE if effect > 0 else words.MISSING_LOWER
            st.markdown(say(text, percent=known))
        st.markdown(listed("", [label_of(problem, name) for name in one.missing]))


def _origin(
    problem: Problem, answer: Explanations, record: Mapping[str, Value], at: datetime
) -> None:
    st.caption(say(words.MODEL, name=answer.model.name, version=answer.model.version))
    st.caption(say(words.AT, time=moment(at)))
    if answer.request_id:
        st.caption(say(words.REQUEST, id=answer.request_id))
    rows = "".join(
        f"<li>{escape(name)}: {escape(value)}</li>" for name, value in given(problem, record)
    )
    st.html(
        f'<div class="vigia-given"><p>{escape(say(words.GIVEN))}</p><ul>{rows}</ul></div>'
        + _PRINT.format(label=escape(say(words.PRINT))),
        unsafe_allow_javascript=True,
    )


def given(problem: Problem, record: Mapping[str, Value]) -> list[tuple[str, str]]:
    """Return what was given, as labels and values in the session's language."""
    patient = patient_column(problem)
    columns = [*([patient] if patient else []), *problem.inputs]
    found = []
    for column in columns:
        value = record.get(column.name)
        if value is None:
            continue
        if isinstance(column, Identifier):
            found.append((column.label.to(language()), str(value)))
        else:
            found.append((form.label(column, language()), _worded(column, str(value))))
    return found


def _worded(column: Input, value: str) -> str:
    """Return a value as a person calls it, where it has a name."""
    if isinstance(column, Category) and value in column.values:
        return column.values[value].to(language())
    if isinstance(column, Code) and (name := vocabulary.names(column.system).get(value)):
        return f"{name.to(language())} ({value})"
    return value
