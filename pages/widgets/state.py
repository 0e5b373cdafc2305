"""The state of an import as a word and a colour. Plain functions without Streamlit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from importer.model import Goal, Import, Outcome, Severity, Stage, StageStatus, Status


@dataclass(frozen=True, slots=True)
class State:
    label: str
    color: Literal["red", "orange", "blue", "green", "violet", "gray"]
    icon: str


COMPLETED = State("Completed", "green", ":material/check_circle:")
PARTIALLY = State("Partially", "orange", ":material/warning:")
ERRORS = State("With errors", "red", ":material/error:")
CANCELLED = State("Cancelled", "gray", ":material/cancel:")
RUNNING = State("Running", "blue", ":material/sync:")
CHECKING = State("Checking", "blue", ":material/sync:")
QUEUED = State("Waiting", "gray", ":material/schedule:")
CHECKED = State("Checked", "violet", ":material/fact_check:")
DRAFT = State("Draft", "gray", ":material/draft:")
ALL = (COMPLETED, PARTIALLY, ERRORS, CANCELLED, RUNNING, CHECKING, QUEUED, CHECKED, DRAFT)

FILTERS = {  # what the filter says, by the value that the service knows
    "running": "Running",
    "checked": "Checked",
    "completed": "Completed",
    "partially": "Partially",
    "errors": "With errors",
    "cancelled": "Cancelled",
}

SEVERITIES = {
    Severity.ERROR: State("Error", "red", ":material/error:"),
    Severity.WARNING: State("Warning", "orange", ":material/warning:"),
    Severity.REPAIR: State("Repair", "blue", ":material/build:"),
}

_BY_STATUS = {Status.DRAFT: DRAFT, Status.QUEUED: QUEUED, Status.CHECKED: CHECKED, Status.CANCELLED: CANCELLED}
_BY_OUTCOME = {Outcome.COMPLETED: COMPLETED, Outcome.PARTIALLY: PARTIALLY, Outcome.ERRORS: ERRORS}
_STAGE = {
    StageStatus.WAITING: State("Waiting", "gray", ""),
    StageStatus.RUNNING: State("Running", "blue", ""),
    StageStatus.COMPLETED: State("Done", "green", ""),
    StageStatus.FAILED: State("Failed", "red", ""),
    StageStatus.CANCELLED: State("Cancelled", "gray", ""),
}


def state_of(item: Import) -> State:
    """One word for where an import stands: its outcome once it has one."""
    if item.status in _BY_STATUS:
        return _BY_STATUS[item.status]
    if item.outcome:
        return _BY_OUTCOME[item.outcome]
    return CHECKING if item.goal is Goal.CHECK else RUNNING


def stage_state(stage: Stage) -> State:
    return _STAGE[stage.status]


def ended_badly(item: Import) -> bool:
    """Whether it ended and not everything is available."""
    return item.outcome in (Outcome.PARTIALLY, Outcome.ERRORS)


def why(item: Import) -> str:
    """What a reader of the list needs to know about an import that is not simply fine; empty otherwise."""
    if item.reason:
        return item.reason
    if item.status is Status.CHECKED:
        return "Waits for somebody to start it."
    if item.is_running:
        stage = item.load if item.load.status is StageStatus.RUNNING else item.process
        return stage.step
    return ""
