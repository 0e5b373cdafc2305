"""Rules over a whole file and over a load, as values; read_whole.py reads them from a type document."""

from __future__ import annotations

from dataclasses import dataclass

from importer.schema.words import Wording


@dataclass(frozen=True, slots=True)
class Consistent:
    """Records with the same values in `per` (none: all records) must agree in `fields`. Where the file as a whole must agree,
    the option that allows it not to is named."""

    wording: Wording
    fields: tuple[str, ...]
    per: tuple[str, ...]
    option: str | None = None


@dataclass(frozen=True, slots=True)
class Distinct:
    """A field has at most so many different values, without regard to case."""

    wording: Wording
    field: str
    most: int


@dataclass(frozen=True, slots=True)
class Differ:
    """Records with the same `group` (without regard to case) differ in one of `fields`."""

    wording: Wording
    group: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ignored:
    """Columns that are never imported, and why."""

    names: tuple[str, ...]
    wording: Wording


@dataclass(frozen=True, slots=True)
class LoadModes:
    """What a record may do to the one that is there. overwrite: take its place, what the file does not have becomes empty;
    partial: change only what the file has."""

    modes: tuple[str, ...] = ("partial",)
    default: str = "partial"


PARTIAL = LoadModes()
