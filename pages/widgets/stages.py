"""The two stages of an import as bars with the facts below."""

from __future__ import annotations

import streamlit as st

from importer.model import Import, Stage, StageName, StageStatus
from pages.widgets.format import duration, number, rate, size, time_left
from pages.widgets.state import stage_state

TITLES = {StageName.PROCESS: "1 Process", StageName.LOAD: "2 Load"}


def stage_cards(item: Import) -> None:
    with st.grid(2, min_column_width=280, gap="small"):
        stage_card(item.process)
        stage_card(item.load)


def stage_card(stage: Stage) -> None:
    state = stage_state(stage)
    with st.container(border=True, gap="xsmall", key=f"stage-{stage.name}"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
                st.markdown(f"**{TITLES[stage.name]}**", width="content")
                st.badge(state.label, color=state.color)
            st.markdown(f"{shown_percent(stage)} %", width="content")
        st.progress(stage.fraction)
        st.caption(stage_facts(stage) or "Not started")


def shown_percent(stage: Stage) -> int:
    """Whole percent, rounded down: 100 stands for completed and for nothing else."""
    return int(stage.fraction * 100) if stage.status is StageStatus.COMPLETED else min(int(stage.fraction * 100), 99)


def stage_facts(stage: Stage) -> str:
    """Records, bytes, speed, time and step of a stage in one line."""
    running = stage.status is StageStatus.RUNNING
    records = f"{number(stage.done)} of {number(stage.total)} records" if stage.total else f"{number(stage.done)} records"
    parts = [
        records if stage.done or stage.total else "",
        f"{size(stage.bytes_done)} of {size(stage.bytes_total)}" if stage.bytes_total else "",
        rate(stage.rate),
        duration(stage.seconds) if stage.seconds is not None and not running else "",
        time_left(stage.seconds_left) if running else "",
        stage.step if running else "",
    ]
    return " · ".join(p for p in parts if p)
