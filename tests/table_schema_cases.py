"""Table Schema documents of one field each, with cells at the border of what they take; and where we differ from frictionless on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    field: dict[str, Any]
    cells: list[str]
    schema: dict[str, Any]


@dataclass(frozen=True)
class Difference:
    case: str
    cells: tuple[str, ...]
    we: str  # "take" or "reject"
    reason: str


def case(field: dict[str, Any], *cells: str, **schema: Any) -> Case:
    return Case(field, list(cells), schema)


def of(kind: str, *cells: str, format: str = "default", constraints: dict[str, Any] | None = None, **more: Any) -> Case:
    return case({"type": kind, "format": format, "constraints": constraints or {}, **more}, *cells)


INTEGERS = ("0", "12", "-12", "+12", "0012", "", "1.0", "1e3", "abc", " 12", "12 ", "1_000", "1,000", "1 000", "9223372036854775807", "--1", "0x10")
NUMBERS = (
    "0", "1.5", "-1.5", "+1.5", ".5", "5.", "1e3", "1E-3", "", "abc", "1,5", "1.5.5", " 1.5", "1_000.5", "NaN", "INF", "-INF", "1e", "--1", "e5",
)  # fmt: skip
DATES = ("2024-02-29", "2023-02-29", "2024-2-9", "2024-13-01", "29.02.2024", "", "0001-01-01", "9999-12-31", "2024-02-29T00:00:00", "x", "2024-00-10")
MOMENTS = (
    "2024-01-26T15:00:00", "2024-01-26T15:00:00Z", "2024-01-26T15:00:00.300-05:00", "2024-01-26T15:00:00+0100", "2024-01-26", "", "x",
    "2024-01-26T25:00:00", "2024-02-30T10:00:00Z", "2024-01-26 15:00:00", "2024-01-26T15:00", "2024-01-26T15:00:60Z", "2024-01-26T24:00:00",
)  # fmt: skip
TIMES = ("15:00:00", "00:00:00", "23:59:59", "24:00:00", "15:00", "15:60:00", "15:00:00.5", "15:00:00Z", "3:00:00", "", "x", "15:00:00 PM")
JSONS = ("{}", '{"a": 1}', '{"a": {"b": []}}', "[]", "[1, 2]", "[1,]", "{a: 1}", "1", '"a"', "null", "", "x", ' {"a": 1} ', "[[1], {}]", '{"a": NaN}')
POINT = '{"type": "Point", "coordinates": [1, 2]}'
FEATURE = f'{{"type": "Feature", "properties": {{}}, "geometry": {POINT}}}'

CASES: dict[str, Case] = {
    "string": of("string", "a", "", "  ", "ünï", "1"),
    "string email": of(
        "string", "a@b.co", "a.b+c@example.com", "a@b", "a b@c.com", "@b.co", "a@", "", "a@@b.co", "a..b@c.com", "x@xn--bcher-kva.example", "a@-b.com",
        format="email",
    ),
    "string uri": of(
        "string", "http://example.com", "mailto:a@b.co", "urn:isbn:123", "https://example.com/a?b=c#d", "example.com", "/path", "", "http://a b.com",
        "http://exämple.com", format="uri",
    ),
    "string binary": of("string", "aGk=", "", "YWJj", "aGk", "a", "aG k=", "a*==", format="binary"),
    "string uuid": of(
        "string", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3F2504E0-4F89-41D3-9A0C-0305E82C3301", "3f2504e0-4f89-41d3-9a0c-0305e82c330", "x", "",
        "3f2504e04f8941d39a0c0305e82c3301", format="uuid",
    ),
    "string with lengths": of("string", "a", "ab", "abc", "abcd", "", "ünï", "😀😀", constraints={"minLength": 2, "maxLength": 3}),
    "string with pattern": of("string", "ab1", "AB1", "ab", "xab1", "ab1x", "ab1\n", "", constraints={"pattern": "[a-z]+[0-9]|x"}),
    "string with enum": of("string", "red", "blue", "Red", "green", "", constraints={"enum": ["red", "blue"]}),
    "string required": of("string", "a", "", " ", constraints={"required": True}),
    "string with missing values": case(
        {"type": "string", "constraints": {"required": True}}, "a", "", "-", "n/a", "N/A", missingValues=["", "-", "n/a"]
    ),
    "integer with missing values of its own": case({"type": "integer", "missingValues": ["-", "x"]}, "1", "-", "x", "", "n/a", missingValues=["n/a"]),
    "integer with labelled missing values": case(
        {"type": "integer"}, "1", "-99", "OMITTED", "", missingValues=[{"value": "", "label": "OMITTED"}, {"value": "-99", "label": "not asked"}]
    ),
    "integer": of("integer", *INTEGERS),
    "integer too large": of("integer", "9223372036854775808", "-9223372036854775808", "-9223372036854775809"),
    "integer not bare": of("integer", "95%", "EUR 95", "€-95", "95.5%", "a9b9", "", "%", "12", bareNumber=False),
    "integer with groups": of("integer", "1,000", "1,00,000", "1000", "-1,000", "1.000", "", ",1", "1,,0", groupChar=","),
    "integer with limits": of("integer", "1", "2", "3", "4", "", "x", constraints={"minimum": 2, "maximum": 3}),
    "integer with exclusive limits": of("integer", "1", "2", "3", "4", "", constraints={"exclusiveMinimum": 1, "exclusiveMaximum": 4}),
    "integer with limits as texts": of("integer", "1", "2", "3", "", constraints={"minimum": "2"}),
    "integer with enum": of("integer", "1", "01", "2", "3", "", constraints={"enum": [1, "2"]}),
    "integer required": of("integer", "1", "", "x", constraints={"required": True}),
    "number": of("number", *NUMBERS),
    "number with characters": of("number", "1.234,5", "1234,5", "1,5", "1.5", "-1.000.000,00", "abc", "", "12", "1,2,3", decimalChar=",", groupChar="."),
    "number with groups": of("number", "1,000.5", "1,000", "1,,000", ",100", "100,", "1.000,5", "", "-1,00,000", groupChar=","),
    "number with comma": of("number", "1,5", "1.5", "-,5", "", "12", decimalChar=","),
    "number not bare": of("number", "95.5%", "EUR 95.5", "€-95.5", "$1e3", "", "%", "1 2", bareNumber=False),
    "number with limits": of("number", "0.5", "1", "1.5", "-2e3", "", constraints={"minimum": 0.5, "exclusiveMaximum": 1.5}),
    "number with enum": of("number", "0.1", "0.10", "1e-1", "0.2", "", constraints={"enum": [0.1, "5"]}),
    "boolean": of("boolean", "true", "True", "TRUE", "1", "false", "False", "FALSE", "0", "tRUE", "yes", "", " true"),
    "boolean with its own values": of("boolean", "yes", "no", "Yes", "true", "1", "", trueValues=["yes"], falseValues=["no"]),
    "boolean with enum": of("boolean", "true", "false", "1", "0", "", constraints={"enum": [True]}),
    "object": of("object", *JSONS),
    "object with lengths": of("object", "{}", '{"a": 1}', '{"a": 1, "b": 2}', "", constraints={"minLength": 1, "maxLength": 1}),
    "object with enum": of("object", '{"a": 1}', '{ "a":1 }', '{"a": 2}', "", constraints={"enum": ['{"a": 1}']}),
    "object with enum of objects": of("object", '{"a": 1}', '{"b": 1, "a": [2]}', "{}", "", constraints={"enum": [{"a": [2], "b": 1}]}),
    "array": of("array", *JSONS),
    "array with lengths": of("array", "[]", "[1]", "[1, 2]", "[1, 2, 3]", "", constraints={"minLength": 1, "maxLength": 2}),
    "list": of("list", "a,b", "a", "", ",", "a,,b"),
    "list of integers": of("list", "1,2", "1", "1,x", "1;2", "", "1,", " 1,2", itemType="integer"),
    "list with delimiter": of("list", "a;b", "a,b", "", "a;b;c", delimiter=";", constraints={"maxLength": 2}),
    "list of dates": of("list", "2024-01-01;2024-02-29", "2024-01-01;2024-02-30", "x", "", delimiter=";", itemType="date"),
    "list of booleans": of("list", "true,0", "true,yes", "", itemType="boolean"),
    "list of times": of("list", "10:00:00,11:00:00", "10:00:00,25:00:00", "", itemType="time"),
    "list of date-times": of("list", "2024-01-26T15:00:00Z,2024-01-26T15:00:00", "2024-01-26T15:00:00Z,x", "", itemType="datetime"),
    "list of numbers": of("list", "1.5,2", "1.5,x", "", itemType="number", constraints={"minLength": 2}),
    "datetime": of("datetime", *MOMENTS),
    "datetime with pattern": of(
        "datetime", "12/11/2018 09:15:32", "31/02/2018 09:15:32", "1/1/2018 9:5:2", "2018-11-12 09:15:32", "", "12/11/18 09:15:32",
        format="%d/%m/%Y %H:%M:%S",
    ),
    "datetime with fraction and zone": of(
        "datetime", "2018-11-12 09:15:32.25 +0100", "2018-11-12 09:15:32.25", "2018-11-12 09:15:32.25 Z", "", "2018-11-12 09:15:32.1234567 +0100",
        format="%Y-%m-%d %H:%M:%S.%f %z",
    ),
    "datetime any": of("datetime", "2024-01-26 15:00", "26 Jan 2024 15:00", "2024-01-26T15:00:00", "26.01.2024 15:00", "x", "", "Jan 26, 2024 3:00 PM", "2024-01-26",
                       "01/26/2024 15:00", format="any"),
    "datetime with limits": of(
        "datetime", "2024-01-01T00:00:00", "2023-12-31T23:59:59", "2024-12-31T23:59:59", "2025-01-01T00:00:00", "",
        constraints={"minimum": "2024-01-01T00:00:00", "exclusiveMaximum": "2025-01-01T00:00:00"},
    ),
    "date": of("date", *DATES),
    "date with pattern": of("date", "29/02/2024", "29/02/2023", "9/2/2024", "2024-02-29", "", "29/02/24", "29/ 2/2024", format="%d/%m/%Y"),
    "date with short year": of("date", "010168", "010169", "320101", "0101681", "", format="%d%m%y"),
    "date with names": of("date", "Friday, 1 March 2024", "friday, 01 MARCH 2024", "Monday, 1 March 2024", "1 March 2024", "", format="%A, %d %B %Y"),
    "date with day of the year": of("date", "2024-366", "2023-366", "2024-001", "2024-0", "", format="%Y-%j"),
    "date any": of("date", "2024-02-29", "29 Feb 2024", "29.02.2024", "20240229", "February 29, 2024", "x", "", "02/29/2024", "Feb 30 2024", format="any"),
    "date with limits": of("date", "2024-01-01", "2023-12-31", "2024-06-30", "2024-07-01", "", constraints={"minimum": "2024-01-01", "maximum": "2024-06-30"}),
    "date with enum": of("date", "2024-01-01", "2024-01-02", "", constraints={"enum": ["2024-01-01"]}),
    "time": of("time", *TIMES),
    "time with pattern": of("time", "9:05 PM", "09:05 am", "21:05", "13:05 PM", "", format="%I:%M %p"),
    "time any": of("time", "15:00", "3:00 PM", "15:00:00", "x", "", "25:00", format="any"),
    "time with limits": of("time", "08:00:00", "07:59:59", "17:00:00", "17:00:01", "", constraints={"minimum": "08:00:00", "maximum": "17:00:00"}),
    "year": of("year", "2024", "0001", "24", "12024", "-2024", "", "x", "20.4", " 202", "+202"),
    "year with limits": of("year", "1999", "2000", "2024", "2025", "", constraints={"minimum": 2000, "maximum": "2024"}),
    "yearmonth": of("yearmonth", "2024-01", "2024-12", "2024-13", "2024-00", "2024-1", "24-01", "2024", "", "x", "2024-01-01"),
    "yearmonth with limits": of("yearmonth", "2023-12", "2024-01", "2024-06", "2024-07", "", constraints={"minimum": "2024-01", "exclusiveMaximum": "2024-07"}),
    "duration": of(
        "duration", "P1Y2M3DT4H5M6S", "P1Y", "PT1.5S", "-P1D", "P1W", "P", "PT", "P1S", "1Y", "", "P1YT", "P0D", "P1M2Y", "PT36H", "P1.5Y", "P1Y2W",
    ),
    "duration with enum": of("duration", "P1D", "PT24H", "P2D", "", constraints={"enum": ["P1D"]}),
    "geopoint": of("geopoint", "90.50, 45.50", "90.50,45.50", "180,90", "181,0", "0,91", "-180,-90", "1", "1,2,3", "a,b", "", "1;2", "NaN,1", " 1 , 2 "),
    "geopoint as array": of("geopoint", "[90.5, 45.5]", "[181, 0]", "[1]", "[1, 2, 3]", '["a", 1]', "1, 2", "", '["1", 2]', format="array"),
    "geopoint as object": of(
        "geopoint", '{"lon": 90.5, "lat": 45.5}', '{"lat": 45.5, "lon": 90.5}', '{"lat": 95, "lon": 1}', '{"lon": 1}', '{"lon": 1, "lat": 2, "x": 3}',
        '{"lon": 1, "lon": 2}', "[1, 2]", "", format="object",
    ),
    "geojson": of(
        "geojson", POINT, FEATURE, f'{{"type": "FeatureCollection", "features": [{FEATURE}]}}', '{"type": "Point"}', '{"type": "Point", "coordinates": []}',
        '{"type": "Star", "coordinates": [1, 2]}', "{}", "[]", "x", "", '{"type": "LineString", "coordinates": [[1, 2]]}',
        '{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}', '{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]}',
    ),
    "topojson": of(
        "geojson", '{"type": "Topology", "objects": {}, "arcs": []}', '{"type": "Topology"}', POINT, "x", "",
        '{"type": "Topology", "objects": {"a": {"type": "Polygon", "arcs": [[0]]}}, "arcs": [[[0, 0], [1, 1]]]}', format="topojson",
    ),
    "any": of("any", "a", "1", "", "{"),
    "any with enum": of("any", "a", "1", "b", "", constraints={"enum": ["a", "1"]}),
    "no type": case({}, "a", "1", ""),
}  # fmt: skip

SPACES = "Spaces around a value are not part of a number or a date; the repair `trim` takes them away and says so."
UNDERSCORES = "Python takes 1_000 for a number, the standard does not."
DIGITS = "The standard has a fixed number of digits; anything else is more often a fault than meant."

DIFFERENCES: tuple[Difference, ...] = (
    Difference("string uri", ("http://a b.com", "http://exämple.com"), "reject", "RFC 3986 has neither spaces nor letters outside ASCII; frictionless looks only for a scheme."),
    Difference("string binary", ("aG k=",), "reject", "Base64 has no spaces inside; frictionless skips what is not base64."),
    Difference("string uuid", ("3f2504e04f8941d39a0c0305e82c3301",), "reject", "A UUID is written in groups of 8-4-4-4-12."),
    Difference("string with pattern", ("ab1x", "ab1\n"), "reject", "The pattern must fit the whole value; frictionless binds ^ and $ to the first and last alternative, and lets a line break follow."),
    Difference("integer with missing values of its own", ("",), "take", "An empty cell stands for no value in every field, because it leaves the value that is there; the option `strict_empty` refuses it."),
    Difference("integer", (" 12", "12 "), "reject", SPACES),
    Difference("integer", ("1_000",), "reject", UNDERSCORES),
    Difference("integer too large", ("9223372036854775808", "-9223372036854775809"), "reject", "Whole numbers have 64 bits; longer ones are identifiers and should be text."),
    Difference("integer with groups", ("1,000", "1,00,000", "-1,000"), "take", "Version 2 has groupChar for whole numbers too; frictionless does not know it there."),
    Difference("number", (" 1.5",), "reject", SPACES),
    Difference("number", ("1_000.5",), "reject", UNDERSCORES),
    Difference("number", ("NaN", "INF", "-INF"), "reject", "What is no number cannot be compared or summed; it would stand above all numbers in every list."),
    Difference("number with groups", ("1,,000", ",100", "100,", "1.000,5"), "reject", "What groups digits stands between two digits of the whole part."),
    Difference("object", ('{"a": NaN}',), "reject", "JSON has no NaN (RFC 8259); Python takes it."),
    Difference("list of integers", (" 1,2",), "reject", SPACES),
    Difference("datetime", ("2024-01-26T15:00",), "take", "The seconds may be left out: most spreadsheets do so, and nothing else is meant."),
    Difference("datetime", ("2024-01-26T24:00:00",), "reject", "The day ends at 23:59:59; 24:00:00 belongs to another day."),
    Difference("datetime any", ("2024-01-26",), "reject", "A day is no moment; frictionless takes midnight."),
    Difference("datetime any", ("01/26/2024 15:00",), "reject", "Dates with slashes mean another day in another country; a pattern says which."),
    Difference("date", ("2024-2-9",), "reject", DIGITS),
    Difference("date with names", ("Monday, 1 March 2024",), "reject", "The day of the week must be that of the date; Python does not look."),
    Difference("date with day of the year", ("2023-366",), "reject", "The year has 365 days; Python goes on into the next."),
    Difference("date any", ("02/29/2024",), "reject", "Dates with slashes mean another day in another country; a pattern says which."),
    Difference("time", ("24:00:00",), "reject", "The day ends at 23:59:59."),
    Difference("time", ("15:00:00Z",), "reject", "A time of the day has no zone; the destination could not keep it."),
    Difference("year", (" 202", "+202"), "reject", DIGITS),
    Difference("yearmonth", ("2024-1", "24-01"), "reject", DIGITS),
    Difference("duration", ("PT", "P1YT", "P1.5Y", "P1Y2W"), "reject", "Not in ISO 8601: T needs a part of the day behind it, only seconds have decimals, and weeks stand alone."),
    Difference("geopoint as array", ('["1", 2]',), "reject", "Each item must be a number, not a text."),
    Difference("topojson", (POINT,), "reject", "TopoJSON begins with a topology; a point alone is GeoJSON."),
)  # fmt: skip
