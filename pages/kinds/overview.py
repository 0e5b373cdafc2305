"""All import types with their size, and the way to a new one."""

from __future__ import annotations

import streamlit as st

from importer.model import TypeEntry
from importer.service import Person
from pages.kinds.state import NEW, forget, leave_to
from pages.widgets import tables
from pages.widgets.screen import show_pending_problem
from pages.widgets.service import importer
from pages.widgets.state import State

OWN = State("Your team", "blue", "")
BUNDLED = State("Built in", "gray", "")
RETIRED = State("Retired", "orange", "")


def draw(person: Person) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title("Import types", anchor=False, width="content")
        if importer().may_manage_types(person):
            st.button("New type", type="primary", icon=":material/add:", key="new", on_click=begin)
    show_pending_problem()
    st.caption("A type says which fields a file has and what is right in them. Each change of a type is a new version.")
    entries = sorted(importer().type_list(person), key=lambda e: (is_retired(e), e.saved is None, e.info.title.casefold()))
    table(entries)
    if not any(e.saved for e in entries):
        with st.container(border=True, horizontal_alignment="center", gap="small", key="none-own"):
            st.space("small")
            st.markdown("**Your team has no types of its own yet**", width="content")
            st.text("Make one from a file that you have, or from a Table Schema document.")
            st.space("small")


def begin() -> None:
    forget()
    leave_to(edit=NEW)


def is_retired(entry: TypeEntry) -> bool:
    return entry.saved is not None and entry.saved.retired


def kind_of(entry: TypeEntry) -> State:
    return RETIRED if is_retired(entry) else OWN if entry.saved else BUNDLED


def open_row(names: tuple[str, ...]) -> None:
    click = st.session_state.get("open_type")
    if click is not None:
        leave_to(type=names[click["row"]])


def table(entries: list[TypeEntry]) -> None:
    config = st.column_config
    names = tuple(e.info.name for e in entries)
    st.dataframe(
        {
            "title": [e.info.title for e in entries],
            "name": list(names),
            "kind": [[kind_of(e).label] for e in entries],
            "version": [e.info.version for e in entries],
            "fields": [len(e.info.fields) or None for e in entries],
            "rules": [e.rules or None for e in entries],
            "records": [e.records for e in entries],
            "who": [e.saved.saved_by if e.saved else "" for e in entries],
            "when": [e.saved.saved_at if e.saved else None for e in entries],
            "open": ["Open"] * len(entries),
        },
        hide_index=True,
        row_height=tables.ROW,
        height=tables.height(len(entries)),
        key="types",
        placeholder="",
        alt="Import types",
        column_config={
            "title": config.TextColumn("Type", width=230),
            "name": config.TextColumn("Name", width=150),
            "kind": tables.states("Whose", 95, (OWN, BUNDLED, RETIRED)),
            "version": config.TextColumn("Version", width=64, alignment="right"),
            "fields": tables.numbers("Fields", 64),
            "rules": tables.numbers("Rules", 64),
            "records": tables.numbers("Records loaded", 110, help="Empty while an import is being written"),
            "who": config.TextColumn("Saved by", width=100),
            "when": tables.moments("Saved", 110),
            "open": config.ButtonColumn("", key="open_type", on_click=open_row, args=(names,), type="tertiary", width=60),
        },
    )
