"""What a check or an import found: the ledger, and the problems by rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from importer.model import Finding, Import, Ledger, Status
from pages.widgets import tables
from pages.widgets.format import number, percent, visible
from pages.widgets.state import SEVERITIES

LEDGER = (  # (attribute, word before the load, word after it, what it means)
    ("created", "Would be created", "Created", "new in the destination"),
    ("updated", "Would be updated", "Updated", "were there, some values differ"),
    ("unchanged", "Would stay unchanged", "Unchanged", "were there with the same values"),
    ("duplicate", "Duplicate", "Duplicate", "a later record of the file has the same key and counts"),
    ("rejected", "Rejected", "Rejected", "have errors, see the error list"),
    ("unprocessed", "Not processed", "Not processed", "the import ended before it came to them"),
)


def ledger_rows(ledger: Ledger, before_load: bool, running: bool = False) -> list[tuple[str, int, str, str]]:
    """(state, records, share, meaning) of every state, and last the sum."""
    rows = []
    for name, before, after, meaning in LEDGER:
        records = getattr(ledger, name)
        if running and name == "unprocessed":
            meaning = "not decided or not written yet"
        rows.append((before if before_load else after, records, percent(records, ledger.records), meaning))
    total = sum(r[1] for r in rows)
    sentence = (
        ("all records read so far" if running else "all records of the file")
        if total == ledger.records
        else f"the file has {number(ledger.records)} records"
    )
    return [*rows, ("Sum", total, percent(total, ledger.records), sentence)]


def ledger_table(item: Import) -> None:
    """Every record of the file in exactly one state; the last line is the sum."""
    rows = ledger_rows(item.ledger, item.status is Status.CHECKED, item.is_running)
    config = st.column_config
    st.dataframe(
        dict(zip(("state", "records", "share", "meaning"), map(list, zip(*rows, strict=True)), strict=True)),
        hide_index=True,
        row_height=tables.ROW,
        height=tables.height(len(rows)),
        key="ledger",
        alt="Where every record of the file ended",
        column_config={
            "state": config.TextColumn("State", width=150),
            "records": tables.numbers("Records", 110),
            "share": config.TextColumn("Share", width=80, alignment="right"),
            "meaning": config.TextColumn("Meaning", width=330),
        },
    )


def place(column: str) -> str:
    """The name of a column, or words for a problem that concerns no single one."""
    return visible(column, 60) or "(whole record)"


def examples_text(finding: Finding) -> str:
    """Where it happened first: line 14: wrong; line 203: (empty). Problems of a whole record have no value."""
    parts = []
    for line, value in finding.examples[:3]:
        shown = "(empty)" if value is None else visible(value, 40)
        parts.append(f"line {number(line)}: {shown}" if finding.column else f"line {number(line)}")
    return "; ".join(parts)


def findings_table(findings: Sequence[Finding], key: str, on_show: Callable[[int], None] | None = None) -> None:
    """Problems by rule, the gravest and most frequent first; with a button in each row when `on_show` is given."""
    config = st.column_config
    data: dict[str, Any] = {
        "kind": [[SEVERITIES[f.severity].label] for f in findings],
        "violations": [f.violations for f in findings],
        "column": [place(f.column) for f in findings],
        "message": [f.message for f in findings],
        "hint": [f.hint for f in findings],
        "examples": [examples_text(f) for f in findings],
        "code": [f.code for f in findings],
    }
    columns = {
        "kind": tables.severities(),
        "violations": tables.numbers("Count", 76),
        "column": config.TextColumn("Column", width=120),
        "message": config.TextColumn("What is wrong", width=270),
        "hint": config.TextColumn("What to do", width=270),
        "examples": config.TextColumn("First places", width=230),
        "code": config.TextColumn("Rule", width=130),
    }
    if on_show:
        data = {"show": ["Show"] * len(findings)} | data
        columns = {"show": _button(f"{key} show", on_show)} | columns
    st.dataframe(
        data,
        hide_index=True,
        row_height=tables.ROW,
        height=tables.height(len(findings), 12),
        key=key,
        placeholder="",
        alt="Problems by rule",
        column_config=columns,
    )


def _button(key: str, on_show: Callable[[int], None]) -> Any:
    def clicked() -> None:
        click = st.session_state.get(key)
        if click is not None:
            on_show(click["row"])

    return st.column_config.ButtonColumn("", key=key, on_click=clicked, type="tertiary", width=62)
