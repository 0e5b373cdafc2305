"""What a good record of each import type looks like, and what can be wrong with one: a module for each type.

A module `benchmarks/types/<type>.py` has

    good(random, first, number)   so many good records as text columns, the first of them with the number `first`
    SEEDS                         the errors that are put into some of them
    GROUPED                       where lines make groups, such as orders: how they do; otherwise left out
    POOL                          where the type has pools, the one that they go into: prefix and barcode type

The columns are called as the fields. What recognises a record is made from its number, so that it is there once; other
values vary as real ones do, and some texts hold a line break, so that lines and records differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

Good = Callable[[np.random.Generator, int, int], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Seed:
    """One way to break one rule and no other.

    code, severity, column: what the importer shall list for the record.
    values: what a good record gets: column names and a text, None (empty) or an expression over the good record.
    where: true for the records that can be broken in this way.
    repeats: columns that the record takes over from a record before it, which is good; `lists` says which of the two the
    importer shall list (the earlier, where the last one wins).
    whole: every line of a group is changed. Where lines make groups, `lists` may also say which lines of the group are listed:
    all of them, or the first; otherwise those that were changed.
    share: of all records; at least two (or two pairs) in each slice that is written.
    """

    code: str
    column: str
    values: Mapping[str, str | pl.Expr | None] = field(default_factory=dict)
    severity: Literal["error", "warning", "repair"] = "error"
    where: pl.Expr | None = None
    repeats: tuple[str, ...] = ()
    lists: Literal["earlier", "later", "both", "all", "first"] = "earlier"
    whole: bool = False
    share: float = 0.0005


@dataclass(frozen=True, slots=True)
class Grouped:
    """Lines with the same text in `column` are a group; where one of them is rejected, the others are listed with `code`."""

    column: str
    code: str


def names() -> list[str]:
    """The types that have a module."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")


def load(name: str) -> tuple[Good, tuple[Seed, ...]]:
    """The good records and the seeds of a type."""
    module = import_module(f"benchmarks.types.{name}")
    return module.good, module.SEEDS


def grouped(name: str) -> Grouped | None:
    """How the lines of a type make groups, or None."""
    found: Grouped | None = getattr(import_module(f"benchmarks.types.{name}"), "GROUPED", None)
    return found


def pool(name: str) -> Mapping[str, str] | None:
    """The name, prefix and barcode type of the pool that the records of a type go into; None where it has no pools."""
    found: Mapping[str, str] | None = getattr(import_module(f"benchmarks.types.{name}"), "POOL", None)
    return found


def numbers(first: int, number: int) -> pl.Series:
    """The numbers of some records."""
    return pl.Series(np.arange(first, first + number))


def pick(random: np.random.Generator, values: Sequence[str | None], number: int) -> pl.Series:
    """Any of the values, each as often as it stands there; None is an empty cell."""
    return pl.Series(values, dtype=pl.String).gather(random.integers(0, len(values), number))


def uuids(random: np.random.Generator, number: int) -> pl.Series:
    digits = pl.Series([random.bytes(16 * number).hex()]).str.extract_all(".{32}").explode()
    parts = [digits.str.slice(start, length) for start, length in ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))]
    return pl.select(pl.concat_str(parts, separator="-")).to_series()


def integers(random: np.random.Generator, low: int, high: int, number: int) -> pl.Series:
    """Whole numbers from low to high as text."""
    return pl.Series(random.integers(low, high + 1, number)).cast(pl.String)


def prices(random: np.random.Generator, low: float, high: float, number: int) -> pl.Series:
    """Numbers with two decimals as text."""
    return pl.Series(random.uniform(low, high, number).round(2)).cast(pl.String)


def times(random: np.random.Generator, start: str, end: str, number: int) -> pl.Series:
    """Times between two days (year-month-day) as text with a Z."""
    low, high = (int(np.datetime64(day, "s").astype(np.int64)) for day in (start, end))
    seconds = pl.Series(random.integers(low, high, number) * 1_000_000).cast(pl.Datetime("us"))
    return seconds.dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def some(random: np.random.Generator, values: pl.Series, share: float) -> pl.Series:
    """The values with all but this share of them left out."""
    return values.set(pl.Series(random.random(len(values)) >= share), None)
