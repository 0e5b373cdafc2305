"""Addresses of the downloads that routes serve."""

from __future__ import annotations

from urllib.parse import quote

import streamlit as st

from importer.service import Person
from pages.widgets.service import importer


def base() -> str:
    """What stands before every address of this application: empty, or the path under which a proxy serves it."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def error_list(person: Person, import_id: int) -> str:
    return _download(person, import_id, "errors.csv")


def rejected_records(person: Person, import_id: int) -> str:
    return _download(person, import_id, "rejected.csv")


def _download(person: Person, import_id: int, name: str) -> str:
    token = importer().download_token(person, import_id)
    return f"{base()}/api/v1/imports/{import_id}/{name}?token={quote(token, safe='')}"
