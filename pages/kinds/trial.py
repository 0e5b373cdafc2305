"""What the rules under edit say about the first records of a file."""

from __future__ import annotations

import streamlit as st

from importer.errors import ImporterError, OurFault
from importer.model import Trial
from importer.service import Person
from pages.kinds.state import Draft
from pages.kinds.table import findings_of
from pages.widgets.format import count, number, percent, visible
from pages.widgets.results import findings_table
from pages.widgets.screen import action, describe, show_problem
from pages.widgets.service import importer
from pages.widgets.upload import Uploaded, upload

SAMPLES = {100: "First 100", 300: "First 300", 1_000: "First 1,000"}


def try_it(person: Person, draft: Draft, text: str, right: bool) -> None:
    """The result as the table stands now; a place to choose a file where there is none."""
    st.markdown("### Try the rules")
    if draft.file is None:
        st.text("Choose a file to see at once what the rules say about its first records. Nothing of it is imported.")
        upload("trial", importer().settings.max_upload_bytes, lambda file: arrived(person, draft, file))
        return
    try:
        item = importer().get(person, draft.file)
        limit = choices(draft, item.source.name)
        if not right:
            st.caption("The rules are tried again as soon as the document is right.")
            return
        trial = importer().try_type(person, text, draft.file, limit)
    except OurFault:
        raise
    except ImporterError as problem:
        show_problem(describe(problem))
        return
    result(trial)


def choices(draft: Draft, name: str) -> int:
    """The file that is tried and how much of it; returns how many records."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        limit = st.segmented_control(
            "Records",
            list(SAMPLES),
            default=1_000,
            required=True,
            format_func=SAMPLES.__getitem__,
            key="tried",
            label_visibility="collapsed",
        )
        st.text(f"records of {visible(name, 80)}")
        st.button("Another file", key="other_file", icon=":material/swap_horiz:", on_click=other_file, args=(draft,))
    return limit or 1_000


def result(trial: Trial) -> None:
    with st.grid(3, min_column_width=130, gap="small"):
        st.metric("Records tried", number(trial.records), border=True, height="stretch")
        share = percent(trial.rejected, trial.records)
        st.metric("Would be rejected", number(trial.rejected), share, border=True, height="stretch", delta_color="off", delta_arrow="off")
        columns = sum(c.field is not None for c in trial.mapping)
        st.metric("Columns with a field", f"{number(columns)} of {number(len(trial.mapping))}", border=True, height="stretch")
    for sentence in trial.problems:
        with st.container(horizontal=True, gap="xsmall", wrap=False):
            st.markdown(":red[:material/error:]", width="content")
            st.text(sentence, width="stretch")
    if trial.violations:
        findings_table(findings_of(trial.violations), "tried_findings")
    elif not trial.problems:
        st.markdown(f":green[:material/check_circle:] No rule is broken in the first {count(trial.records, 'record')}.")


@action
def arrived(person: Person, draft: Draft, file: Uploaded) -> None:
    draft.file = importer().draft(person, file.id, "generic").id


@action
def other_file(draft: Draft) -> None:
    draft.file = None
