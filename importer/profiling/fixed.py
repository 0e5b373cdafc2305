"""Reads dates and times that all have the same width, as bytes: several times faster than parsing each text."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

DATE_LAYOUT = "0000-00-00"
TIME_LAYOUT = "0000-00-00T00:00:00Z"  # a 0 stands for any digit
MICROSECONDS = 1_000_000
_ZERO = ord("0")


def days(joined: bytes) -> NDArray[np.int64] | None:
    """Days since 1970-01-01 of dates (YYYY-MM-DD) that follow each other without a gap; None if one is not a date."""
    digits = _digits(joined, DATE_LAYOUT)
    return None if digits is None else _days(digits)


def microseconds(joined: bytes) -> NDArray[np.int64] | None:
    """Microseconds since 1970-01-01 of times (YYYY-MM-DDThh:mm:ssZ) that follow each other; None if one is no time."""
    digits = _digits(joined, TIME_LAYOUT)
    if digits is None or (date := _days(digits)) is None:
        return None
    hour, minute, second = (_number(digits[at : at + 2]) for at in (11, 14, 17))
    if hour.max() > 23 or minute.max() > 59 or second.max() > 59:
        return None
    return (((date * 24 + hour) * 60 + minute) * 60 + second) * MICROSECONDS


def _digits(joined: bytes, layout: str) -> NDArray[np.uint8] | None:
    """One row for each place of the layout, with the digit of every text; None if a text has another layout."""
    rows = np.frombuffer(joined, np.uint8).reshape(-1, len(layout)).T.copy()
    rows -= _ZERO
    for row, character in zip(rows, layout, strict=True):
        # What lies before "0" has become a large number, because unsigned numbers go round.
        if (row > 9).any() if character == "0" else (row != (ord(character) - _ZERO) % 256).any():
            return None
    return rows


def _days(digits: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    year, month, day = _number(digits[0:4]), _number(digits[5:7]), _number(digits[8:10])
    if year.min() < 1 or month.min() < 1 or month.max() > 12 or day.min() < 1:
        return None
    starts = _month_starts()
    at = year * 12 + month - 13
    date = starts[at] + (day - 1)
    return None if (date >= starts[at + 1]).any() else date


def _number(digits: NDArray[np.uint8]) -> NDArray[np.int32]:
    value: NDArray[np.int32] = digits[0].astype(np.int32)
    for digit in digits[1:]:
        value = value * np.int32(10) + digit
    return value


@cache
def _month_starts() -> NDArray[np.int64]:
    """The first day of every month from year 1 to the one after year 9999, in days since 1970-01-01."""
    months = np.arange("0001-01", "10000-02", dtype="datetime64[M]")
    return months.astype("datetime64[D]").astype(np.int64)
