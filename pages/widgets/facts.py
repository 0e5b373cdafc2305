"""Names and values side by side. Values may come from a file: they are shown as text and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st


def facts(pairs: Iterable[tuple[str, str]], column_width: int = 190) -> None:
    """Draws (our word, any text) pairs as a compact grid."""
    with st.grid(min_column_width=column_width, gap="small"):
        for name, value in pairs:
            with st.container(gap=None):
                st.caption(name)
                st.text(value)
