"""Limits and allowed values of a document as values of the field's type, and the lengths of time that they compare with."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from importer.errors import DeclarationError

if TYPE_CHECKING:
    from importer.schema.model import Field

DURATION = (
    r"^(?P<sign>-)?P(?:(?P<weeks>[0-9]{1,9})W|(?:(?P<years>[0-9]{1,9})Y)?(?:(?P<months>[0-9]{1,9})M)?(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?(?:(?P<seconds>[0-9]{1,9}(?:\.[0-9]{1,20})?)S)?)?)$"
)
# The months from which XML Schema counts when it compares two lengths of time: 1696-09, 1697-02, 1903-03 and 1903-07.
_STARTS = np.array(["1696-09", "1697-02", "1903-03", "1903-07"], dtype="datetime64[M]")


def bound(field: Field, limit: Any) -> Any:
    """A limit or an allowed value as a value of the field's type. Raises DeclarationError when it is none."""
    try:
        return _value(field, limit)
    except (ValueError, TypeError, OverflowError) as error:
        raise DeclarationError(f"{field.name}: {limit!r} is no {field.type}.", fix="Correct the type document.") from error


def _value(field: Field, limit: Any) -> Any:
    text = str(limit)
    match field.type:
        case "integer" | "year":
            number = int(limit) if isinstance(limit, int) and not isinstance(limit, bool) else int(_digits(field, text))
            if not -(2**63) <= number < 2**63 or (field.type == "year" and abs(number) > 9999):
                raise ValueError(text)
            return number
        case "number":
            number_ = float(limit) if isinstance(limit, (int, float)) and not isinstance(limit, bool) else float(_digits(field, text))
            if number_ - number_ != 0:
                raise ValueError(text)
            return number_
        case "boolean":
            if isinstance(limit, bool) or text in (*field.true_values, *field.false_values):
                return limit if isinstance(limit, bool) else text in field.true_values
            raise ValueError(text)
        case "date":
            return _read(field, text, "%Y-%m-%d").date() if field.format not in ("default", "any") else date.fromisoformat(text)
        case "datetime":
            moment = _read(field, text, "") if field.format not in ("default", "any") else datetime.fromisoformat(text)
            return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        case "time":
            return (
                _read(field, text, "").time() if field.format not in ("default", "any") else time.fromisoformat(text).replace(tzinfo=None)
            )
        case "yearmonth":
            if not re.fullmatch(r"[0-9]{4}-(?:0[1-9]|1[0-2])", text):
                raise ValueError(text)
        case "duration":
            if not re.fullmatch(DURATION, text) or not text[-1].isalpha() or text[-1] in "PT":
                raise ValueError(text)
        case "object" | "array" | "geojson":
            found = json.loads(limit) if isinstance(limit, str) else limit
            if not isinstance(found, list if field.type == "array" else dict):
                raise ValueError(text)
            return found
    return text


def _digits(field: Field, text: str) -> str:
    """A number as programs write it."""
    return (
        text.replace(field.group_char, "").replace(field.decimal_char, ".") if field.group_char else text.replace(field.decimal_char, ".")
    )


def _read(field: Field, text: str, otherwise: str) -> datetime:
    """A limit in the form of the field, or as ISO 8601 has it."""
    try:
        return datetime.strptime(text, field.format)
    except ValueError:
        return datetime.combine(date(2000, 1, 1), time.fromisoformat(text)) if field.type == "time" else datetime.fromisoformat(text)


def lengths(text: pl.Series) -> np.ndarray[Any, Any]:
    """Lengths of time in seconds, once from each of the four moments of XML Schema (rows); NaN where there is none.

    One length is above another only where it is so from each moment: P1M is neither above nor below P30D.
    """
    parts = text.to_frame("t").select(pl.col("t").str.extract_groups(DURATION)).unnest("t")
    number = {n: parts[n].cast(pl.Float64).fill_null(0.0).to_numpy() for n in parts.columns if n != "sign"}
    sign = np.where(parts["sign"].is_null().to_numpy(), 1, -1)
    months = (sign * (number["years"] * 12 + number["months"])).clip(-(10**6), 10**6).astype("timedelta64[M]")
    days = number["days"] + number["weeks"] * 7
    seconds = sign * (((days * 24 + number["hours"]) * 60 + number["minutes"]) * 60 + number["seconds"])
    moved = (_STARTS[:, None] + months[None, :]).astype("datetime64[D]") - _STARTS[:, None].astype("datetime64[D]")
    found: np.ndarray[Any, Any] = moved.astype(np.float64) * 86_400 + seconds
    found[:, text.is_null().to_numpy()] = np.nan
    return found
