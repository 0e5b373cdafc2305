"""The forms in which a text can be a number, a date or a time: how to recognise them and how to read them.

No text has two kinds, apart from integers, which are numbers too. So the first value of a column already says the only
kind that the column can have, and a column of ordinary text is never looked at again.
"""

from __future__ import annotations

import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from importer import fixed

Numbers = NDArray[np.int64] | NDArray[np.float64]

_CLOCK = "[0-9]{2}:[0-9]{2}"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date.min.toordinal() - _EPOCH.toordinal()
_LAST_DAY = date.max.toordinal() - _EPOCH.toordinal()
_FIRST_TIME = _FIRST_DAY * 86_400 * fixed.MICROSECONDS
_LAST_TIME = (_LAST_DAY + 1) * 86_400 * fixed.MICROSECONDS - 1


@dataclass(frozen=True)
class Form(ABC):
    """Texts of the form match `pattern` and stand for numbers from `low` to `high`.

    Dates are days, times microseconds since 1970-01-01 UTC. A text may match the pattern and still not have the form.
    """

    kind: str
    pattern: str
    low: float
    high: float

    def matches(self, text: str) -> bool:
        return re.fullmatch(self.pattern, text) is not None

    @abstractmethod
    def read(self, text: pl.Series) -> tuple[Numbers | None, bool]:
        """The numbers that the texts (one or more, none of them null) stand for, or None if not all of them have this form;
        and whether one of them names a zone."""


@dataclass(frozen=True)
class Parsed(Form):
    """A form that Polars can parse. `regular` says of each text whether it has it, if it could be parsed."""

    parse: Callable[[pl.Series], pl.Series]
    regular: Callable[[pl.Series], pl.Series] | None = None
    zoned: Callable[[pl.Series], bool] | None = None

    def read(self, text: pl.Series) -> tuple[Numbers | None, bool]:
        parsed = self.parse(text)
        if parsed.null_count():
            return None, False
        regular = self.regular(text) if self.regular else text.str.contains(f"(?-u)^(?:{self.pattern})$")
        return (parsed.to_numpy(), bool(self.zoned and self.zoned(text))) if regular.all() else (None, False)


@dataclass(frozen=True)
class Fixed(Form):
    """A form in which every text has the same length; `parse` gives the numbers and which texts do not have it after all."""

    length: int
    parse: Callable[[pl.Series], tuple[NDArray[Any], NDArray[np.bool_]]]

    def read(self, text: pl.Series) -> tuple[Numbers | None, bool]:
        if not (text.str.len_bytes() == self.length).all():
            return None, False
        numbers, wrong = self.parse(text)
        return (None, False) if wrong.any() else (numbers.astype(np.int64, copy=False), True)


def _is_regular_integer(text: pl.Series) -> pl.Series:
    """Tells integers without plus sign and leading zeros from others, by their place in the order of texts."""
    return (text >= "1") | (text == "0") | ((text >= "-1") & (text < "0"))


def _time(text: pl.Series) -> pl.Series:
    """Any ISO 8601 time. Seconds, fraction and zone may be missing; only six digits of a fraction are used."""
    return text.to_frame("text").select(_microseconds(pl.col("text"))).to_series()


def _microseconds(text: pl.Expr) -> pl.Expr:
    minute = text.str.head(16).str.replace(" ", "T", literal=True)
    start = minute.str.to_datetime("%Y-%m-%dT%H:%M", strict=False, cache=False, time_unit="us").cast(pl.Int64)
    rest = text.str.slice(16)
    seconds = rest.str.extract("^:([0-9]{2})").cast(pl.Int64).fill_null(0)
    fraction = rest.str.extract(r"\.([0-9]{1,6})").str.pad_end(6, "0").cast(pl.Int64).fill_null(0)
    sign, hours, minutes = (rest.str.extract("([+-])([0-9]{2}):?([0-9]{2})$", group) for group in (1, 2, 3))
    ahead = hours.cast(pl.Int64) * 60 + minutes.cast(pl.Int64)
    offset = pl.when(sign == "-").then(-ahead).otherwise(ahead).fill_null(0)
    return start + (seconds - offset * 60) * fixed.MICROSECONDS + fraction


def _has_zone(text: pl.Series) -> bool:
    return text.str.slice(16).str.contains("(?:Z|[+-][0-9]{2}:?[0-9]{2})$").any()


_INTEGER = Parsed(
    "integer",
    "0|-?[1-9][0-9]{0,18}",
    -(2**63),
    2**63 - 1,
    lambda text: text.cast(pl.Int64, strict=False),
    _is_regular_integer,
)
_NUMBER = Parsed(
    "number",
    r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?",
    -sys.float_info.max,
    sys.float_info.max,
    lambda text: text.cast(pl.Float64, strict=False),
)
_DATE = Fixed("date", _DAY, _FIRST_DAY, _LAST_DAY, len(fixed.DATE_LAYOUT), fixed.days)
_UTC_TIME = Fixed("datetime", f"{_DAY}T{_CLOCK}:[0-9]{{2}}Z", _FIRST_TIME, _LAST_TIME, len(fixed.TIME_LAYOUT), fixed.microseconds)
_TIME = Parsed(
    "datetime",
    rf"{_DAY}[T ]{_CLOCK}(?::[0-5][0-9](?:\.[0-9]{{1,9}})?)?(?:Z|[+-][0-2][0-9]:?[0-5][0-9])?",
    _FIRST_TIME,
    _LAST_TIME,
    _time,
    zoned=_has_zone,
)
_FORMS = (_INTEGER, _NUMBER, _DATE, _UTC_TIME, _TIME)


def forms(sample: str, kind: str | None = None) -> tuple[Form, ...]:
    """The forms that a column may have after it held `sample`, simplest first; only those of `kind`, if it is given.

    An integer column may go on as a column of numbers, but not the other way round. The sample of a column whose kind
    is known may be cut off, which does no harm to dates and times.
    """
    if kind == "integer":
        return _INTEGER, _NUMBER
    if kind == "number":
        return (_NUMBER,)
    return tuple(form for form in _FORMS if (kind is None or form.kind == kind) and form.matches(sample))


def iso_date(days: float) -> str:
    """Days since 1970-01-01 as a date; one after the last possible date is that date."""
    return date.fromordinal(_EPOCH.toordinal() + int(min(max(days, _FIRST_DAY), _LAST_DAY))).isoformat()


def iso_time(microseconds: float, zoned: bool) -> str:
    """Microseconds since 1970-01-01 UTC as a time, with the mark of UTC if the column says zones."""
    limited = int(min(max(microseconds, _FIRST_TIME), _LAST_TIME))
    return (_EPOCH + timedelta(microseconds=limited)).replace(tzinfo=None).isoformat() + ("Z" if zoned else "")
