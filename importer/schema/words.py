"""What a broken rule says where the document of the type says nothing of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Wording:
    """What a broken rule says. severity None: that of the field (error, or as the option on_bad_optional has it).
    detail: the message for one record, with {line} for the line of the other record; empty: the message."""

    code: str
    message: str
    hint: str
    severity: str | None = None
    detail: str = ""


_TYPES = {
    "integer": ("Is not a whole number.", "Write digits only, for example 1200."),
    "number": ("Is not a number.", "Write the number with a point for decimals and nothing else, for example 12.5."),
    "boolean": ("Is neither true nor false.", "Write true or false."),
    "date": ("Is not a date of the calendar.", "Write year-month-day with two digits for month and day, for example 2024-03-09."),
    "datetime": ("Is not a date with a time.", "Write it like 2024-03-09T14:30:00Z; without a zone it counts as UTC."),
    "time": ("Is not a time of the day.", "Write hours, minutes and seconds with two digits each, for example 14:30:00."),
    "year": ("Is not a year.", "Write the year with four digits, for example 2024."),
    "yearmonth": ("Is not a month of a year.", "Write year-month with four and two digits, for example 2024-03."),
    "duration": ("Is not a length of time.", "Write it as in ISO 8601, for example P1Y2M3D or PT1H30M."),
    "list": ("Holds an item that cannot be read.", "Check the items and what stands between them."),
    "object": ("Is not a JSON object.", 'Write it like {"name": "value"}, with double quotes.'),
    "array": ("Is not a JSON array.", "Write it like [1, 2, 3]."),
    "geojson": ("Is not a GeoJSON object.", 'Write it like {"type": "Point", "coordinates": [21.0, 52.2]}.'),
    "geopoint": ("Is not a point on the map.", 'Write longitude and latitude, for example "21.01, 52.23".'),
}
_FORMATS = {
    ("string", "email"): ("Is not an e-mail address.", "An address looks like name@example.com, without spaces and with one @."),
    ("string", "uri"): ("Is not an address (URI).", "An address begins with its scheme, for example https://example.com/page."),
    ("string", "binary"): ("Is not binary data in base64.", "Export the data in base64 again; letters, digits, + and / are allowed."),
    ("string", "uuid"): ("Is not a UUID.", "A UUID has 32 hexadecimal digits in groups of 8-4-4-4-12."),
    ("geopoint", "array"): ("Is not a point on the map.", "Write longitude and latitude as [21.01, 52.23]."),
    ("geopoint", "object"): ("Is not a point on the map.", 'Write it as {"lon": 21.01, "lat": 52.23}.'),
    ("geojson", "topojson"): ("Is not a TopoJSON object.", "Export the shapes as TopoJSON again."),
    ("date", "any"): ("Is not a date that can be understood.", "Write year-month-day, for example 2024-03-09."),
    ("datetime", "any"): ("Is not a date with a time that can be understood.", "Write it like 2024-03-09T14:30:00Z."),
    ("time", "any"): ("Is not a time of the day.", "Write it like 14:30 or 2:30 PM."),
}


def default_wording(rule: str, data_type: str, data_format: str, limit: Any) -> Wording:
    """The words of `rule` (type, clock, empty, characters or a constraint with this limit) for a field of this type."""
    if rule == "type":
        return _of_type(data_type, data_format)
    many = {"list": " items", "array": " items", "object": " entries"}.get(data_type, " characters")
    words = {
        "required": ("REQUIRED", "Is empty.", "Fill the cell."),
        "empty": ("CELL_EMPTY", "Is empty.", "Fill the cell, or write the text that stands for no value.", "error"),
        "clock": (
            "TYPE_DATETIME_CLOCK",
            "Is a time that does not exist or exists twice, because the clocks were changed then.",
            "Write the offset behind the time, for example 2024-10-27T02:30:00+02:00.",
        ),
        "pattern": ("PATTERN", "Does not have the form that is expected.", f"The whole value must match {limit}."),
        "enum": ("ENUM", "Is none of the allowed values.", f"Allowed: {_listed(limit)}."),
        "minimum": ("MINIMUM", f"Is below {limit}.", f"The smallest allowed value is {limit}."),
        "maximum": ("MAXIMUM", f"Is above {limit}.", f"The largest allowed value is {limit}."),
        "exclusiveMinimum": ("MINIMUM", f"Is not above {limit}.", f"The value must be above {limit}."),
        "exclusiveMaximum": ("MAXIMUM", f"Is not below {limit}.", f"The value must be below {limit}."),
        "minLength": ("MIN_LENGTH", f"Is shorter than {limit}{many}.", "Write the whole value."),
        "maxLength": ("MAX_LENGTH", f"Is longer than {limit}{many}.", "Shorten the value."),
        "increasing": ("INCREASING", "Is not a list whose numbers go up.", "Write a JSON list of objects, the smallest number first."),
        "unit": ("UNIT", "Does not end with a unit that is known.", "Write the number, a space and the unit."),
        "checkDigit": ("CHECK_DIGIT", "The last digit does not fit the others.", "Look for a digit that is missing or mistyped."),
        "interval": ("INTERVAL", "Is not a start and an end after it.", "Write start/end, for example 2024-03-09/2024-03-16."),
        "jsonSchema": ("JSON_SCHEMA", "Does not have the structure that is expected.", "Compare the names and kinds of its parts."),
        "characters": ("CHARACTERS", "Holds a character that is not allowed here.", "Remove the special character."),
    }
    return Wording(*words[rule])


def _of_type(data_type: str, data_format: str) -> Wording:
    message, hint = _FORMATS.get((data_type, data_format)) or _TYPES.get(data_type, ("Cannot be read.", "Check the value."))
    if data_type in ("date", "datetime", "time") and data_format not in ("default", "any"):
        hint = f"Write it in the form {data_format}."
    return Wording(f"TYPE_{data_type.upper()}", message, hint)


def _listed(values: Any) -> str:
    """Allowed values, the first twenty of them."""
    if not isinstance(values, (list, tuple)):
        return ""
    shown = ", ".join(map(str, values[:_SHOWN]))
    return f"{shown} and {len(values) - _SHOWN:,} more" if len(values) > _SHOWN else shown


def unique_wording(titles: Sequence[str], primary: bool) -> Wording:
    """The words of a key whose fields have these titles."""
    fields = " and ".join(titles)
    return Wording(
        "PRIMARY_KEY" if primary else "UNIQUE",
        f"The same {fields} stands in another line too.",
        "Keep one of the lines, or correct the value.",
        "error",
        f"The same {fields} stands in line {{line}} already.",
    )


def reference_wording(titles: Sequence[str], type_name: str) -> Wording:
    """The words of a reference from fields with these titles to records of another type."""
    return Wording(
        "FOREIGN_KEY",
        f"There is no record in {type_name} with this {' and '.join(titles)}.",
        f"Correct the value, or import the missing record into {type_name} first.",
        "error",
    )
