"""Tab Profile: what the columns of the file hold."""

from __future__ import annotations

import streamlit as st

from importer.model import Import
from importer.service import Person
from pages.widgets import profile
from pages.widgets.format import count
from pages.widgets.service import importer


def draw(person: Person, item: Import) -> None:
    document = importer().profile(person, item.id)
    if not document or not document["columns"]:
        with st.container(border=True, horizontal_alignment="center"):
            words = "The profile appears when the whole file has been read." if item.is_running else "There is no profile."
            st.markdown(f":gray[:material/bar_chart:] {words}", width="content")
        return
    words = f"{count(document['records'], 'record')}, {count(len(document['columns']), 'column')}"
    st.caption(f"{words}. A sign ≈ marks an estimate.")
    profile.table(document)
    profile.detail(document)
