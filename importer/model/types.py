"""Types that a team defines itself: their versions, how they are edited, and what trying their rules gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from importer.model.findings import Severity, Violation
from importer.model.recipe import ColumnMap
from importer.model.views import TypeInfo


@dataclass(frozen=True, slots=True)
class TypeVersion:
    """A saved version of a type, counted from 1. `retired` is about all versions: the type is not offered any more."""

    name: str
    version: int
    title: str
    document: str
    saved_by: str
    saved_at: datetime
    retired: bool = False


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """A type as it is listed. `records`: how many are loaded (None: not known now); `saved`: only of a team's own type."""

    info: TypeInfo
    rules: int
    records: int | None
    saved: TypeVersion | None = None


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """One rule of a type in words. `severity` is as declared: error, optional, warning or repair."""

    field: str
    severity: str
    code: str
    when: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A field of a type as a person edits it. `origin` is the place of the field in the document (None: it is new).

    Numbers and dates of a limit are text, as they stand in the document. `message` empty: the words of the importer.
    """

    field: str
    title: str = ""
    type: str = "string"
    required: bool = False
    unique: bool = False
    pattern: str = ""
    enum: tuple[str, ...] = ()
    minimum: str = ""
    maximum: str = ""
    severity: Severity = Severity.ERROR
    message: str = ""
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class TypeForm:
    """A type document as a form: what the form does not show stays in the document as it is."""

    title: str
    description: str
    rows: tuple[TypeRow, ...]
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inferred:
    """A document made from a file. `records` were looked at; `whole` says whether the file has no others."""

    document: str
    records: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What the rules of a document say about the first records of a file. Nothing of it is stored.

    rejected counts records; mapping says which column was taken for which field; problems are sentences about columns
    that would stop an import.
    """

    records: int
    rejected: int
    violations: tuple[Violation, ...]
    mapping: tuple[ColumnMap, ...]
    problems: tuple[str, ...] = ()
