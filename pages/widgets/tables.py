"""Tables: heights that fit, columns that are used more than once, and paging."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from pages.widgets.format import count, number
from pages.widgets.state import ALL, SEVERITIES, State

ROW = 34
_HEADER = 33


def height(rows: int, most: int = 20) -> int:
    """Pixels for so many rows and the header, without empty grid lines below."""
    return min(max(rows, 1), most) * ROW + _HEADER


def states(label: str, width: int, options: Iterable[State] = ALL) -> Any:
    """A column of coloured badges; cells are lists with one label."""
    known = list(options)
    return st.column_config.MultiselectColumn(label, width=width, options=[s.label for s in known], color=[s.color for s in known])


def severities(label: str = "Kind", width: int = 90) -> Any:
    return states(label, width, SEVERITIES.values())


def moments(label: str, width: int = 130) -> Any:
    """A column of times in the zone of the reader; cells are times with a zone."""
    return st.column_config.DatetimeColumn(label, width=width, format="D MMM, HH:mm", timezone=st.context.timezone or "UTC")


def numbers(label: str, width: int = 90, help: str | None = None) -> Any:
    return st.column_config.NumberColumn(label, width=width, format="localized", help=help)


def page_offset(key: str, limit: int) -> int:
    """Where the chosen page begins. Read before the question to the service, which tells how many pages there are."""
    return (max(int(st.session_state.get(key) or 1), 1) - 1) * limit


def settle(key: str, total: int, offset: int) -> None:
    """Goes to the first page when the chosen one does not exist any more, because the list has become shorter."""
    if total and offset >= total:
        st.session_state[key] = 1
        st.rerun()


def pages(key: str, total: int, offset: int, limit: int, one: str) -> None:
    """Under a table: which part is shown, of how many, and the way to the others."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        if total > limit:
            st.caption(f"{number(offset + 1)} to {number(min(offset + limit, total))} of {count(total, one)}", width="content")
            st.pagination((total + limit - 1) // limit, key=key)
        else:
            st.caption(count(total, one), width="content")
