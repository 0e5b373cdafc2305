"""What pages and programs are shown of types, files and loaded records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from importer.model.recipe import Dialect


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
class OptionInfo:
    """A choice that a person has for an import of a type: on or off."""

    name: str
    title: str
    description: str
    default: bool


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
    options: tuple[OptionInfo, ...] = ()
    modes: tuple[str, ...] = ("partial",)  # what a record may do to the one that is there
    mode: str = "partial"  # the usual one
    pools: bool = False  # every import goes into a pool that a person chooses


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
    fix: str = ""  # what to do, where it is not about columns and fields


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
