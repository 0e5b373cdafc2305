"""The nouns: values that cross the borders between modules. All frozen; a change makes a copy (`dataclasses.replace`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """What a violation does to its record: an error rejects it, a warning keeps it, a repair changed a value and kept it."""

    ERROR = "error"
    WARNING = "warning"
    REPAIR = "repair"


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
class Dialect:
    """How a text file is written.

    `quote` is one character or None (no quoting at all). `escape` is "double" (a quote inside a quoted field is
    doubled) or "backslash" (a backslash takes the next character literally). `header_line` is the physical line of the
    header, 0 when the file has none. `encoding` is a Python codec name; a UTF-8 byte order mark is always skipped.
    """

    format: str = "csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str | None = '"'
    escape: str = "double"
    header: bool = True
    header_line: int = 1

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Dialect:
        known = {f.name for f in fields(cls)}
        return cls(**{k: v for k, v in data.items() if k in known})


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """One source column and where it goes. `field` None means that the column is not imported.

    `column` is the unique name of the column (see `readers.header`); `type` is the data type of a field that the type
    does not declare, such as a custom attribute (string, integer, number, boolean, date, datetime).
    """

    column: str
    field: str | None = None
    type: str | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ColumnMap:
        return cls(column=data["column"], field=data.get("field"), type=data.get("type"))


@dataclass(frozen=True, slots=True)
class Recipe:
    """One versioned document with all decisions of an import; check and run use the same one."""

    type: str
    type_version: str
    dialect: Dialect
    mapping: tuple[ColumnMap, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1

    def to_dict(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "type": self.type,
            "type_version": self.type_version,
            "dialect": self.dialect.to_dict(),
            "mapping": [asdict(m) for m in self.mapping],
            "options": dict(self.options),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        return cls(
            type=data["type"],
            type_version=str(data.get("type_version", "")),
            dialect=Dialect.from_dict(data.get("dialect", {})),
            mapping=tuple(ColumnMap.from_dict(m) for m in data.get("mapping", ())),
            options=dict(data.get("options", {})),
            version=int(data.get("version", 1)),
        )

    @property
    def digest(self) -> str:
        """Equal recipes have equal digests: what was checked with a digest need not be read again to run with it."""
        text = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Position:
    """Where a reader stands between two records.

    offset: bytes of the source before it. line: 1-based physical line on which the next record starts. record: records
    (malformed ones included, header and blank lines not) before it. blank: blank lines before it. suspect_until: source
    offset up to which a stray quote makes a record malformed, because a quote that was never closed went before (0: none).
    """

    offset: int = 0
    line: int = 1
    record: int = 0
    blank: int = 0
    suspect_until: int = 0

    def to_dict(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, int]) -> Position:
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Part:
    """A finished piece of stage 1: which bytes, what came out, and the state from which the next part begins."""

    number: int
    start: Position
    end: Position
    records: int
    valid: int
    rejected: int
    malformed: int
    violations: int


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
class Violation:
    """One rule broken by one record. `value` is the text as it stands in the file (None: empty)."""

    line: int
    record: int
    column: str
    field: str
    value: str | None
    code: str
    severity: Severity
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Finding:
    """All violations of one rule on one column, with a few examples (line, value) in file order."""

    code: str
    column: str
    field: str
    severity: Severity
    message: str
    hint: str
    violations: int
    examples: tuple[tuple[int, str | None], ...]


@dataclass(frozen=True, slots=True)
class LogEntry:
    at: datetime
    text: str
    level: str = "info"  # info, warning, error


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field of an import type, as pages show it."""

    name: str
    title: str
    type: str
    required: bool
    description: str
    synonyms: tuple[str, ...] = ()
    example: str = ""


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """An import type. `one_of` are fields of which at least one must be mapped; `open` says whether columns that are
    not declared may be imported too, under a name that begins with `open_prefix`."""

    name: str
    title: str
    version: str
    description: str
    fields: tuple[FieldInfo, ...]
    one_of: tuple[str, ...] = ()
    open: bool = False
    open_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """The first records of a file as a dialect reads them.

    rows: (line, cells or None when malformed, problem or None). evidence: sentences saying why this dialect was chosen.
    """

    dialect: Dialect
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str | None, ...] | None, str | None], ...]
    evidence: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MappingIssue:
    """Something about a mapping. `blocking` issues prevent the check; the others are for information."""

    message: str
    blocking: bool
    column: str | None = None
    field: str | None = None
    code: str = "MAPPING_PROBLEM"


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


@dataclass(frozen=True, slots=True)
class TableInfo:
    """What is available of one type; `records` is None while an import is being written."""

    type: str
    title: str
    records: int | None


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """op: contains, equals, empty, filled, at least, at most."""

    column: str
    op: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Loaded records. `busy` is a sentence when the destination is being written and cannot be read now."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int
    busy: str | None = None
