"""A place to choose a file or drop one; it streams to the route for uploads without passing through a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.widgets.format import size
from pages.widgets.links import base

_HERE = Path(__file__).parent
_HTML = """
<div class="drop">
  <input type="file" tabindex="-1" aria-hidden="true">
  <div class="idle">
    <button type="button" class="choose">Choose a file</button>
    <span>or drop it here</span>
    <span class="limit"></span>
  </div>
  <div class="busy" hidden>
    <div class="line"><span class="name"></span><span class="share"></span></div>
    <progress max="1" value="0" aria-label="Upload"></progress>
    <div class="line"><span class="detail"></span><button type="button" class="cancel">Cancel</button></div>
  </div>
  <p class="error" role="alert" hidden></p>
</div>
"""


@dataclass(frozen=True, slots=True)
class Uploaded:
    id: str
    name: str


@st.cache_resource
def _component() -> Callable[..., object]:
    return st.components.v2.component(
        "importer_upload",
        html=_HTML,
        css=(_HERE / "upload.css").read_text(encoding="utf-8"),
        js=(_HERE / "upload.js").read_text(encoding="utf-8"),
    )


def upload(key: str, limit: int, on_uploaded: Callable[[Uploaded], None]) -> None:
    """Draws the place; calls `on_uploaded` once a file of at most `limit` bytes has arrived."""

    def arrived() -> None:
        value = st.session_state[key].get("uploaded")
        if isinstance(value, dict) and isinstance(value.get("id"), str):
            on_uploaded(Uploaded(value["id"], str(value.get("name", ""))))

    _component()(
        key=key,
        data={"url": f"{base()}/api/v1/uploads", "limit": limit, "limit_text": f"up to {size(limit)}"},
        on_uploaded_change=arrived,
    )
