"""An import with its stages, ledger and outcome, and how imports are listed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from importer.model.recipe import Recipe


class StageName(StrEnum):
    PROCESS = "process"  # read, map, profile, validate, stage
    LOAD = "load"  # write to the destination


class StageStatus(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Status(StrEnum):
    """Where an import stands."""

    DRAFT = "draft"  # the file is here, nothing was checked
    QUEUED = "queued"  # waits for a free place
    RUNNING = "running"
    CHECKED = "checked"  # stage 1 is done, a person decides whether to load
    FINISHED = "finished"  # has an outcome
    CANCELLED = "cancelled"  # stopped by a person; has the outcome "completed with errors"


class Outcome(StrEnum):
    COMPLETED = "completed"  # all of it is available
    PARTIALLY = "completed partially"  # only a part is
    ERRORS = "completed with errors"  # nothing is available


class Goal(StrEnum):
    """How far an import shall go: CHECK ends after stage 1, RUN does both stages."""

    CHECK = "check"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Ledger:
    """Counts of records; every record of the source is in exactly one of the six states."""

    records: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0
    unprocessed: int = 0

    @property
    def loaded(self) -> int:
        """Records that are available in the destination."""
        return self.created + self.updated + self.unchanged

    @property
    def balanced(self) -> bool:
        return self.records == self.loaded + self.duplicate + self.rejected + self.unprocessed

    def to_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Stage:
    """Progress of one stage. done/total count records (total None while unknown), bytes_* count bytes of the source."""

    name: StageName
    status: StageStatus = StageStatus.WAITING
    done: int = 0
    total: int | None = None
    bytes_done: int = 0
    bytes_total: int | None = None
    rate: float | None = None  # records a second
    seconds_left: float | None = None
    step: str = ""  # what it is doing now, in words
    started_at: datetime | None = None
    finished_at: datetime | None = None
    seconds: float | None = None  # time spent running, over all attempts

    @property
    def fraction(self) -> float:
        """0.0 to 1.0, for a progress bar."""
        if self.status is StageStatus.COMPLETED:
            return 1.0
        if self.bytes_total:
            return min(self.bytes_done / self.bytes_total, 1.0)
        if self.total:
            return min(self.done / self.total, 1.0)
        return 0.0


@dataclass(frozen=True, slots=True)
class Source:
    """The file of an import. `path` lies inside the import's folder and never contains the person's file name."""

    name: str
    bytes: int
    sha256: str
    path: str | None  # None once its retention is over
    method: str  # upload, sample, cli, api


@dataclass(frozen=True, slots=True)
class Import:
    """One run of one source for one import type. Times are UTC with zone."""

    id: int
    type: str
    status: Status
    goal: Goal
    source: Source
    owner: str
    created_at: datetime
    process: Stage
    load: Stage
    ledger: Ledger
    outcome: Outcome | None = None
    recipe: Recipe | None = None
    columns: tuple[str, ...] = ()
    warnings: int = 0  # violations with severity warning
    repairs: int = 0
    violations: int = 0  # all severities
    reason: str | None = None  # one sentence: why it ended as it did
    fix: str | None = None  # one sentence: what to do
    error_code: str | None = None
    error_line: int | None = None
    notices: tuple[str, ...] = ()  # facts about the file that a person should know
    started_at: datetime | None = None
    finished_at: datetime | None = None
    keep_until: datetime | None = None  # the file and its personal values are deleted after this
    cancel_requested: bool = False
    fence: int = 0

    @property
    def is_running(self) -> bool:
        return self.status in (Status.QUEUED, Status.RUNNING)


@dataclass(frozen=True, slots=True)
class LogEntry:
    at: datetime
    text: str
    level: str = "info"  # info, warning, error


@dataclass(frozen=True, slots=True)
class ImportFilter:
    """Which imports to list.

    state: "running" (queued or running), "checked", "completed", "partially", "errors" (not the cancelled ones) or
    "cancelled". search: part of a file name without regard to case, or an id such as "12" or "#12".
    """

    state: str | None = None
    type: str | None = None
    owner: str | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What happened in the last 7 days (index 6 is today, in UTC days) and what runs now."""

    imports: tuple[int, ...] = (0,) * 7
    loaded: tuple[int, ...] = (0,) * 7
    rejected: tuple[int, ...] = (0,) * 7
    imports_before: int = 0  # the 7 days before those
    loaded_before: int = 0
    rejected_before: int = 0
    running: int = 0
    queued: int = 0
    waiting: int = 0  # checked, not started
    total: int = 0  # imports in the whole history
