"""How a file is read and where its columns go: the recipe, and the positions and parts that reading it makes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


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
