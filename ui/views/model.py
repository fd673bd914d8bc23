"""The model: what it is, how good it is, for whom, and which versions there were."""

from __future__ import annotations

import re
from itertools import groupby
from operator import attrgetter

import streamlit as st

from ml.errors import VigiaError
from ml.problems import Problem
from ml.problems.text import Text
from ui import charts, markup, problems, service, texts
from ui.answers import SYNTHETIC
from ui.answers.model import Bin, Evaluation, Interval, KnownVersion, ModelInfo, OperatingPoint
from ui.grades import classes, several
from ui.page import choose_problem, standing
from ui.problems import label_of
from ui.session import language, moment, number, percentage, say, share
from ui.texts import model as words


def show() -> None:
    """Draw the page."""
    problem = choose_problem()
    st.title(say(texts.MODEL), anchor=False)
    st.caption(problem.title.to(language()))
    info = standing(problem)
    if info is not None:
        _card(problem, info)
        _metrics(info)
        _evaluation(problem, info)
    _versions(problem)


def _card(problem: Problem, info: ModelInfo) -> None:
    st.info(say(texts.NOTICE), icon=":material/info:")
    st.subheader(say(words.IN_SERVICE), anchor=False)
    kind = words.GENERATED if info.data == SYNTHETIC else words.REAL
    bands = ", ".join(
        say(words.FROM, band=band.label.to(language()), percent=share(band.start))
        for band in problem.bands
    )
    rows = [
        (say(words.PREDICTS), problem.question.to(language())),
        (say(words.NAME), info.name),
        (say(words.VERSION), str(info.version)),
        (say(words.LEARNED_FROM), say(kind)),
        *([(say(words.BANDS), bands)] if bands else []),
        (say(words.DIGEST), info.digest.removeprefix("sha256:")[:16]),
    ]
    if info.loaded_at is not None:
        rows.insert(4, (say(words.SINCE), moment(info.loaded_at)))
    if {"train", "validation", "test"} <= info.rows.keys():
        counts = {part: number(info.rows[part]) for part in ("train", "validation", "test")}
        rows.append((say(words.ROWS), say(words.ROWS_USED, **counts)))
    markup.facts(say(words.IN_SERVICE), rows)
    _statement(problem)
    if info.card is not None:
        _whole_card(info, info.card)


def _whole_card(info: ModelInfo, card: Text) -> None:
    """Draw the model card, and offer it; of older models it exists in English alone."""
    told = card.to(language())
    english_alone = card.en == card.es and language() != "en"
    with st.expander(say(words.CARD_ENGLISH if english_alone else words.CARD)):
        # Its headings stand below those of the page.
        st.markdown(re.sub(r"^#", "####", told, flags=re.MULTILINE))
        name = f"{info.name}-{info.version}-{language()}.md"
        st.download_button(say(words.DOWNLOAD), told, name, "text/markdown", on_click="ignore")


def _statement(problem: Problem) -> None:
    """Say what those who answer for the model say of it."""
    said = problem.statement
    outside = tuple(scope.reason for scope in problem.out_of_scope)
    for title, texts_of in (
        (words.USE, (said.use,)),
        (words.USERS, (said.users,)),
        (words.MISUSE, said.misuse),
        (words.NOT_MEANT, outside),
        (words.LIMITS, said.limits),
        (words.ETHICS, said.ethics),
        (words.CONTEST, (said.contest,)),
    ):
        if texts_of:
            with st.expander(say(title), expanded=title is words.USE):
                st.markdown("\n".join(f"- {text.to(language())}" for text in texts_of))


def _metrics(info: ModelInfo) -> None:
    if not info.metrics:
        return
    st.subheader(say(words.METRICS), anchor=False)
    st.caption(say(words.METRICS_NOTE))
    rows = []
    for name, interval in info.metrics.items():
        title = say(words.TITLES[name]) if name in words.TITLES else name
        meaning = say(words.MEANINGS[name]) if name in words.MEANINGS else ""
        rows.append([title, estimate(interval, 3), meaning])
    head = [say(words.METRIC), say(words.VALUE), say(words.MEANS)]
    markup.table(say(words.METRICS), head, rows, quiet=True)


def estimate(interval: Interval | None, decimals: int = 2) -> str:
    """Return a value with its interval, a dash where there is none."""
    if interval is None:
        return "-"
    value, low, high = (number(x, decimals) for x in (interval.value, interval.low, interval.high))
    return f"{value} [{low}; {high}]"


def _evaluation(problem: Problem, info: ModelInfo) -> None:
    st.subheader(say(words.CALIBRATION), anchor=False)
    examined = info.evaluation.classes if info.evaluation else {}
    labels = classes(problem)
    shown = list(labels) if several(problem) else [problem.target.positive]
    found = [name for name in shown if name in examined and examined[name].calibration]
    for name in found:
        _of_class(labels[name], problem)
        _calibration(examined[name].calibration)
    if not found:
        st.caption(say(words.NOT_EXAMINED))
    if info.evaluation and info.evaluation.subgroups:
        _subgroups(problem, info.evaluation)
    if acting := [n for n in shown if n in examined and examined[n].operating_points]:
        st.subheader(say(words.ACTING), anchor=False)
        for name in acting:
            _of_class(labels[name], problem)
            _acting(examined[name].operating_points)


def _of_class(label: str, problem: Problem) -> None:
    """Say which class a chart or a table is about, where there are several."""
    if several(problem):
        st.markdown(f"**{label}**")


def _calibration(bins: tuple[Bin, ...]) -> None:
    most = max(max(each.risk, each.rate.high) for each in bins)
    scale = min(1.0, 1.1 * most)
    points = [
        charts.Point(b.risk / scale, b.rate.value / scale, b.rate.low / scale, b.rate.high / scale)
        for b in bins
    ]
    top = share(scale)
    middle = f"{say(words.OBSERVED)} ↑  {say(words.ESTIMATED)} →"
    axes = charts.Axes((share(0), top), (share(0), middle, top))
    alt = say(words.CALIBRATION_ALT)
    charts.draw(charts.against_ideal(points, say(words.IDEAL)), axes, alt)
    with st.expander(say(words.SAME_FIGURES)):
        rows = [[percentage(b.risk), estimate(_hundred(b.rate), 1), number(b.rows)] for b in bins]
        head = [say(words.ESTIMATED), f"{say(words.OBSERVED)} (%)", say(words.PATIENTS)]
        markup.table(say(words.CALIBRATION), head, rows, figures=(0, 1, 2), quiet=True)


def _hundred(interval: Interval) -> Interval:
    return Interval(100 * interval.value, 100 * interval.low, 100 * interval.high)


def _subgroups(problem: Problem, evaluation: Evaluation) -> None:
    st.subheader(say(words.SUBGROUPS), anchor=False)
    head = [say(text) for text in (words.GROUP, words.PATIENTS, words.ESTIMATED, words.OBSERVED)]
    for name, groups in groupby(evaluation.subgroups, key=attrgetter("column")):
        rows = []
        for group in groups:
            few = group.rows is None
            risk, rate = (group.metrics.get(key) for key in ("risk", "rate"))
            rows.append(
                [
                    group.label.to(language()),
                    say(words.TOO_FEW) if group.rows is None else number(group.rows),
                    "-" if few or risk is None else percentage(risk.value),
                    "-" if few or rate is None else f"{estimate(_hundred(rate), 1)} %",
                    estimate(group.metrics.get("auroc")),
                ]
            )
        caption = label_of(problem, name)
        markup.table(caption, [*head, "AUROC"], rows, figures=(1, 2, 3, 4))


def _acting(points: tuple[OperatingPoint, ...]) -> None:
    rows = [
        [
            f"{point.label.to(language())} ({percentage(point.threshold)})",
            estimate(point.values.get("alerts_per_100"), 1),
            *(estimate(point.values.get(name)) for name in ("precision", "recall")),
        ]
        for point in points
    ]
    head = [say(t) for t in (words.ACT_FROM, words.ALERTS, words.PRECISION, words.RECALL)]
    markup.table(say(words.ACTING), head, rows, figures=(1, 2, 3), quiet=True)


def _versions(problem: Problem) -> None:
    st.subheader(say(words.VERSIONS), anchor=False)
    try:
        found = service.client().versions(problem.name).versions
    except VigiaError as error:
        st.warning(problems.reason(error), icon=":material/cloud_off:")
        st.button(say(texts.RETRY), key="retry-versions")
        return
    if not found:
        st.caption(say(words.NO_VERSIONS))
        return
    head = (words.VERSION, words.MADE, words.STAGE, words.LEARNED_FROM)
    titles = [*(say(text) for text in head), "AUROC", say(words.DECIDED), say(words.WHY)]
    rows = [_version(one) for one in found]
    markup.table(say(words.VERSIONS), titles, rows, figures=(0,), quiet=True)


def _version(one: KnownVersion) -> list[str]:
    metrics = one.metrics
    known = {"auroc", "auroc_low", "auroc_high"} <= metrics.keys()
    ends = ("", "_low", "_high")
    interval = Interval(*(metrics[f"auroc{end}"] for end in ends)) if known else None
    decided = words.NOT_JUDGED
    if one.decision is not None:
        decided = words.PASSED if one.decision.passed else words.DECLINED
    return [
        one.version,
        markup.whole(moment(one.created)),
        say(words.STAGES.get(one.stage, words.NO_STAGE)),
        say(words.GENERATED if one.data == SYNTHETIC else words.REAL),
        estimate(interval),
        say(decided),
        _reason(one.decision.reason) if one.decision else "",
    ]


def _reason(reason: Text) -> str:
    """Return why a version was decided on; of older ones it is told in English alone."""
    return markup.english(reason.en) if reason.en == reason.es else reason.to(language())
