"""A whole list: upload it, follow it, read, sort and take away its answer."""

from __future__ import annotations

import time
from typing import Final

import streamlit as st

from ml.errors import VigiaError
from ml.problems import Problem
from ui import lists, markup, problems, service, spreadsheet, texts
from ui.answers.batch import UNDER_WAY, Job, Result, ScoredRow
from ui.grades import grades
from ui.page import choose_problem, standing
from ui.session import KEPT, language, number, say
from ui.spreadsheet import NotReadable, Rows, TooLarge
from ui.texts import batch as words
from ui.texts import history as shared

MOST_MEGABYTES: Final = 20
ON_A_PAGE: Final = 25
POLL_SECONDS: Final = 0.5
SORTS: Final = {
    "down": (words.RISK_DOWN, lambda row: -row.risk),
    "up": (words.RISK_UP, lambda row: row.risk),
    "row": (words.BY_ROW, lambda row: row.row),
}


def show() -> None:
    """Draw the page."""
    problem = choose_problem()
    st.title(say(texts.LIST), anchor=False)
    st.caption(problem.title.to(language()))
    standing(problem)
    job_key, result_key = f"job/{problem.name}", f"list/{problem.name}"
    if result_key in st.session_state:
        _answer(problem, st.session_state[result_key])
        st.button(say(words.START_OVER), on_click=_forget, args=(problem,), key="start-over")
        return
    if job_key in st.session_state:
        _follow(problem, st.session_state[job_key])
        return
    _template(problem)
    _upload(problem)


def _forget(problem: Problem) -> None:
    st.session_state.pop(f"rows/{problem.name}", None)
    st.session_state.pop(f"job/{problem.name}", None)
    st.session_state.pop(f"list/{problem.name}", None)


def _template(problem: Problem) -> None:
    st.markdown(say(words.INTRODUCTION))
    rows = [lists.header(problem), lists.example(problem)]
    sheets = {say(words.SHEET): rows, say(words.GUIDE): lists.guide(problem)}
    with st.container(horizontal=True):
        st.download_button(
            say(words.TEMPLATE_CSV),
            spreadsheet.for_reading(rows),
            f"{problem.name}.csv",
            "text/csv",
            on_click="ignore",
            key="template-csv",
        )
        st.download_button(
            say(words.TEMPLATE_EXCEL),
            lambda: spreadsheet.to_excel(sheets),
            f"{problem.name}.xlsx",
            spreadsheet.EXCEL,
            on_click="ignore",
            key="template-excel",
        )


def _upload(problem: Problem) -> None:
    """Take a file; what was read of it stays while one looks at another page."""
    kept = f"rows/{problem.name}"
    file = st.file_uploader(
        say(words.FILE), ["csv", "xlsx", "txt"], key="upload", max_upload_size=MOST_MEGABYTES
    )
    st.caption(say(words.AT_MOST, size=MOST_MEGABYTES))
    if file is not None:
        st.session_state.pop(kept, None)
        if rows := _read(problem, file.name, file.getvalue()):
            st.session_state[kept] = file.name, rows
    if kept not in st.session_state:
        return
    name, rows = st.session_state[kept]
    st.markdown(say(words.ROWS_READ, rows=number(len(rows) - 1), file=name))
    if st.button(say(words.SCORE), type="primary", key="score"):
        _submit(problem, rows)


def _read(problem: Problem, name: str, content: bytes) -> Rows:
    """Return the rows of a file, or say what is wrong with it."""
    try:
        rows = spreadsheet.read(name, content)
    except NotReadable:
        st.error(say(words.NOT_READABLE))
    except TooLarge:
        st.error(say(words.TOO_LARGE, rows=number(spreadsheet.MOST_ROWS)))
    else:
        if not (complaint := lists.complaint(problem, rows)):
            return rows
        st.error(complaint)
    return []


def _submit(problem: Problem, rows: Rows) -> None:
    try:
        with st.spinner(say(words.SENDING)):
            job = service.client().submit(problem.name, spreadsheet.to_csv(rows))
    except VigiaError as error:
        problems.show(error, problem)
        return
    st.session_state[f"job/{problem.name}"] = job.job
    st.rerun()


def _follow(problem: Problem, job_id: str) -> None:
    """Show the progress until the list is done; where the API goes away, it can go on later."""
    progress = st.progress(0.0)
    try:
        job = service.client().job(problem.name, job_id)
        while job.state in UNDER_WAY:
            progress.progress(_share(job), _told(job))
            time.sleep(POLL_SECONDS)
            job = service.client().job(problem.name, job_id)
        if job.state == "done":
            result = service.client().result(problem.name, job_id)
            st.session_state[f"list/{problem.name}"] = result
            st.rerun()
        _say_why_not(job)
    except VigiaError as error:
        problems.show(error, problem)
        st.button(say(words.GO_ON), key="go-on", type="primary")
    st.button(say(words.START_OVER), on_click=_forget, args=(problem,), key="start-over")


def _share(job: Job) -> float:
    return min(1.0, job.rows_done / max(1, job.rows_total))


def _told(job: Job) -> str:
    return say(words.PROGRESS, done=number(job.rows_done), total=number(job.rows_total))


def _say_why_not(job: Job) -> None:
    if job.state == "failed":
        reason = job.error.detail or job.error.title if job.error else ""
        st.error(say(words.FAILED, reason=reason))
    else:
        st.error(say(words.INTERRUPTED))


def _answer(problem: Problem, result: Result) -> None:
    scored, refused = st.columns(2)
    scored.metric(say(words.SCORED), number(len(result.scored)))
    refused.metric(say(words.REJECTED), number(len(result.refused)))
    st.caption(say(texts.NOTICE))
    if result.refused:
        rows = [lists.refused_row(problem, row) for row in result.refused[:ON_A_PAGE]]
        head = [say(words.ROW), *lists.key_names(problem, result), say(words.REASON)]
        told = say(words.SHOWN, first=1, last=len(rows), total=len(result.refused))
        markup.table(f"{say(words.REJECTED_ROWS)}: {told}", head, rows, figures=(0,))
    if result.scored:
        _table(problem, result)
    _downloads(problem, result)


def _table(problem: Problem, result: Result) -> None:
    sort, grade, risk = st.columns(3)
    known = grades(problem)
    place = f"{KEPT}{problem.name}-list"
    with sort:
        order = st.selectbox(
            say(words.SORT),
            tuple(SORTS),
            format_func=lambda name: say(SORTS[name][0]),
            key=f"{place}/sort",
            persist_state="session",
        )
    with grade:
        wanted = st.selectbox(
            say(known.title),
            ("", *known.labels),
            format_func=lambda name: known.labels.get(name) or say(shared.ANY),
            key=f"{place}/{known.field}",
            persist_state="session",
        )
    with risk:
        least = st.number_input(
            say(shared.MINIMUM), 0, 100, step=5, key=f"{place}/risk", persist_state="session"
        )
    fitting = [
        row
        for row in result.scored
        if wanted in ("", getattr(row, known.field)) and 100 * row.risk >= least
    ]
    _page(problem, result, sorted(fitting, key=SORTS[order][1]))


def _page(problem: Problem, result: Result, rows: list[ScoredRow]) -> None:
    pages = max(1, -(-len(rows) // ON_A_PAGE))
    page = 1
    if pages > 1:
        page = st.number_input(
            say(words.PAGE), 1, pages, width=160, key=f"page/{problem.name}/{pages}"
        )
    first = (page - 1) * ON_A_PAGE
    shown = rows[first : first + ON_A_PAGE]
    caption = say(words.SHOWN, first=first + bool(shown), last=first + len(shown), total=len(rows))
    cells = [lists.scored_row(problem, row) for row in shown]
    risk = 1 + len(lists.key_names(problem, result))
    head = lists.scored_head(problem, result)
    markup.table(f"{say(words.RESULTS)}: {caption}", head, cells, figures=(0, risk, risk + 2))


def _downloads(problem: Problem, result: Result) -> None:
    rows = lists.download(problem, result)
    with st.container(horizontal=True):
        st.download_button(
            say(words.DOWNLOAD_CSV),
            spreadsheet.for_reading(rows),
            f"{problem.name}-risks.csv",
            "text/csv",
            on_click="ignore",
            key="download-csv",
        )
        st.download_button(
            say(words.DOWNLOAD_EXCEL),
            lambda: spreadsheet.to_excel({say(words.RESULTS): rows}),
            f"{problem.name}-risks.xlsx",
            spreadsheet.EXCEL,
            on_click="ignore",
            key="download-excel",
        )
