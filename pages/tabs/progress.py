"""Tab Progress: both stages, and where every record ended."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from importer.model import Import
from pages.widgets.facts import facts
from pages.widgets.format import duration, number, size, visible, when, zone
from pages.widgets.results import ledger_table
from pages.widgets.stages import stage_cards

METHODS = {"upload": "Uploaded in the browser", "sample": "Sample file", "cli": "Command line", "api": "HTTP API"}


def draw(item: Import) -> None:
    """The whole tab; the page draws it again while the import runs."""
    stage_cards(item)
    with st.grid(2, min_column_width=330, gap="medium"):
        with st.container(gap="small"):
            st.markdown("**Where the records are**" if item.is_running else "**Where the records ended**")
            if item.ledger.records:
                ledger_table(item)
            else:
                st.caption("No record has been read yet.")
        with st.container(gap="small"):
            st.markdown("**About this import**")
            about(item)


def about(item: Import) -> None:
    clock = zone(st.context.timezone)

    def moment(value: datetime | None) -> str:
        return when(value, clock)

    facts(
        [
            ("File", visible(item.source.name, 300)),
            ("Size", size(item.source.bytes)),
            ("How it came", METHODS.get(item.source.method, item.source.method)),
            ("Who", item.owner),
            ("Created", moment(item.created_at)),
            ("Started", moment(item.started_at)),
            ("Ended", moment(item.finished_at)),
            ("Time worked", worked(item)),
            ("Warnings", number(item.warnings)),
            ("Repaired values", number(item.repairs)),
            ("Files are kept until", moment(item.keep_until)),
            ("SHA-256 of the file", item.source.sha256[:16] + "…" if item.source.sha256 else "–"),
        ],
        column_width=150,
    )


def worked(item: Import) -> str:
    """Seconds of both stages together; waiting does not count."""
    seconds = [s.seconds for s in (item.process, item.load) if s.seconds is not None]
    return duration(sum(seconds)) if seconds else duration(None)
