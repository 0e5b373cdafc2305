"""Checks over several fields: the words that their SQL may use, and a trial that it can be judged.

The text is cut into words, and every word must be one of those below or a field that the check names. What is in none of the
lists cannot be written: no subqueries, no functions that read files, no functions that fail on a value.
"""

from __future__ import annotations

import re

import polars as pl

from importer.schema.document import Node
from importer.schema.fields import wording
from importer.schema.model import DTYPES, Check, Field
from importer.schema.patterns import bad_pattern


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORDS = _set("AND OR NOT IS NULL IN BETWEEN LIKE ILIKE CASE WHEN THEN ELSE END TRUE FALSE DISTINCT FROM")
FUNCTIONS = _set(
    "LOWER UPPER TRIM LTRIM RTRIM LENGTH SUBSTR LEFT RIGHT REPLACE CONCAT STRPOS STARTS_WITH ENDS_WITH REGEXP_LIKE COALESCE NULLIF IFNULL "
    "GREATEST LEAST ABS ROUND FLOOR CEIL SIGN MOD ARRAY_LENGTH ARRAY_CONTAINS ARRAY_TO_STRING DATE_PART TRY_CAST"
)
NUMBERS = _set("BIGINT DOUBLE VARCHAR")  # what TRY_CAST makes
LITERALS = _set("DATE TIME TIMESTAMP INTERVAL")  # each before a text in quotes
PARTS = _set("year month day hour minute second quarter week dow doy isodow")  # of DATE_PART
OPERATORS = "= <> != < <= > >= + - * / % ||"
CLOCK = {"_today": "the day of the import", "_now": "its moment"}
_MAX_LENGTH, _MAX_WORDS, _MAX_DEPTH = 4_000, 600, 50

_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")+")|(?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)"""
    r"""|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<comment>--|/\*)|(?P<operator><>|!=|<=|>=|\|\||[=<>+\-*/%])|(?P<mark>[(),])|(?P<other>.)""",
    re.DOTALL,
)


def vocabulary() -> tuple[str, ...]:
    """What a check may use, in words."""
    return (
        f"fields, texts in quotes, numbers, and {' and '.join(f'{words} ({name})' for name, words in CLOCK.items())}",
        f"the signs {OPERATORS} and the words {', '.join(sorted(WORDS))}",
        f"the functions {', '.join(sorted(FUNCTIONS))}",
        f"TRY_CAST(... AS {' or '.join(sorted(NUMBERS))}), and in DATE_PART the parts {', '.join(sorted(PARTS))}",
        f"{', '.join(sorted(LITERALS))} before a text in quotes",
    )


def read_check(data: Node, fields: dict[str, Field]) -> Check:
    """A check of a document over these fields. Raises DeclarationError."""
    named = data.texts("fields")
    if not named:
        raise data.wrong("fields is missing.", fix="Name the fields that the check is about.")
    if unknown := [n for n in named if n not in fields]:
        raise data.wrong(f"it names the unknown field {unknown[0]}.", fix="Correct it.")
    broken, when = data.needed("broken"), data.node("when")
    _check_words(data, broken, {n.lower() for n in named} | set(CLOCK))
    _try(data, broken, [fields[n] for n in named])
    return Check(wording(data), named, broken, when.text("option") or None, when.data.get("equals"))


def _check_words(data: Node, sql: str, names: set[str]) -> None:
    """Refuses whatever is not in the vocabulary, by its name."""
    tokens = [(m.lastgroup, m[0]) for m in _TOKEN.finditer(sql) if m.lastgroup != "space"]
    if len(sql) > _MAX_LENGTH or len(tokens) > _MAX_WORDS:
        raise data.wrong(f"the check is longer than {_MAX_LENGTH:,} characters or {_MAX_WORDS} words.", fix="Make several checks of it.")
    depth = 0
    for at, (kind, word) in enumerate(tokens):
        after = tokens[at + 1] if at + 1 < len(tokens) else (None, "")
        depth += {"(": 1, ")": -1, "CASE": 1, "END": -1}.get(word.upper(), 0) if kind in ("mark", "word") else 0
        if depth > _MAX_DEPTH:
            raise data.wrong(f"the check is deeper than {_MAX_DEPTH} levels.", fix="Make several checks of it.")
        if kind in ("comment", "other"):
            raise _refused(data, word)
        if kind == "quoted" and word[1:-1].replace('""', '"').lower() not in names:
            raise data.wrong(f"it uses {word}, which it does not name in `fields`.", fix="Add the field.")
        if kind == "word":
            before = tokens[at - 1] if at else (None, "")
            _check_word(data, word, before, after, names)
            if word.upper() == "REGEXP_LIKE":
                _check_pattern(data, tokens[at:])


def _check_word(data: Node, word: str, before: tuple[str | None, str], after: tuple[str | None, str], names: set[str]) -> None:
    upper = word.upper()
    if after[0] == "text" and upper not in LITERALS | WORDS:
        raise _refused(data, f"{word} before a text")
    if after[1] == "(" and upper in FUNCTIONS:
        return
    if after[1] == "(" and upper not in WORDS:
        raise _refused(data, f"{word}(...)")
    if (upper == "FROM" and before[1].upper() != "DISTINCT") or (upper == "DISTINCT" and before[1].upper() not in ("IS", "NOT")):
        raise _refused(data, word)
    if upper in WORDS or (upper in LITERALS and after[0] == "text") or (before[1].upper() == "AS" and upper in NUMBERS):
        return
    if (upper == "AS" and after[1].upper() in NUMBERS) or word.lower() in names:
        return
    raise _refused(data, word)


def _check_pattern(data: Node, tokens: list[tuple[str | None, str]]) -> None:
    """A pattern is a text that is there from the beginning: one that comes out of a record could be none."""
    depth, argument = 0, 0
    for kind, word in tokens[1:]:
        depth += {"(": 1, ")": -1}.get(word, 0) if kind == "mark" else 0
        if depth == 0:
            break
        if depth == 1 and word == ",":
            argument += 1
        elif argument == 1 and kind != "text":
            raise data.wrong("the pattern of REGEXP_LIKE must be a text in quotes.", fix="Write the pattern itself.")
        elif argument == 1 and (problem := bad_pattern(word[1:-1].replace("''", "'"))):
            raise data.wrong(f"{problem[0]}.", fix=problem[1])
        elif argument == 2:
            raise data.wrong("REGEXP_LIKE takes two values.", fix="Write (?i) at the beginning of the pattern to ignore the case.")
    if argument == 0:
        raise data.wrong("REGEXP_LIKE takes two values.", fix="Write REGEXP_LIKE(field, 'pattern').")


def _refused(data: Node, what: str) -> Exception:
    return data.wrong(f"{what} is not allowed in a check.", fix=f"Allowed are {'; '.join(vocabulary())}.")


def _try(data: Node, sql: str, fields: list[Field]) -> None:
    """Judges two records, an empty one and one with values, so that what cannot be compared is found before any file is read."""
    from datetime import date, datetime, time

    samples = {
        pl.Int64: -1,
        pl.Float64: -1.5,
        pl.Boolean: True,
        pl.Date: date(2024, 3, 9),
        pl.Time: time(12),
        pl.List: ["x"],
        pl.String: "x",
    }
    columns: dict[str, pl.Series] = {
        "_today": pl.Series([date(2024, 3, 9)] * 2),
        "_now": pl.Series([datetime(2024, 3, 9, 12)] * 2),
    }
    for field in fields:
        dtype = DTYPES[field.type]
        sample = datetime(2024, 3, 9) if dtype == pl.Datetime else samples[dtype.base_type()]
        columns[field.name] = pl.Series([None, sample], dtype=dtype)
    try:
        broken = pl.sql_expr(sql)
        found = pl.DataFrame(columns).select(broken.alias("broken"))["broken"]
        used = set(broken.meta.root_names())
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError) as error:
        reason = str(error).split("\n", 1)[0]
        raise data.wrong(f"the check cannot be judged: {reason}.", fix="Correct the expression.") from error
    if unknown := used - {f.name for f in fields} - set(CLOCK):
        raise data.wrong(f"it uses {min(unknown)}, which it does not name in `fields`.", fix="Add the field, written as it is there.")
    if found.dtype != pl.Boolean:
        raise data.wrong("the check is neither true nor false.", fix="Write a comparison, true where the rule is broken.")
