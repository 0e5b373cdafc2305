"""Pools of codes: how full one is, and the form to make or change one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import streamlit as st

from importer.model import BARCODES, Import, Pool, PoolDetails, PoolUse
from importer.service import Person
from pages.widgets.format import count, number, percent, visible
from pages.widgets.screen import action
from pages.widgets.service import importer
from pages.widgets.state import State

PREFIX = "Digits put before every code, unless it begins with them already"
STATES = {
    "open": State("Open", "green", ":material/check_circle:"),
    "planned": State("Planned", "blue", ":material/schedule:"),
    "ended": State("Ended", "gray", ":material/event_busy:"),
}


def state_of(pool: Pool) -> State:
    return STATES[pool.details.state(datetime.now(UTC).date())]


def fill(use: PoolUse) -> str:
    """How full a pool is, in words: 10 of 12 codes, 2 are left."""
    limit = use.pool.details.limit
    if use.codes is None:
        return "The codes are being written and can be counted again soon."
    if limit is None:
        return f"{count(use.codes, 'code')}, no limit"
    if use.codes > limit:
        return f"{number(use.codes)} codes, the limit is {number(limit)}"
    return f"{number(use.codes)} of {count(limit, 'code')}, " + (f"{number(use.left)} left" if use.left else "it is full")


def share(use: PoolUse) -> float | None:
    """The part of a pool that is taken, from 0 to 1; None where it has no limit or the number is not known."""
    limit = use.pool.details.limit
    return None if limit is None or use.codes is None else min(use.codes / limit, 1.0)


def level(use: PoolUse) -> None:
    """One line with name, state and numbers, and a bar where the pool has a limit."""
    state, taken = state_of(use.pool), share(use)
    with st.container(gap="xsmall", key="pool-level"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.markdown("**Pool**", width="content")
            st.text(visible(use.pool.name, 100), width="content")
            st.badge(state.label, color=state.color, icon=state.icon)
            st.text(fill(use), width="content")
            if taken is not None:
                st.text(percent(taken, 1), width="content")
        if taken is not None:
            st.progress(taken)
        if days := days_of(use.pool.details):
            st.caption(days)


def days_of(details: PoolDetails) -> str:
    """When the codes are given out; empty where it does not say."""
    if details.starts_on and details.ends_on:
        return f"Codes are given out from {_day(details.starts_on)} to {_day(details.ends_on)}."
    if details.starts_on:
        return f"Codes are given out from {_day(details.starts_on)} on."
    return f"Codes are given out until {_day(details.ends_on)}." if details.ends_on else ""


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def of_import(person: Person, item: Import) -> None:
    """The pool that the codes of an import went into, as it is now."""
    chosen = item.recipe.options.get("pool") if item.recipe else None
    use = next((u for u in importer().pools(person, item.type) if u.pool.id == chosen), None)
    if use:
        with st.container(border=True):
            level(use)


def form(
    key: str,
    start: PoolDetails | None,
    save: Callable[[PoolDetails], None],
    close: Callable[[], None] | None = None,
    *,
    primary: bool = True,
) -> None:
    """What a person says about a pool. `save` gets it when the button is pressed; what it raises is shown on the page.

    close: what leaving without saving does, where there is a way out. primary: whether saving is the main thing to do on the page.
    """
    given = start or PoolDetails("")
    with st.form(key, border=False):
        with st.grid(4, min_column_width=200, gap="small"):
            st.text_input("Name", given.name, max_chars=100, key=f"{key} name")
            st.text_input("Prefix", given.prefix, max_chars=20, key=f"{key} prefix", placeholder="None", help=PREFIX)
            kind = BARCODES.index(given.barcode)
            st.selectbox("Barcode type", BARCODES, kind, key=f"{key} barcode", help="Codes that do not fit it are listed as a warning")
            limit("Size limit", given.limit, f"{key} limit", "How many codes the pool can hold")
            limit("Limit per customer", given.limit_per_profile, f"{key} per", "How many codes one customer can have; kept with the pool")
            st.date_input("Given out from", given.starts_on, key=f"{key} from", format="YYYY-MM-DD")
            st.date_input("Given out until", given.ends_on, key=f"{key} until", format="YYYY-MM-DD")
            st.text_input("Description", given.description, max_chars=1_000, key=f"{key} text")
        with st.container(horizontal=True, gap="small"):
            st.form_submit_button(
                "Save" if start else "Create the pool",
                type="primary" if primary else "secondary",
                icon=":material/check:",
                key=f"{key} save",
                on_click=_saved,
                args=(key, save),
            )
            if close:
                st.form_submit_button("Close", type="tertiary", key=f"{key} close", on_click=close)


def limit(label: str, value: int | None, key: str, help: str) -> None:
    st.number_input(label, 1, None, value, key=key, placeholder="No limit", help=help)


@action
def _saved(key: str, save: Callable[[PoolDetails], None]) -> None:
    said = st.session_state
    save(
        PoolDetails(
            name=said[f"{key} name"] or "",
            prefix=said[f"{key} prefix"] or "",
            barcode=said[f"{key} barcode"],
            limit=said[f"{key} limit"],
            limit_per_profile=said[f"{key} per"],
            starts_on=said[f"{key} from"],
            ends_on=said[f"{key} until"],
            description=said[f"{key} text"] or "",
        )
    )
