"""Parts of a page that refresh themselves while something runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

import streamlit as st

from pages.widgets.format import when, zone
from pages.widgets.screen import problems_here

T = TypeVar("T")
EVERY_SECONDS = 1.5
log = logging.getLogger("importer.pages")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What the service said, when, and whether it is old because asking again failed."""

    value: T
    at: datetime
    stale: bool = False


def poll(key: str, ask: Callable[[], T]) -> Answer[T]:
    """The answer of the service, or its last answer when it cannot be asked now.

    "Could not ask" and "nothing runs" are different: only the first question of a session lets its error through.
    """
    last: Answer[T] | None = st.session_state.get(f"answer {key}")
    try:
        answer = Answer(ask(), datetime.now(UTC))
    except Exception as error:
        if last is None:
            raise
        log.warning("a poll failed", exc_info=error)
        return Answer(last.value, last.at, stale=True)
    st.session_state[f"answer {key}"] = answer
    return answer


def show_age(answer: Answer[T]) -> None:
    """Says so when what is shown is old."""
    if answer.stale:
        moment = when(answer.at, zone(st.context.timezone))
        st.caption(f":orange[:material/sync_problem:] Could not refresh just now. This is how it stood on {moment}.")


def live(body: Callable[[], None], *, running: bool, key: str) -> None:
    """Draws `body` and, while something runs, draws it again every moment. A closed page asks nothing."""

    def guarded() -> None:
        with problems_here():
            body()

    st.fragment(guarded, run_every=EVERY_SECONDS if running else None, key=key)()
