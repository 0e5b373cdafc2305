"""The table of the editor: one row for each field, with its rules."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from importer.model import TypeForm
from pages.kinds.state import Draft
from pages.kinds.table import COLUMNS, data_of, rows_of
from pages.steps.plan import DATA_TYPES
from pages.widgets import tables

TYPES = {
    **DATA_TYPES,
    "list": "List",
    "time": "Time of day",
    "year": "Year",
    "yearmonth": "Month",
    "duration": "Length of time",
    "any": "Anything",
}
SEVERITIES = {"error": "Rejects the record", "warning": "Warns only"}
LIMIT = "Of numbers, dates and times: the {} value. Of texts: the {} number of characters."


def edit(draft: Draft, form: TypeForm) -> TypeForm:
    """Draws the table and what stands below it; returns the form as it is then."""
    st.markdown("### Fields and rules")
    turn = f"{draft.key} {draft.turn}"
    data = data_of(form)
    edited = st.data_editor(
        data,
        hide_index=True,
        num_rows="dynamic",
        row_height=tables.ROW,
        height=tables.height(len(form.rows) + 1, 14),
        key=f"grid {turn}",
        column_order=[c for c in COLUMNS if c != "origin"],
        column_config=_columns(form),
        placeholder="",
        alt="Fields of the type and their rules",
    )
    rows = rows_of(edited)
    st.caption(
        "Add a field in the last line; take one away with the box at its left. Without a message the importer uses words of its own."
    )
    names = list(dict.fromkeys(r.field for r in rows if r.field))
    slot = f"key {turn}"
    # A field that was renamed or taken away is no part of the key any more.
    chosen = [k for k in st.session_state.get(slot, form.key) if k in names]
    st.session_state[slot] = chosen
    key = st.multiselect(
        "Key: the fields that together name one record",
        names,
        key=slot,
        placeholder="No key",
        help="A record whose key stands in an earlier line is rejected. The fields of the key must be filled.",
    )
    return replace(form, rows=rows, key=tuple(key))


def _columns(form: TypeForm) -> dict[str, object]:
    config = st.column_config
    kinds = {**TYPES, **{r.type: r.type.capitalize() for r in form.rows if r.type not in TYPES}}
    return {
        "origin": config.NumberColumn("Place", disabled=True),
        "field": config.TextColumn("Field", width=135, max_chars=100, required=True),
        "title": config.TextColumn("Title", width=135, max_chars=100),
        "type": config.SelectboxColumn(
            "Type", width=110, options=list(kinds), format_func=lambda v: kinds.get(str(v), str(v)), default="string", required=True
        ),
        "required": config.CheckboxColumn("Required", width=92, default=False),
        "unique": config.CheckboxColumn("Unique", width=84, default=False, help="No value may come twice in a file"),
        "pattern": config.TextColumn("Pattern", width=115, max_chars=2000, help="A regular expression that the whole value must match"),
        "enum": config.ListColumn("Allowed values", width=135, help="Empty: every value is allowed"),
        "minimum": config.TextColumn("Min", width=80, max_chars=40, help=LIMIT.format("smallest", "smallest")),
        "maximum": config.TextColumn("Max", width=80, max_chars=40, help=LIMIT.format("largest", "largest")),
        "severity": config.SelectboxColumn(
            "If broken",
            width=130,
            options=list(SEVERITIES),
            format_func=lambda v: SEVERITIES.get(str(v), str(v)),
            default="error",
            required=True,
        ),
        "message": config.TextColumn("Message", width=165, max_chars=300, help="What a person reads when a rule of the field is broken"),
    }
