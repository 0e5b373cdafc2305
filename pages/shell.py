"""The main script of the pages: what every page has, and which pages there are."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.widgets.screen import guard, problems_here

st.set_page_config(
    page_title="Importer",
    page_icon=str(Path(__file__).parent / "widgets" / "icon.svg"),
    layout="wide",
)
page = st.navigation(
    [
        st.Page("imports.py", title="Imports", icon=":material/list_alt:", default=True),
        st.Page("new_import.py", title="New import", icon=":material/upload_file:", url_path="new_import"),
        st.Page("data.py", title="Data", icon=":material/table:", url_path="data"),
        st.Page("types.py", title="Import types", icon=":material/rule:", url_path="types"),
        st.Page("pools.py", title="Pools", icon=":material/confirmation_number:", url_path="pools"),
        st.Page("import_details.py", title="Import", url_path="import_details", visibility="hidden"),
    ],
    position="top",
)
with problems_here():
    guard()
    page.run()
