"""Tab Errors: the problems by rule, and every single one of a rule."""

from __future__ import annotations

import streamlit as st

from importer.model import Finding, Import, Violation
from importer.service import Person
from pages.widgets import tables
from pages.widgets.format import count, number, visible
from pages.widgets.results import findings_table, place
from pages.widgets.service import importer
from pages.widgets.state import SEVERITIES

PER_PAGE = 100


def draw(person: Person, item: Import) -> None:
    found = importer().findings(person, item.id)
    if not found:
        none_found(item)
        return
    words = f"**{count(item.violations, 'problem')}** of {count(len(found), 'kind')}."
    st.markdown(f"{words} The error list (CSV) holds all of them.")
    findings_table(found, "findings", on_show=choose)
    chosen = chooser(found)
    listing(person, item, chosen)


def none_found(item: Import) -> None:
    with st.container(border=True, horizontal_alignment="center"):
        if item.is_running:
            st.markdown(":gray[:material/schedule:] Problems appear here when the file has been checked.", width="content")
        elif item.ledger.records:
            st.markdown(":green[:material/check_circle:] No problem was found in any record.", width="content")
        else:
            st.markdown(":gray[:material/info:] No record was checked, so there is no problem to show.", width="content")


def choose(row: int) -> None:
    """The button of a row in the table of rules."""
    st.session_state["rule"] = row
    st.session_state["violations page"] = 1


def chooser(found: tuple[Finding, ...]) -> Finding:
    def words(index: int) -> str:
        finding = found[index]
        return f"{place(finding.column)}: {finding.message} ({number(finding.violations)})"

    if not 0 <= int(st.session_state.get("rule") or 0) < len(found):
        st.session_state["rule"] = 0
    index = st.selectbox("Show every place of", range(len(found)), format_func=words, key="rule", on_change=first_page)
    return found[index or 0]


def value_of(violation: Violation) -> str:
    """The value as it stands in the file; a problem of a whole record has none."""
    if violation.value is None:
        return "(empty)" if violation.column else ""
    return visible(violation.value)


def first_page() -> None:
    st.session_state["violations page"] = 1


def listing(person: Person, item: Import, finding: Finding) -> None:
    """One page of the violations of a rule, as they stand on disk."""
    offset = tables.page_offset("violations page", PER_PAGE)
    page = importer().violations(
        person,
        item.id,
        code=finding.code,
        column=finding.column,
        severity=finding.severity,
        offset=offset,
        limit=PER_PAGE,
    )
    tables.settle("violations page", page.total, offset)
    config = st.column_config
    st.dataframe(
        {
            "line": [v.line for v in page.items],
            "kind": [[SEVERITIES[v.severity].label] for v in page.items],
            "column": [place(v.column) for v in page.items],
            "value": [value_of(v) for v in page.items],
            "message": [v.message for v in page.items],
            "hint": [v.hint for v in page.items],
        },
        hide_index=True,
        row_height=tables.ROW,
        height=tables.height(len(page.items), 12),
        key="violations",
        placeholder="",
        alt="Every place where the rule is broken",
        column_config={
            "line": tables.numbers("Line", 84, "The line of the file on which the record begins"),
            "kind": tables.severities(),
            "column": config.TextColumn("Column", width=140),
            "value": config.TextColumn("Value in the file", width=230),
            "message": config.TextColumn("What is wrong", width=320),
            "hint": config.TextColumn("What to do", width=330),
        },
    )
    tables.pages("violations page", page.total, offset, PER_PAGE, "place")
