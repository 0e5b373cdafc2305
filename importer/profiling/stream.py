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
_AT_ONCE = 100  # columns in one query; planning a query takes longer than in proportion to its expressions
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
    batches = (requests[i : i + _AT_ONCE] for i in range(0, len(requests), _AT_ONCE))
    return [stream for batch in batches for stream in _measure(frame, batch)]


def measure_counted(counted: Sequence[pl.DataFrame], hashes: int) -> list[Stream | None]:
    """The streams of columns of which every distinct value ("value") and how often it occurs ("count") is known."""
    streams: list[Stream | None] = []
    for start in range(0, len(counted), _AT_ONCE):
        batch = counted[start : start + _AT_ONCE]
        named = [frame.rename({"value": f"value{i}", "count": f"count{i}"}) for i, frame in enumerate(batch)]
        samples = [frame.item(0, "value") if frame.height else "" for frame in batch]
        requests = [Request(f"value{i}", None, hashes, sample, f"count{i}") for i, sample in enumerate(samples)]
        streams += _measure(pl.concat(named, how="horizontal_extend"), requests)
    return streams


def _measure(frame: pl.DataFrame, requests: Sequence[Request]) -> list[Stream | None]:
    selective = frame.height > _SHORT
    expressions = [e.alias(f"{i}.{j}") for i, r in enumerate(requests) for j, e in enumerate(_texts(r, selective))]
    cells = frame.lazy().select(expressions).collect().get_columns()
    size = len(cells) // len(requests)
    figures = _figures(frame, requests)
    return [_stream(r, cells[i * size : (i + 1) * size], figures[i]) for i, r in enumerate(requests)]


def _texts(request: Request, selective: bool) -> list[pl.Expr]:
    text = pl.col(request.column)
    weight = pl.col(request.weight) if request.weight else pl.lit(1, pl.Int64)
    length = text.str.len_chars()
    lower = higher = text
    if selective and (known := request.known):
        # Hardly any value is a new extreme, and comparing is cheaper than finding extremes.
        lower, higher = text.filter(text < known.least), text.filter(text > known.greatest)
    return [
        text.count() if request.weight is None else weight.sum(),
        lower.min().str.head(SHOWN_CHARACTERS),
        higher.max().str.head(SHOWN_CHARACTERS),
        length.min(),
        length.max(),
        (length.cast(pl.Int64) if request.weight is None else length.cast(pl.Int64) * weight).sum(),
        text.drop_nulls().hash().implode(),
    ]


def _stream(request: Request, cells: Sequence[pl.Series], figures: Figures | None) -> Stream | None:
    values, least, greatest, shortest, longest, characters, hashes = (cell[0] for cell in cells)
    if not values:
        return None
    if request.known:
        least = request.known.least if least is None else least
        greatest = request.known.greatest if greatest is None else greatest
    return Stream(values, least, greatest, shortest, longest, characters, _smallest(hashes, request), figures)


def _smallest(hashes: pl.Series, request: Request) -> Hashes:
    array = hashes.to_numpy()
    if request.known and len(request.known.hashes) == request.hashes:
        array = array[array < request.known.hashes[-1]]
    return np.unique(array)[: request.hashes]


def _figures(frame: pl.DataFrame, requests: Sequence[Request]) -> list[Figures | None]:
    """Tries the forms of each column in turn, those of all columns at once, until one fits or none is left."""
    found: list[Figures | None] = [None] * len(requests)
    pending = {i: forms for i, request in enumerate(requests) if (forms := request.forms())}
    while pending:
        expressions = [e.alias(f"{i}.{j}") for i in pending for j, e in enumerate(_attempt(requests[i], pending[i]))]
        cells = iter(frame.lazy().select(expressions).collect().get_columns())
        for i, (form, *others) in list(pending.items()):
            fits, zoned, texts = (next(cells)[0] for _ in range(3))
            values = form.read(fits, zoned, texts)
            weights = frame[weight].drop_nulls().to_numpy() if (weight := requests[i].weight) else None
            if values is not None and len(values):
                found[i] = Figures.of(form, values, weights, zoned)
            if found[i] is None and others:
                pending[i] = tuple(others)
            else:
                del pending[i]
    return found


def _attempt(request: Request, forms: tuple[Form, ...]) -> list[pl.Expr]:
    return forms[0].select(pl.col(request.column))
