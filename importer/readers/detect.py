"""Find out how a delimited text file is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from importer.config import Settings
from importer.model import Dialect
from importer.readers.cells import split
from importer.readers.grammar import compile_dialect
from importer.readers.guess_dialect import describe, guess_dialect, layouts
from importer.readers.guess_encoding import guess_encoding
from importer.readers.refuse import refuse_no_text
from importer.readers.sample import Sample, take_sample

ROWS_FOR_HEADER = 200
NO_NAMES: dict[str, re.Pattern[str]] = {
    "an e-mail address": re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    "a UUID": re.compile(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?"),
    "a date": re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?|\d{1,2}[./]\d{1,2}[./]\d{4}"),
    "a web address": re.compile(r"https?://\S+"),
    "a decimal number": re.compile(r"[+-]?\d+[.,]\d+"),
    "a phone number": re.compile(r"\+\d[\d ()/-]{5,}\d"),
    "a network address": re.compile(r"\d{1,3}(\.\d{1,3}){3}"),
}


@dataclass(frozen=True, slots=True)
class Detection:
    """A dialect, how sure it is (0 to 1), why (sentences), and what a person should check (sentences)."""

    dialect: Dialect
    confidence: float
    evidence: tuple[str, ...]
    notices: tuple[str, ...]


def detect(path: Path, settings: Settings) -> Detection:
    """Detect the dialect of a file from a sample of it.

    Raises EmptyFile (no text), UnsupportedFormat (no text file), UnknownEncoding (UTF-16 or UTF-32), BrokenFile.
    """
    sample = take_sample(path)
    refuse_no_text(sample.raw_head)
    encoding = guess_encoding(sample)
    guess = guess_dialect(sample, encoding.name)
    rows, line = _first_rows(sample, guess.dialect)
    sure = guess.fitting / guess.records if guess.width > 1 and guess.records else 0.5
    value = _value_in_first_row(rows)
    dialect = replace(guess.dialect, header=value is None, header_line=line if value is None else 0)
    header = f"Line {line} holds the names of the columns." if value is None else f"The file has no header: {value}."
    evidence = (*describe(guess), header, encoding.evidence)
    return Detection(dialect, round(sure * encoding.confidence, 3), evidence, encoding.notices)


def _first_rows(sample: Sample, dialect: Dialect) -> tuple[list[list[str]], int]:
    """The first records as values, and the line on which the first one stands."""
    grammar = compile_dialect(dialect)
    data, layout = layouts(sample, grammar)[0]
    good = ~layout.damaged
    good[1:] &= ~layout.suspect[1:]
    rows = []
    for record in good[:ROWS_FOR_HEADER].nonzero()[0].tolist():
        cells = split(data[int(layout.starts[record]) : int(layout.ends[record])], grammar)
        rows.append([cell.decode(grammar.encoding, "replace") for cell in cells])
    return rows, int(layout.lines[0]) + 1 if len(layout) else 1


def _value_in_first_row(rows: list[list[str]]) -> str | None:
    """A sentence about a value in the first row that cannot be a name, if the column goes on with such values."""
    if len(rows) < 2:
        return None
    for number, first in enumerate(rows[0]):
        for kind, pattern in NO_NAMES.items():
            if not pattern.fullmatch(first.strip()):
                continue
            later = [row[number].strip() for row in rows[1:] if len(row) > number and row[number].strip()]
            alike = sum(1 for value in later if pattern.fullmatch(value))
            if alike and alike >= len(later) / 2:
                return f'the first line holds "{first.strip()}", which is {kind} like those below it'
    return None
