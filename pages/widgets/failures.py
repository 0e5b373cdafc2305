"""The imports that failed lately, with the whole reason: what a lead looks for first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from importer.model import Import
from pages.widgets.format import visible
from pages.widgets.state import ERRORS, state_of

LATELY = timedelta(hours=24)
MOST = 3


def failed_lately(items: Sequence[Import], now: datetime) -> list[Import]:
    """Those of which nothing is available although nobody cancelled them, at most three, in the order of the list."""
    failed = [i for i in items if state_of(i) is ERRORS and now - (i.finished_at or i.created_at) <= LATELY]
    return failed[:MOST]


def show_failures(items: Sequence[Import]) -> None:
    """One line for each, with a link; nothing when there is none."""
    failed = failed_lately(items, datetime.now(UTC))
    if not failed:
        return
    with st.container(border=True, gap="xsmall", key="failures"):
        st.markdown(f":red[{ERRORS.icon}] **Failed in the last 24 hours**")
        for item in failed:
            with st.container(horizontal=True, gap="small", wrap=False, vertical_alignment="top"):
                st.page_link("import_details.py", label=f"#{item.id}", query_params={"id": str(item.id)}, width="content")
                words = f"{visible(item.source.name, 60)}: {item.reason or ''} {item.fix or ''}"
                st.text(words.strip(), width="stretch")
