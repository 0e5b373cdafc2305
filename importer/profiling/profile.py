"""The profile of a file: one column each, fed part by part, saved after every part."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from importer.errors import Damaged
from importer.profiling.column import EXAMPLES, Column, Limits, streams, turn
from importer.profiling.stream import SHOWN_CHARACTERS, Request, measure

_VERSION = 1


class Profile:
    """Statistics of all columns of a file.

    A profile may be saved at any time and continued by another process. Its size depends on the number of columns and
    not on the number of records.
    """

    def __init__(self, columns: Sequence[str], limits: Limits | None = None):
        self.records = 0
        self._limits = limits or Limits.of(len(columns))
        self._columns = [Column(name, self._limits) for name in columns]

    def add(self, frame: pl.DataFrame, names: Sequence[str]) -> None:
        """Adds the records of a part, which comes after the parts before.

        names are the frame's columns in the order of the profile's columns; they hold text, null where empty.
        """
        # The first records show which columns have many values. Those need not be counted in the rest.
        first = self._limits.values * 6 // 5
        if self.records == 0 and frame.height > first:
            self._add(frame.head(first), names)
            frame = frame.slice(first)
        self._add(frame, names)

    def _add(self, frame: pl.DataFrame, names: Sequence[str]) -> None:
        columns = list(zip(self._columns, names, strict=True))
        streams = [(c, n) for c, n in columns if c.stream]
        new = _count(frame, [(c, n) for c, n in columns if not c.stream])
        turn([c for c, _ in new if c.is_over])
        parts = measure(frame, [Request(name, column.stream, self._limits.hashes) for column, name in streams])
        for (column, _), part in zip(streams, parts, strict=True):
            column.flow(part)
        _show(frame, [(c, n) for c, n in new + streams if len(c.examples) < EXAMPLES])
        self.records += frame.height

    def merge(self, other: Profile) -> None:
        """Adds the profile of the same columns over records that come after these. `other` is of no use afterwards."""
        pairs = list(zip(self._columns, other._columns, strict=True))
        turn([c for pair in pairs if pair[0].stream or pair[1].stream for c in pair])
        for column, following in pairs:
            column.merge(following)
        turn([column for column in self._columns if column.is_over])
        self.records += other.records

    def document(self) -> dict[str, Any]:
        """The profile as pages and programs get it, in a form that JSON can hold."""
        known = zip(self._columns, streams(self._columns), strict=True)
        return {"records": self.records, "columns": [column.document(self.records, stream) for column, stream in known]}

    def save(self, path: Path) -> None:
        """Writes the complete state; a reader finds the old or the new state, never a part of one.

        Raises OSError as the file system does.
        """
        state = {
            "version": _VERSION,
            "check": _check(),
            "limits": asdict(self._limits),
            "records": self.records,
            "columns": [column.to_state() for column in self._columns],
        }
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
        unfinished.write_text(json.dumps(state, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> Profile:
        """The profile that was saved.

        Raises Damaged when the file cannot be understood, or when the Polars that wrote it had other hashes.
        """
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            if (state["version"], state["check"]) != (_VERSION, _check()):
                raise ValueError("it was written by another version")
            profile = cls([], Limits(**state["limits"]))
            profile.records = state["records"]
            profile._columns = [Column.from_state(column, profile._limits) for column in state["columns"]]
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            message = f"The profile of the file cannot be continued: {error}."
            raise Damaged(message, fix="Check the file again.") from error
        return profile


def _check() -> int:
    """A known text's hash, which tells whether hashes of two processes may be compared."""
    return int(pl.Series(["profile"]).hash()[0])


def _count(frame: pl.DataFrame, columns: Sequence[tuple[Column, str]]) -> list[tuple[Column, str]]:
    """Counts the values of columns, and returns those that had new ones."""
    texts = [pl.col(n).drop_nulls().alias("value") for _, n in columns]
    counts = [text.value_counts(name="count").implode().alias(f"{i}") for i, text in enumerate(texts)]
    cells = frame.lazy().select(counts).collect().get_columns() if counts else []
    found = [cell[0].struct.unnest().get_columns() for cell in cells]
    return [(c, n) for (c, n), (values, number) in zip(columns, found, strict=True) if c.count(values, number)]


def _show(frame: pl.DataFrame, columns: Sequence[tuple[Column, str]]) -> None:
    """Hands examples to columns that lack some."""
    if not columns:
        return
    # Those that a column knows already are among them, so twice as many are needed.
    cut = [pl.col(name).drop_nulls().str.head(SHOWN_CHARACTERS) for _, name in columns]
    examples = [text.unique(maintain_order=True).head(2 * EXAMPLES).implode() for text in cut]
    for (column, _), cell in zip(columns, frame.lazy().select(examples).collect().get_columns(), strict=True):
        column.show(cell[0].to_list())
