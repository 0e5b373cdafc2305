"""Columns with too many distinct values to count each one: what is kept of them while the parts go by."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from importer.profiling.figures import Figures
from importer.profiling.forms import Form, forms

SHOWN_CHARACTERS = 100
_SHORT = 5_000  # records of a part in which it does not pay to leave out values first
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Stream:
    """Values of a column, all of them filled.

    least and greatest are in byte order and cut to 100 characters, which keeps that order. hashes are the smallest
    distinct hashes of the values, at most `Request.hashes`. figures is None for ordinary text.
    """

    values: int
    least: str
    greatest: str
    shortest: int
    longest: int
    characters: int
    hashes: Hashes
    figures: Figures | None

    def merged(self, other: Stream, most: int) -> Stream:
        """Both together, with at most `most` hashes."""
        figures = self.figures.merged(other.figures) if self.figures and other.figures else None
        return Stream(
            self.values + other.values,
            min(self.least, other.least),
            max(self.greatest, other.greatest),
            min(self.shortest, other.shortest),
            max(self.longest, other.longest),
            self.characters + other.characters,
            np.union1d(self.hashes, other.hashes)[:most] if len(other.hashes) else self.hashes,
            figures,
        )

    def distinct(self, most: int) -> tuple[int, bool]:
        """How many distinct values there are, and whether that is exact."""
        if len(self.hashes) < most:
            return len(self.hashes), True
        return min(round((most - 1) * 2**64 / int(self.hashes[-1])), self.values), False

    def to_state(self) -> list[Any]:
        texts = [self.values, self.least, self.greatest, self.shortest, self.longest, self.characters]
        hashes = base64.b64encode(self.hashes.tobytes()).decode()
        return [*texts, hashes, self.figures.to_state() if self.figures else None]

    @classmethod
    def from_state(cls, state: list[Any]) -> Stream:
        values, least, greatest, shortest, longest, characters, encoded, figures = state
        hashes = np.frombuffer(base64.b64decode(encoded), np.uint64)
        known = Figures.from_state(figures) if figures else None
        return cls(values, least, greatest, shortest, longest, characters, hashes, known)


@dataclass(frozen=True, slots=True)
class Request:
    """A column to measure: its name in the frame, what is known of it (None: nothing yet), how many hashes to keep.

    sample is a value of the column, needed when nothing is known. weight is the column that says how often each
    value counts (None: once); it is null where the value is.
    """

    column: str
    known: Stream | None
    hashes: int
    sample: str = ""
    weight: str | None = None

    def forms(self) -> tuple[Form, ...]:
        if self.known is None:
            return forms(self.sample)
        return forms(self.known.least, self.known.figures.kind) if self.known.figures else ()


def measure(frame: pl.DataFrame, requests: Sequence[Request]) -> list[Stream | None]:
    """What the frame adds to each column: None where all is empty.

    The extremes and hashes are only complete together with what is known; other values cannot matter any more.
    """
    # Column by column: planning one query for all of them takes longer than what it saves.
    return [_measured(frame, request) for request in requests]


def measure_counted(counted: Sequence[pl.DataFrame], hashes: int) -> list[Stream | None]:
    """The streams of columns of which every distinct value ("value") and how often it occurs ("count") is known."""
    samples = [frame.item(0, "value") if frame.height else "" for frame in counted]
    return [_measured(f, Request("value", None, hashes, sample, "count")) for f, sample in zip(counted, samples, strict=True)]


def _measured(frame: pl.DataFrame, request: Request) -> Stream | None:
    text = frame[request.column].drop_nulls()
    if text.is_empty():
        return None
    weights = frame[request.weight].drop_nulls() if request.weight else None
    lengths = text.str.len_chars()
    least, greatest = _extremes(text, request.known)
    return Stream(
        values=len(text) if weights is None else _number(weights.sum()),
        least=least,
        greatest=greatest,
        shortest=_number(lengths.min()),
        longest=_number(lengths.max()),
        characters=_number((lengths.cast(pl.Int64) if weights is None else lengths * weights).sum()),
        hashes=_smallest(text.hash(), request),
        figures=_figures(text, weights, request.forms()),
    )


def _extremes(text: pl.Series, known: Stream | None) -> tuple[str, str]:
    lower = higher = text
    if known and len(text) > _SHORT:
        # Hardly any value is a new extreme, and comparing is cheaper than finding extremes.
        lower, higher = text.filter(text < known.least), text.filter(text > known.greatest)
    least = known.least if known and lower.is_empty() else str(lower.min())
    greatest = known.greatest if known and higher.is_empty() else str(higher.max())
    return least[:SHOWN_CHARACTERS], greatest[:SHOWN_CHARACTERS]


def _number(value: Any) -> int:
    return int(value)


def _smallest(hashes: pl.Series, request: Request) -> Hashes:
    array = hashes.to_numpy()
    if request.known and len(request.known.hashes) == request.hashes:
        array = array[array < request.known.hashes[-1]]
    return np.unique(array)[: request.hashes]


def _figures(text: pl.Series, weights: pl.Series | None, forms: Sequence[Form]) -> Figures | None:
    """Tries one form after the other until one fits."""
    for form in forms:
        values, zoned = form.read(text)
        if values is not None:
            found = Figures.of(form, values, None if weights is None else weights.to_numpy(), zoned)
            if found:
                return found
    return None
