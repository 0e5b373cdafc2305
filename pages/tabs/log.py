"""Tab Log: what happened when."""

from __future__ import annotations

import streamlit as st

from importer.model import Import
from importer.service import Person
from pages.widgets import tables
from pages.widgets.service import importer
from pages.widgets.state import State

LEVELS = {
    "info": State("Info", "gray", ""),
    "warning": State("Warning", "orange", ""),
    "error": State("Error", "red", ""),
}


def draw(person: Person, item: Import) -> None:
    entries = importer().log(person, item.id)
    if not entries:
        st.caption("Nothing has happened yet.")
        return
    st.dataframe(
        {
            "at": [e.at for e in entries],
            "level": [[LEVELS.get(e.level, LEVELS["info"]).label] for e in entries],
            "text": [e.text for e in entries],
        },
        hide_index=True,
        row_height=tables.ROW,
        height=tables.height(len(entries)),
        key="log",
        alt="What happened when",
        column_config={
            "at": st.column_config.DatetimeColumn("When", width=170, format="D MMM YYYY, HH:mm:ss", timezone=st.context.timezone or "UTC"),
            "level": tables.states("Kind", 90, LEVELS.values()),
            "text": st.column_config.TextColumn("What happened", width=900),
        },
    )
