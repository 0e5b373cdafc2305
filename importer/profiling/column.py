"""One column: its values are counted one by one while there are few, and measured as a stream once there are many."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from importer.profiling.stream import SHOWN_CHARACTERS, Stream, measure_counted

EXAMPLES = 5
TOP = 10
_TRUTH = frozenset({"true", "false"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept of a column: distinct values, their characters altogether, and hashes of a stream.

    Which values a file holds decides whether a limit is passed, not how the file is divided.
    """

    values: int
    characters: int
    hashes: int

    @classmethod
    def of(cls, columns: int) -> Limits:
        """5,000 values and 1,024 hashes for up to 200 columns, less for more, so that memory stays bounded."""
        columns = max(columns, 1)
        return cls(
            values=max(100, min(5_000, 1_000_000 // columns)),
            characters=max(10_000, min(4_000_000, 64_000_000 // columns)),
            hashes=max(64, min(1_024, 204_800 // columns)),
        )


@dataclass(slots=True)
class Column:
    """Counts hold every distinct value while they are few; then they are empty and there is a stream instead."""

    name: str
    limits: Limits
    counts: dict[str, int] = field(default_factory=dict)
    characters: int = 0
    stream: Stream | None = None
    examples: list[str] = field(default_factory=list)

    def count(self, values: pl.Series, counts: pl.Series) -> bool:
        """Adds distinct values and how often each occurs; tells whether one of them was new."""
        before = len(self.counts)
        self._count(zip(values.to_list(), counts.to_list(), strict=True))
        return len(self.counts) > before

    def _count(self, items: Iterable[tuple[str, int]]) -> None:
        for value, count in items:
            if value in self.counts:
                self.counts[value] += count
            else:
                self.counts[value] = count
                self.characters += len(value)

    @property
    def is_over(self) -> bool:
        """Whether there are too many values to go on counting: time to `turn`."""
        return len(self.counts) > self.limits.values or self.characters > self.limits.characters

    def flow(self, part: Stream | None) -> None:
        """Adds what a part brought, for a column whose values are not counted."""
        if part:
            self.stream = self.stream.merged(part, self.limits.hashes) if self.stream else part

    def show(self, values: Iterable[str]) -> None:
        """Takes examples, in file order and cut to the characters that are shown, until there are enough."""
        for value in values:
            if len(self.examples) < EXAMPLES and value not in self.examples:
                self.examples.append(value)

    def merge(self, other: Column) -> None:
        """Adds a column whose records come after those of this one. Both are counted, or both are streams."""
        self._count(other.counts.items())
        self.flow(other.stream)
        self.show(other.examples)

    def document(self, records: int, stream: Stream | None) -> dict[str, Any]:
        """Everything that is known, in a form that JSON can hold. `stream` is what `streams` gives for the column."""
        filled = stream.values if stream else 0
        document: dict[str, Any] = {"column": self.name, "filled": filled, "empty": records - filled}
        distinct, exact = self.stream.distinct(self.limits.hashes) if self.stream else (len(self.counts), True)
        document |= {"distinct": distinct, "distinct_exact": exact, "type": self._type(stream)}
        document |= {"min": None, "max": None, "mean": None, "min_length": 0, "max_length": 0, "mean_length": 0.0}
        document |= {"top": None if self.stream else self._top(), "histogram": None, "examples": list(self.examples)}
        if stream:
            document |= {"min": stream.least, "max": stream.greatest}
            document |= {"min_length": stream.shortest, "max_length": stream.longest}
            document["mean_length"] = stream.characters / filled
            if stream.figures:
                document |= stream.figures.document(filled)
        return document

    def _type(self, stream: Stream | None) -> str:
        if stream is None:
            return "empty"
        if self.counts and all(value.lower() in _TRUTH for value in self.counts):
            return "boolean"
        return stream.figures.kind if stream.figures else "string"

    def _top(self) -> list[list[Any]]:
        most = heapq.nsmallest(TOP, self.counts.items(), key=lambda item: (-item[1], item[0]))
        return [[value[:SHOWN_CHARACTERS], count] for value, count in most]

    def to_state(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "values": list(self.counts),
            "counts": list(self.counts.values()),
            "stream": self.stream.to_state() if self.stream else None,
            "examples": self.examples,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any], limits: Limits) -> Column:
        counts = dict(zip(state["values"], state["counts"], strict=True))
        stream = Stream.from_state(state["stream"]) if state["stream"] else None
        return cls(state["name"], limits, counts, sum(map(len, counts)), stream, state["examples"])


def streams(columns: Sequence[Column]) -> list[Stream | None]:
    """All columns as streams, those too whose values are counted; None for one that is empty."""
    counted = [column for column in columns if column.stream is None]
    schema = {"value": pl.String, "count": pl.Int64}
    frames = [pl.DataFrame([list(c.counts), list(c.counts.values())], schema=schema) for c in counted]
    measured = iter(measure_counted(frames, counted[0].limits.hashes) if counted else [])
    return [column.stream or next(measured) for column in columns]


def turn(columns: Sequence[Column]) -> None:
    """Makes streams of counted columns."""
    for column, stream in zip(columns, streams(columns), strict=True):
        column.stream, column.counts, column.characters = stream, {}, 0
