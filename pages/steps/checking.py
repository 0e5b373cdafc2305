"""Steps 4 and 5: every record is checked in the background, then a person decides."""

from __future__ import annotations

import streamlit as st

from importer.model import Import, MappingIssue, Outcome, Recipe, Severity, Status
from importer.service import Person
from pages.steps.plan import blocked
from pages.steps.reading import notices
from pages.steps.state import enter
from pages.widgets import links, profile
from pages.widgets.format import number, percent
from pages.widgets.live import live, poll, show_age
from pages.widgets.results import findings_table
from pages.widgets.screen import action, go
from pages.widgets.service import importer
from pages.widgets.stages import stage_card


def offer(person: Person, item: Import, recipe: Recipe, issues: tuple[MappingIssue, ...], again: bool) -> None:
    """The button that checks; the primary one unless there already is a result to start from."""
    stop = blocked(issues)
    st.button(
        "Check again" if again else "Check all records",
        type="secondary" if again else "primary",
        icon=":material/fact_check:",
        key="check",
        disabled=stop,
        on_click=check,
        args=(person, item.id, recipe),
    )
    if stop:
        st.caption("Complete the mapping first; the list above it says what is missing.")
    elif not again:
        st.caption("This reads the whole file and changes nothing. You can close the page; it goes on.")


@action
def check(person: Person, import_id: int, recipe: Recipe) -> None:
    importer().check(person, import_id, recipe)
    st.session_state.pop(f"recipe {import_id}", None)


def progress(person: Person, item: Import) -> None:
    """The running check. When it has ended, the page is drawn anew."""

    def body() -> None:
        answer = poll(f"import {item.id}", lambda: importer().get(person, item.id))
        show_age(answer)
        stage_card(answer.value.process)
        if answer.value.status is Status.QUEUED:
            st.caption("It waits for its turn.")
        if not answer.value.is_running:
            st.rerun()

    live(body, running=True, key="checking")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Cancel the check", icon=":material/cancel:", key="cancel", on_click=cancel, args=(person, item.id))
        st.caption("You can close this page. The check goes on, and you find it in the list of imports.", width="content")


@action
def cancel(person: Person, import_id: int) -> None:
    importer().cancel(person, import_id)


def ended_early(person: Person, item: Import) -> None:
    """A check that was cancelled or could not read the file: why, and the way to try it differently."""
    with st.container(border=True, gap="xsmall"):
        if item.outcome is Outcome.ERRORS and item.status is Status.FINISHED:
            st.markdown(":red[:material/error:] **The file could not be checked to its end**")
        else:
            st.markdown(":gray[:material/cancel:] **The check was cancelled**")
        st.text(item.reason or "No reason was given.")
        if item.fix:
            st.text(item.fix)
    st.button(
        "Change and check again",
        type="primary",
        icon=":material/edit:",
        key="retry",
        on_click=retry,
        args=(person, item.id),
    )


@action
def retry(person: Person, import_id: int) -> None:
    """A new draft with the same file, read and mapped as before."""
    enter(importer().run_again(person, import_id).id)


def result(person: Person, item: Import) -> None:
    """What the check found and what a start would do."""
    figures(item)
    notices(item.notices)
    found = importer().findings(person, item.id)
    problems(person, item, any(f.severity is Severity.ERROR for f in found), len(found))
    if found:
        findings_table(found, "findings")
    document = importer().profile(person, item.id)
    if document and document["columns"]:
        with st.expander("Profile of the columns", key="profiles", icon=":material/bar_chart:"):
            profile.table(document)


def figures(item: Import) -> None:
    """Every record in exactly one state, as it would be after a start."""
    ledger = item.ledger
    with st.grid(8, min_column_width=105, gap="xsmall"):
        for label, value, note in (
            ("Records", ledger.records, "All records of the file: the sum of the next five figures"),
            ("To create", ledger.created, "New in the destination"),
            ("To update", ledger.updated, "Already there, and some values differ"),
            ("Unchanged", ledger.unchanged, "Already there with the same values"),
            ("Duplicates", ledger.duplicate, "A later record of the file has the same key and counts"),
            ("Rejected", ledger.rejected + ledger.unprocessed, "They have errors and are not loaded"),
            ("Warnings", item.warnings, "Places worth a look; their records are loaded"),
            (
                "Repairs",
                item.repairs,
                "Values that were corrected, for example spaces removed; their records are loaded",
            ),
        ):
            st.metric(label, number(value), border=True, height="stretch", help=note)


def problems(person: Person, item: Import, errors: bool, found: int) -> None:
    """The headline of the findings, with the complete list as a file."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        if not found:
            st.markdown(":green[:material/check_circle:] **No problem was found**", width="content")
            return
        share = percent(item.ledger.rejected, item.ledger.records)
        words = f"**Problems by rule**, {share} of the records are rejected" if errors else "**Remarks by rule**, nothing is rejected"
        st.markdown(words, width="content")
        st.link_button("Error list (CSV)", links.error_list(person, item.id), icon=":material/download:", key="errors_csv")


def start(person: Person, item: Import) -> None:
    """The decision."""
    if not item.ledger.loaded:
        st.markdown(":red[:material/error:] No record can be loaded. Correct the mapping or the file, then check again.")
        return
    left_out = item.ledger.records - item.ledger.loaded
    st.markdown(
        f"**{number(item.ledger.loaded)}** records will be loaded"
        + (f", **{number(left_out)}** are left out and stay available as a file." if left_out else ".")
    )
    st.button(
        "Start the import",
        type="primary",
        icon=":material/play_arrow:",
        key="start",
        on_click=begin,
        args=(person, item.id),
    )


@action
def begin(person: Person, import_id: int) -> None:
    importer().start(person, import_id)
    st.session_state["started"] = import_id


def leave_when_started() -> None:
    """A started import is seen on its own page."""
    if started := st.session_state.pop("started", None):
        go("import_details.py", id=started)
