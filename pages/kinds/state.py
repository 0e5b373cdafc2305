"""Where a person is among the types (in the address), and the type that is edited (in the session)."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

NEW = "-"  # the address ?edit=- is a type that was not saved yet; no type can have this name
_DRAFT = "type draft"
_TARGET = "type target"
SAVED = "type saved"


@dataclass
class Draft:
    """A document under edit. `turn` changes whenever the table must begin anew from `text`; `saved` is the text of the
    version that it is based on."""

    key: str
    text: str
    name: str = ""
    based_on: int = 0
    file: int | None = None
    told: str = ""
    turn: int = 0
    saved: str = ""


def opened() -> tuple[str | None, str | None]:
    """The type that the address shows, and the one that it edits."""
    return st.query_params.get("type"), st.query_params.get("edit")


def show_target() -> None:
    """Goes where the last click led: the address belongs to the run of the page, not to a callback."""
    target = st.session_state.pop(_TARGET, None)
    if target is not None:
        st.query_params.clear()
        st.query_params.update(target)


def leave_to(**query: str) -> None:
    """From a callback: the next run shows this address of the page."""
    st.session_state[_TARGET] = query


def draft_of(key: str) -> Draft | None:
    """What is edited under this address; None after a reload or when another type was edited meanwhile."""
    draft: Draft | None = st.session_state.get(_DRAFT)
    return draft if draft and draft.key == key else None


def keep(draft: Draft) -> None:
    st.session_state[_DRAFT] = draft


def forget() -> None:
    st.session_state.pop(_DRAFT, None)
