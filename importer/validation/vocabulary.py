"""Constraints beyond those of Table Schema, as Polars expressions.

Every expression takes text with "no value" already as null, and is null or false where there is nothing to judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import polars as pl
import pycountry

from importer.errors import DeclarationError
from importer.validation import moments

LONGEST_CODE = 18  # digits of the longest GS1 code that has a check digit (SSCC); fits a 64-bit number


def wrong_unit(text: pl.Expr, name: str) -> pl.Expr:
    """True where the last word of a text is no unit of this kind. `name`: iso4217 (currencies). Raises DeclarationError."""
    return ~text.str.extract(r"(\S*)$").is_in(_units(name))


@cache
def _units(name: str) -> list[str]:
    if name != "iso4217":
        raise DeclarationError(f"There are no units {name!r}.", fix="Known: iso4217.")
    return sorted(currency.alpha_3 for currency in pycountry.currencies)


def wrong_check_digit(text: pl.Expr, limit: Mapping[str, Any]) -> pl.Expr:
    """True where a text is no number with a check digit. `limit`: {kind: gs1, lengths: [8, 13]}; spaces and dashes do not
    count. Raises DeclarationError for another kind or a length that GS1 does not have."""
    lengths = [int(n) for n in limit.get("lengths", ())]
    if limit.get("kind") != "gs1" or not lengths or max(lengths) > LONGEST_CODE:
        raise DeclarationError(f"There is no check digit {limit!r}.", fix="Write kind: gs1 and lengths up to 18.")
    # As one step over a series, because without optimisation Polars would read the number anew for every digit.
    return text.map_batches(lambda texts: _wrong_check_digit(texts, sorted(lengths)), return_dtype=pl.Boolean())


def _wrong_check_digit(text: pl.Series, lengths: Sequence[int]) -> pl.Series:
    digits = text.str.replace_all("[ -]", "")
    fits = digits.str.contains(f"^(?:{'|'.join(f'[0-9]{{{n}}}' for n in lengths)})$")
    number = digits.set(~fits, None).cast(pl.Int64)
    # From the right every second digit counts three times; the sum with the check digit is a multiple of ten.
    total = number % 10
    for place in range(1, lengths[-1]):
        total = total + number // 10**place % 10 * (3 if place % 2 else 1)
    return (text.is_not_null() & (total % 10 != 0).fill_null(value=True)).alias(text.name)


def wrong_interval(text: pl.Expr, kind: str) -> pl.Expr:
    """True where a text is not start/end with an end after the start. `kind`: datetime; a date alone begins and ends with
    its day. Raises DeclarationError for another kind."""
    if kind != "datetime":
        raise DeclarationError(f"There are no intervals of {kind!r}.", fix="Known: datetime.")
    return text.map_batches(_wrong_interval, return_dtype=pl.Boolean())


def _wrong_interval(text: pl.Series) -> pl.Series:
    sides = text.to_frame("t").select(pl.col("t").str.extract_groups(r"^(?P<start>[^/]+)/(?P<end>[^/]+)$")).unnest("t")
    start, end = sides["start"], sides["end"]
    day_after = moments.parse_date(end) + timedelta(days=1)
    begins = moments.parse_datetime(start).fill_null(moments.parse_date(start).cast(pl.Datetime("us")))
    ends = moments.parse_datetime(end).fill_null(day_after.cast(pl.Datetime("us")))
    return (text.is_not_null() & ~(begins < ends).fill_null(value=False)).alias(text.name)


# Cheap enough to be looked at in every value, beside the `quick` pattern of a field.
LOOKED_AT: dict[str, Callable[..., pl.Expr]] = {"checkDigit": wrong_check_digit, "interval": wrong_interval}
