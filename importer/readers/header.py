"""The header of a delimited text file: the names as they stand, and unique names for the columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from importer.config import Settings
from importer.errors import BrokenFile, EmptyFile, MissingHeader, UnsupportedFormat
from importer.model import Dialect, Position
from importer.readers.cells import split
from importer.readers.csv import read_layouts
from importer.readers.encoding import undecodable
from importer.readers.grammar import Grammar, compile_dialect
from importer.readers.scan import Layout

FIRST_BYTES = 64 << 10
RESERVED = ("_line", "_record", "_errors", "_raw")
_ORDER = {2: ("the second", "twice"), 3: ("the third", "three times")}


@dataclass(frozen=True, slots=True)
class Header:
    """names: as they stand in the file, or column_1.. when it has no header. columns: unique without regard to case.
    body: where the first record starts. notices: sentences about names that had to be changed."""

    names: tuple[str, ...]
    columns: tuple[str, ...]
    body: Position
    notices: tuple[str, ...]


def read_header(path: Path, dialect: Dialect, settings: Settings) -> Header:
    """Read the header; blank lines above it are skipped.

    Raises EmptyFile (no bytes or blank lines only), BrokenFile (the header cannot be read), UnsupportedFormat (more
    than settings.max_columns columns), MissingHeader (fewer lines than dialect.header_line) and UnknownEncoding.
    """
    grammar = compile_dialect(dialect)
    settings = replace(settings, block_bytes=min(settings.block_bytes, FIRST_BYTES))
    begin = _skip_lines(path, grammar, dialect.header_line - 1 if dialect.header else 0, settings)
    data, layout, start = _first_record(path, grammar, begin, settings)
    top = _forward(start, layout, int(layout.starts[0]), blank=int(layout.lines[0]))
    count = int(layout.fields[0])
    if count > settings.max_columns:
        raise UnsupportedFormat(
            f"Line {top.line} has {count:,} columns; at most {settings.max_columns:,} can be imported.",
            fix="Check the delimiter, or split the file into files with fewer columns.",
            line=top.line,
        )
    if not dialect.header:
        names = tuple(f"column_{i}" for i in range(1, count + 1))
        return Header(names, names, top, ())
    _check(data, layout, grammar, top.line)
    cells = split(data[int(layout.starts[0]) : int(layout.ends[0])], grammar)
    names = tuple(cell.decode(grammar.encoding) for cell in cells)
    columns, notices = unique_names(names)
    return Header(names, columns, _forward(start, layout, int(layout.nexts[0]), blank=int(layout.lines[0])), notices)


def _forward(start: Position, layout: Layout, used: int, *, blank: int) -> Position:
    """The position `used` bytes after the start of a layout, of which so many lines are blank."""
    line = start.line + int(np.searchsorted(layout.marks.breaks, used))
    return Position(offset=start.offset + used, line=line, blank=start.blank + blank)


def _skip_lines(path: Path, grammar: Grammar, count: int, settings: Settings) -> Position:
    """The position after some physical lines; raises MissingHeader when the file has fewer."""
    unquoted = replace(grammar, quote=None, backslash=False)
    left, position = count, Position()
    if left <= 0:
        return position
    for _, layout, at in read_layouts(path, unquoted, position, settings):
        if layout.breaks >= left:
            used = int(layout.marks.nexts[left - 1])
            filled = int(np.searchsorted(layout.starts, used))
            return _forward(at, layout, used, blank=left - filled)
        left -= layout.breaks
    raise MissingHeader(f"The header should be in line {count + 1:,}, but the file has fewer lines.", fix="Choose the line of the header.")


def _first_record(path: Path, grammar: Grammar, begin: Position, settings: Settings) -> tuple[bytes, Layout, Position]:
    for data, layout, start in read_layouts(path, grammar, begin, settings):
        if len(layout):
            return data, layout, start
    raise EmptyFile("The file holds no text, or blank lines only.", fix="Choose a file with a header and records.")


def _check(data: bytes, layout: Layout, grammar: Grammar, line: int) -> None:
    if layout.damaged[0]:
        raise BrokenFile(
            f"In the header in line {line} a quote is opened and not closed properly.",
            fix="Correct the header, or choose another quote.",
            line=line,
        )
    at = undecodable(data, layout, grammar).get(0)
    if at is not None:
        byte = data[int(layout.starts[0]) + at]
        raise BrokenFile(
            f"The header in line {line} holds bytes that are not valid {grammar.encoding_title} (first at byte {at + 1:,}: {byte:02X}).",
            fix="Choose the encoding in which the file was written, or save it as UTF-8.",
            line=line,
        )


def unique_names(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A unique name for each column, and a sentence for each that differs from the name in the file.

    Outer white space does not count. Names that begin like the importer's own columns lose the underscore and get a
    number.
    """
    cleaned = [name.strip() for name in names]
    taken = {name.casefold() for name in cleaned}
    seen: Counter[str] = Counter()
    columns: list[str] = []
    notices: list[str] = []
    for number, name in enumerate(cleaned, 1):
        seen[name.casefold()] += 1
        times = seen[name.casefold()]
        column = name
        if not name:
            column = _free(f"column_{number}", taken, 1)
            notices.append(f"Column {number} has no name and is called {column}.")
        elif name.casefold().startswith(RESERVED):
            column = _free(name.lstrip("_"), taken, 2)
            notices.append(f"The name {name} is kept for the importer; column {number} is called {column}.")
        elif times > 1:
            column = _free(name, taken, times)
            which, often = _ORDER.get(times, (f"number {times}", f"{times} times"))
            notices.append(f"The name {name} stands {often}; {which} is called {column}.")
        taken.add(column.casefold())
        columns.append(column)
    return tuple(columns), tuple(notices)


def _free(name: str, taken: set[str], number: int) -> str:
    """The name itself (number 1) or with the first number from there on that is free."""
    candidate = name if number == 1 else f"{name}_{number}"
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate
