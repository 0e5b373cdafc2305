"""The frame of every page and the only place where errors become words.

Pages and fragments run inside `problems_here()`; callbacks are made with `action()`.
An `ImporterError` is shown as what happened and what to do. Anything else is a fault of ours: the person sees a
reference number, the log has the trace under the same number.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

import streamlit as st

from importer.errors import ImporterError, OurFault
from importer.service import Person
from pages.widgets.service import importer

log = logging.getLogger("importer.pages")
_PENDING = "problem of the last action"


@dataclass(frozen=True, slots=True)
class Problem:
    """title is ours and may be Markdown; message and fix may hold text of a file and never are."""

    title: str
    message: str
    fix: str = ""


def describe(error: Exception) -> Problem:
    """Words for an error. Writes the trace of anything that is a fault of ours to the log."""
    if isinstance(error, ImporterError) and not isinstance(error, OurFault):
        return Problem(error.title, error.message, error.fix)
    reference = secrets.token_hex(3)
    log.error("reference %s", reference, exc_info=error)
    return Problem("Something went wrong on our side", f"Reference {reference}", "Try again. If it stays, report the reference.")


def show_problem(problem: Problem) -> None:
    with st.container(border=True, key="problem", gap="xsmall"):
        st.markdown(f":red[:material/error:] **{problem.title}**")
        st.text(problem.message)
        if problem.fix:
            st.text(problem.fix)


@contextmanager
def problems_here() -> Iterator[None]:
    """Shows in this place what went wrong inside."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  (the one border where every error ends)
        show_problem(describe(error))


def action(function: Callable[..., None]) -> Callable[..., None]:
    """A callback whose errors appear at the top of the page in the run that follows it."""

    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  (the other side of the same border)
            st.session_state[_PENDING] = describe(error)

    return guarded


def show_pending_problem() -> None:
    """The error of the action that led to this run, once."""
    problem = st.session_state.pop(_PENDING, None)
    if problem:
        show_problem(problem)


def guard() -> Person:
    """Who looks at this page. Every page calls it first, because hidden pages can be opened by their address."""
    return importer().local_person()


def go(page: str, **query: object) -> None:
    """Leaves for another page of the application."""
    st.switch_page(page, query_params={k: str(v) for k, v in query.items()})


def number_in_address(name: str) -> int | None:
    """A positive whole number from the address; None when it is missing or not one."""
    text = st.query_params.get(name, "").lstrip("#")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
