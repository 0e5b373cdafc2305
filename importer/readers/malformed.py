"""Records that cannot be read as they stand, as a table with what is wrong and what to do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from importer.model import Position
from importer.readers.grammar import Grammar
from importer.readers.marks import Flags
from importer.readers.parse import parse
from importer.readers.scan import Layout

QUOTE_HINT = "Put quotes around the whole value and write each quote inside the value twice, or delete the stray quote."
NO_QUOTE_HINT = "Check the line and the lines above it: a value that goes over several lines must be in quotes as a whole."
ENCODING_HINT = "Save the file as UTF-8, choose the encoding in which it was written, or type the value again."
FEW_HINT = "Check for a missing delimiter, or for a line break inside a value that is not in quotes."
MANY_HINT = "Put values that contain the delimiter in quotes, or delete the surplus values at the end of the line."
META = {
    "_record": pl.Int64(),
    "_line": pl.Int64(),
    "code": pl.String(),
    "message": pl.String(),
    "hint": pl.String(),
    "raw": pl.Binary(),
}


@dataclass(frozen=True, slots=True)
class Problem:
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Problems:
    """What is wrong with the records of a block, by index, and the flags that say which ones are malformed."""

    by_record: dict[int, Problem]
    flags: Flags
    unparsed: Flags  # quote damage: no cells


def judge(layout: Layout, columns: int, undecodable: dict[int, int], data: bytes, grammar: Grammar) -> Problems:
    """Quote damage goes before encoding, encoding before the number of fields."""
    broken = layout.damaged | layout.suspect
    flags = broken | (layout.fields != columns)
    flags[list(undecodable)] = True
    by_record: dict[int, Problem] = {}
    for record in np.flatnonzero(flags).tolist():
        if broken[record]:
            by_record[record] = _quote_problem(bool(layout.damaged[record]))
        elif record in undecodable:
            at = undecodable[record]
            by_record[record] = _encoding_problem(at, data[int(layout.starts[record]) + at], grammar)
        else:
            by_record[record] = _count_problem(int(layout.fields[record]), columns)
    return Problems(by_record, flags, broken)


def malformed_frame(
    data: bytes, layout: Layout, grammar: Grammar, columns: int, at: Position, problems: Problems
) -> pl.DataFrame:
    """One row per malformed record: where it is, what is wrong, its source bytes and its cells as far as they go."""
    records = np.flatnonzero(problems.flags)
    found = list(problems.by_record.values())
    raw = [data[a:b] for a, b in zip(layout.starts[records].tolist(), layout.ends[records].tolist(), strict=True)]
    meta = pl.DataFrame(
        {
            "_record": at.record + 1 + records,
            "_line": at.line + layout.lines[records],
            "code": [p.code for p in found],
            "message": [p.message for p in found],
            "hint": [p.hint for p in found],
            "raw": raw,
        },
        schema=META,
    )
    return pl.concat([meta, _cells(data, layout, grammar, columns, problems)], how="horizontal")


def _cells(data: bytes, layout: Layout, grammar: Grammar, columns: int, problems: Problems) -> pl.DataFrame:
    parsed = parse(data, layout, grammar, columns, problems.flags & ~problems.unparsed, ragged=True)
    unparsed = problems.unparsed[problems.flags]
    if not unparsed.any():
        return parsed
    index = pl.Series(np.where(unparsed, -1, np.cumsum(~unparsed) - 1))
    return parsed.select(pl.all().gather(index.replace(-1, None))) if parsed.height else parsed.clear(len(unparsed))


def _quote_problem(damaged: bool) -> Problem:
    if damaged:
        return Problem("ROW_QUOTE", "A quote is opened and not closed properly in this line.", QUOTE_HINT)
    message = "Contains a stray quote and follows a line in which a quote is not closed properly, so it may be a part of it."
    return Problem("ROW_QUOTE", message, NO_QUOTE_HINT)


def _encoding_problem(at: int, byte: int, grammar: Grammar) -> Problem:
    title = grammar.encoding_title
    message = f"Contains bytes that are not valid {title} (first at byte {at + 1:,} of the record: {byte:02X})."
    return Problem("ROW_ENCODING", message, ENCODING_HINT)


def _count_problem(fields: int, columns: int) -> Problem:
    values = f"{fields:,} value" if fields == 1 else f"{fields:,} values"
    header = f"{columns:,} column" if columns == 1 else f"{columns:,} columns"
    message = f"Has {values} where the header has {header}."
    if fields < columns:
        return Problem("ROW_FEW_FIELDS", message, FEW_HINT)
    return Problem("ROW_MANY_FIELDS", message, MANY_HINT)
