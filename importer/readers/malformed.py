"""Records that cannot be read as they stand, as a table with what is wrong and what to do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from importer.model import Position
from importer.readers.grammar import Grammar
from importer.readers.marks import Flags, Ints
from importer.readers.parse import parse
from importer.readers.scan import Layout

QUOTE_HINT = "Put quotes around the whole value and write each quote inside the value twice, or delete the stray quote."
TORN_HINT = "Check this line and those above it: a value that goes over several lines must be in quotes as a whole."
ENCODING_HINT = "Save the file as UTF-8, choose the encoding in which it was written, or type the value again."
FEW_HINT = "Check for a missing delimiter, or for a line break inside a value that is not in quotes."
MANY_HINT = "Put values that contain the delimiter in quotes, or delete the surplus values at the end of the line."
WHERE = {"_record": pl.Int64(), "_line": pl.Int64()}
WHAT = {"code": pl.String(), "message": pl.String(), "hint": pl.String()}

Problem = tuple[str, str, str]  # code, message, hint

DAMAGED: Problem = ("ROW_QUOTE", "A quote is opened and not closed properly in this line.", QUOTE_HINT)
TORN: Problem = (
    "ROW_QUOTE",
    "Contains a stray quote and follows a line in which a quote is not closed properly; it may belong to it.",
    TORN_HINT,
)


@dataclass(frozen=True, slots=True)
class Problems:
    """What is wrong with the records of a block. `flags` says which records are malformed and `unparsed` which of them
    have no cells; `kinds` are the problems that occur and `kind_of` the one of each malformed record, in order."""

    flags: Flags
    unparsed: Flags
    kinds: list[Problem]
    kind_of: Ints


def judge(layout: Layout, columns: int, undecodable: dict[int, int], data: bytes, grammar: Grammar) -> Problems:
    """Quote damage goes before encoding, encoding before the number of fields."""
    unparsed = layout.damaged | layout.suspect
    wrong_count = layout.fields != columns
    kinds: list[Problem] = [DAMAGED, TORN]
    kind_of = np.full(len(layout), -1, np.int64)
    counts, which = np.unique(layout.fields[wrong_count], return_inverse=True)
    kind_of[wrong_count] = which + len(kinds)
    kinds += [_count_problem(count, columns) for count in counts.tolist()]
    for record, at in undecodable.items():
        kind_of[record] = len(kinds)
        kinds.append(_encoding_problem(at, data[int(layout.starts[record]) + at], grammar))
    kind_of[layout.suspect] = 1
    kind_of[layout.damaged] = 0
    flags = kind_of >= 0
    return Problems(flags, unparsed, kinds, kind_of[flags])


def malformed_frame(data: bytes, layout: Layout, grammar: Grammar, columns: int, at: Position, problems: Problems) -> pl.DataFrame:
    """One row per malformed record: where it is, what is wrong, its source bytes and its cells as far as they go."""
    records = np.flatnonzero(problems.flags)
    raw = [data[a:b] for a, b in zip(layout.starts[records].tolist(), layout.ends[records].tolist(), strict=True)]
    where = pl.DataFrame({"_record": at.record + 1 + records, "_line": at.line + layout.lines[records]}, schema=WHERE)
    kinds = pl.DataFrame(problems.kinds, schema=WHAT, orient="row")
    what = kinds[problems.kind_of]
    source = pl.DataFrame({"raw": raw}, schema={"raw": pl.Binary()})
    return pl.concat([where, what, source, _cells(data, layout, grammar, columns, problems)], how="horizontal")


def _cells(data: bytes, layout: Layout, grammar: Grammar, columns: int, problems: Problems) -> pl.DataFrame:
    parsed = parse(data, layout, grammar, columns, problems.flags & ~problems.unparsed, ragged=True)
    unparsed = problems.unparsed[problems.flags]
    if not unparsed.any():
        return parsed
    index = pl.Series(np.where(unparsed, -1, np.cumsum(~unparsed) - 1))
    return parsed.select(pl.all().gather(index.replace(-1, None))) if parsed.height else parsed.clear(len(unparsed))


def _encoding_problem(at: int, byte: int, grammar: Grammar) -> Problem:
    title = grammar.encoding_title
    message = f"Contains bytes that are not valid {title} (first at byte {at + 1:,} of the record: {byte:02X})."
    return "ROW_ENCODING", message, ENCODING_HINT


def _count_problem(fields: int, columns: int) -> Problem:
    values = f"{fields:,} value" if fields == 1 else f"{fields:,} values"
    header = f"{columns:,} column" if columns == 1 else f"{columns:,} columns"
    message = f"Has {values} where the header has {header}."
    if fields < columns:
        return "ROW_FEW_FIELDS", message, FEW_HINT
    return "ROW_MANY_FIELDS", message, MANY_HINT
