"""Find the records of a block of bytes, vectorised.

Quotes are paired by parity. When every opener stands at the start of a field (or doubles the closer before it) and every
closer before the end of one (or before the next opener), the pairing is what the grammar says. From the first record
where this fails, `walk` takes over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from importer.errors import BrokenFile
from importer.model import Position
from importer.readers.grammar import Grammar
from importer.readers.marks import NO_INTS, Flags, Ints, Marks, Rank, find_marks
from importer.readers.walk import walk


@dataclass(frozen=True, slots=True)
class Layout:
    """The records of the first `used` bytes of a block; positions count from the start of the block.

    A record takes bytes[start:end] and its line end bytes[end:next]. `lines` is the number of physical lines before it,
    `fields` its number of values. `damaged` records have quote damage, seen within `seen` bytes of their start; `suspect`
    ones hold a stray quote in a suspect region. `spans` are opener, closer, opener, ... of quoted fields (some for each
    doubled quote too), `literals` quotes that are text. `breaks` and `blanks` count physical lines and blank lines.
    """

    marks: Marks
    used: int
    breaks: int
    blanks: int
    starts: Ints
    ends: Ints
    nexts: Ints
    lines: Ints
    fields: Ints
    damaged: Flags
    suspect: Flags
    spans: Ints
    literals: Ints
    suspect_until: int

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Which line ends end a record, and what the quotes are."""

    border: Flags
    spans: Ints
    literals: Ints
    damage: dict[int, int]  # by line, the position where it was seen
    stop: int | None  # where a record starts that needs more bytes


@dataclass(frozen=True, slots=True)
class _Records:
    used: int
    breaks: int
    blanks: int
    starts: Ints
    ends: Ints
    nexts: Ints
    lines: Ints


def scan(data: bytes, grammar: Grammar, at: Position, *, eof: bool, limit: int) -> Layout:
    """The records of `data`, which begins at `at`. Unless `eof`, a record whose end is not in sight is left out.

    Raises BrokenFile when a physical line on which a record starts is longer than `limit` bytes.
    """
    marks = find_marks(data, grammar, eof)
    cut, doubtful = _pair(marks, limit)
    if doubtful is not None:
        cut = _walk_from(doubtful, marks, cut, limit)
    records = _records(marks, cut)
    _check_lengths(records, marks, at, limit)
    return _layout(records, marks, cut, at)


def _pair(marks: Marks, limit: int) -> tuple[_Cut, int | None]:
    """Cut by parity; also the line of the first record for which the parity proves nothing (None: it proves all)."""
    quotes = marks.quotes
    border = ~marks.escaped_breaks
    if len(quotes):
        border &= (np.searchsorted(quotes, marks.breaks) & 1) == 0
    violation = _first_violation(marks)
    if violation is not None:
        border[np.searchsorted(marks.breaks, violation) :] = False
    borders = np.flatnonzero(border)
    first_lines = _with_zero(borders + 1)
    sizes = np.append(marks.breaks[borders], marks.size) - _with_zero(marks.nexts[borders])
    several_lines = np.append(borders, len(marks.breaks)) > first_lines
    too_long = first_lines[(sizes > limit) & several_lines][:1].tolist()
    doubtful = min([*too_long, *([int(first_lines[-1])] if violation is not None else [])], default=None)
    return _Cut(border, quotes[: len(quotes) & ~1], NO_INTS, {}, None), doubtful


def _first_violation(marks: Marks) -> int | None:
    """Position of the first quote whose role by parity does not fit what stands beside it."""
    quotes = marks.quotes
    if not len(quotes):
        return None
    openers, closers = quotes[0::2], quotes[1::2]
    doubled = closers[: len(openers) - 1] + 1 == openers[1:]
    good_openers = marks.opens_field(openers)
    good_openers[1:] |= doubled
    good_closers = marks.closes_field(closers)
    good_closers[: len(doubled)] |= doubled
    candidates = [*openers[~good_openers][:1].tolist(), *closers[~good_closers][:1].tolist()]
    if marks.eof and len(quotes) % 2:
        candidates.append(int(quotes[-1]))
    return min(candidates, default=None)


def _walk_from(line: int, marks: Marks, proved: _Cut, limit: int) -> _Cut:
    """What parity proved up to a line, and what the walk finds from there on."""
    walked = walk(marks, line, limit)
    border = np.concatenate([proved.border[:line], walked.border])
    before = np.searchsorted(proved.spans, marks.line_start(line))
    spans = np.concatenate([proved.spans[:before], walked.spans])
    return _Cut(border, spans, walked.literals, walked.damage, walked.stop)


def _records(marks: Marks, cut: _Cut) -> _Records:
    """Records between the line ends that are borders, without the blank lines."""
    borders = np.flatnonzero(cut.border)
    ends, nexts = marks.breaks[borders], marks.nexts[borders]
    starts, lines = _with_zero(nexts), _with_zero(borders + 1)
    if cut.stop is not None:
        keep = int(np.searchsorted(starts, cut.stop))
        ends, nexts, starts, lines = ends[:keep], nexts[:keep], starts[: keep + 1], lines[: keep + 1]
    used, breaks = int(starts[-1]), int(lines[-1])
    if marks.eof and used < marks.size:
        ends, nexts = np.append(ends, marks.size), np.append(nexts, marks.size)
        used, breaks = marks.size, len(marks.breaks)
    else:
        starts, lines = starts[:-1], lines[:-1]
    filled = ends > starts
    if filled.all():
        return _Records(used, breaks, 0, starts, ends, nexts, lines)
    blanks = len(filled) - int(np.count_nonzero(filled))
    return _Records(used, breaks, blanks, starts[filled], ends[filled], nexts[filled], lines[filled])


def _check_lengths(records: _Records, marks: Marks, at: Position, limit: int) -> None:
    """Records of several lines were checked before; what is too long here is one physical line."""
    too_long = records.lines[records.ends - records.starts > limit][:1].tolist()
    if marks.size - records.used > limit:
        too_long.append(records.breaks)
    if too_long:
        line = at.line + int(too_long[0])
        raise BrokenFile(
            f"Line {line} is longer than {limit:,} bytes, which is the most that a record may have.",
            fix="Check that the file is a text file with one record per line, or raise the limit max_record_bytes.",
            line=line,
        )


def _layout(records: _Records, marks: Marks, cut: _Cut, at: Position) -> Layout:
    spans = cut.spans[: np.searchsorted(cut.spans, records.used)]
    spans = spans[: len(spans) & ~1]
    literals = cut.literals[: np.searchsorted(cut.literals, records.used)]
    damaged, suspect, until = _damage(records, cut.damage, literals, at)
    return Layout(
        marks, records.used, records.breaks, records.blanks, records.starts, records.ends, records.nexts, records.lines,
        _count_fields(records, marks, spans), damaged, suspect, spans, literals, until,
    )  # fmt: skip


def _count_fields(records: _Records, marks: Marks, spans: Ints) -> Ints:
    """Delimiters of each record outside quotes, and one."""
    if not len(records.starts):
        return NO_INTS
    rank = Rank(marks.plain == marks.grammar.delimiter)
    fields = rank.before(records.ends) - rank.before(records.starts) + 1
    if len(spans):
        openers = spans[0::2]
        inside = rank.before(spans[1::2]) - rank.before(openers)
        some = np.flatnonzero(inside)
        record = np.searchsorted(records.ends, openers[some])
        fields -= np.bincount(record, weights=inside[some], minlength=len(fields)).astype(np.int64)
    return fields


def _damage(records: _Records, damage: dict[int, int], literals: Ints, at: Position) -> tuple[Flags, Flags, int]:
    """Damaged records, suspect ones, and the source offset up to which records after these are suspect."""
    count = len(records.starts)
    damaged, suspect = np.zeros(count, bool), np.zeros(count, bool)
    after = at.offset + records.used
    if not damage and at.suspect_until <= at.offset:
        return damaged, suspect, 0
    until = np.full(count + 1, at.suspect_until, np.int64)
    if damage:
        place = np.searchsorted(records.lines, np.fromiter(damage.keys(), np.int64))
        damaged[place] = True
        until[place + 1] = at.offset + np.fromiter(damage.values(), np.int64)
        until = np.maximum.accumulate(np.maximum(until, at.suspect_until))
    stray = np.searchsorted(records.ends, literals)
    suspect[stray] = (at.offset + records.starts < until[:-1])[stray]
    last = int(until[-1])
    return damaged, suspect, last if last > after else 0


def _with_zero(values: Ints) -> Ints:
    return np.concatenate([np.zeros(1, np.int64), values])
