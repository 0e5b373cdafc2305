"""Find the records of a block of bytes, vectorised.

Quotes are paired by parity. When every opener stands at the start of a field (or doubles the closer before it) and
every closer before the end of one (or before the next opener), the pairing is what the grammar says. From the first
record where this fails, `walk` takes over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from importer.errors import BrokenFile
from importer.model import Position
from importer.readers.grammar import Grammar
from importer.readers.marks import NO_INTS, Flags, Ints, Marks, Rank, find_marks
from importer.readers.walk import walk


@dataclass(frozen=True, slots=True)
class Layout:
    """The records of the bytes from `first` to `used` of a block; positions count from the start of the block.

    A record takes bytes[start:end] and its line end bytes[end:next]. `lines` is the number of physical lines before it,
    `fields` its number of values. `damaged` records have quote damage; `suspect` ones hold a stray quote in a suspect
    region, which reaches to the source offset `suspect_until`. `spans` are opener, closer, opener, ... of quoted fields
    (doubled quotes may part them further), `literals` quotes that are text. `breaks` and `blanks` count physical lines
    and blank lines; `blanks_before` and `suspect_before` are the counts and the offset that hold before each record.
    """

    marks: Marks
    first: int
    used: int
    breaks: int
    blanks: int
    starts: Ints
    ends: Ints
    nexts: Ints
    lines: Ints
    blanks_before: Ints
    suspect_before: Ints
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
    blanks_before: Ints


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
        return _Records(used, breaks, 0, starts, ends, nexts, lines, np.broadcast_to(np.int64(0), len(starts)))
    blanks = np.cumsum(~filled, dtype=np.int64)
    starts, ends, nexts, lines = starts[filled], ends[filled], nexts[filled], lines[filled]
    return _Records(used, breaks, int(blanks[-1]), starts, ends, nexts, lines, blanks[filled])


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
    last = int(until[-1])
    return Layout(
        marks=marks,
        first=0,
        used=records.used,
        breaks=records.breaks,
        blanks=records.blanks,
        starts=records.starts,
        ends=records.ends,
        nexts=records.nexts,
        lines=records.lines,
        blanks_before=records.blanks_before,
        suspect_before=until[:-1],
        fields=_count_fields(records, marks, spans),
        damaged=damaged,
        suspect=suspect,
        spans=spans,
        literals=literals,
        suspect_until=last if last > at.offset + records.used else 0,
    )


def cut_layout(layout: Layout, at: Position, size: int) -> Iterator[tuple[Layout, Position]]:
    """The layout in pieces of about `size` bytes with their positions; `at` is the position of the layout."""
    if layout.used <= 2 * size or len(layout) < 2:
        yield layout, at
        return
    borders = np.unique(np.searchsorted(layout.starts, np.arange(size, layout.used - size // 2, size)))
    borders = borders[(borders > 0) & (borders < len(layout))]
    first = 0
    for last in [*borders.tolist(), len(layout)]:
        piece = _piece(layout, at, first, last)
        yield piece, _position(layout, at, first) if first else at
        first = last


def _piece(layout: Layout, at: Position, first: int, last: int) -> Layout:
    """Records first to last of a layout, up to the start of the record behind them."""
    whole = last == len(layout)
    begin = int(layout.starts[first]) if first else layout.first
    used = layout.used if whole else int(layout.starts[last])
    line, blank = (int(layout.lines[first]), int(layout.blanks_before[first])) if first else (0, 0)
    end = None if whole else _position(layout, at, last)
    return replace(
        layout,
        first=begin,
        used=used,
        breaks=layout.breaks - line if end is None else end.line - at.line - line,
        blanks=layout.blanks - blank if end is None else end.blank - at.blank - blank,
        starts=layout.starts[first:last],
        ends=layout.ends[first:last],
        nexts=layout.nexts[first:last],
        lines=layout.lines[first:last] - line,
        blanks_before=layout.blanks_before[first:last] - blank,
        suspect_before=layout.suspect_before[first:last],
        fields=layout.fields[first:last],
        damaged=layout.damaged[first:last],
        suspect=layout.suspect[first:last],
        spans=_between(layout.spans, begin, used),
        literals=_between(layout.literals, begin, used),
        suspect_until=layout.suspect_until if end is None else end.suspect_until,
    )


def _position(layout: Layout, at: Position, record: int) -> Position:
    """Where a record of the layout starts."""
    offset = at.offset + int(layout.starts[record])
    until = int(layout.suspect_before[record])
    return Position(
        offset=offset,
        line=at.line + int(layout.lines[record]),
        record=at.record + record,
        blank=at.blank + int(layout.blanks_before[record]),
        suspect_until=until if until > offset else 0,
    )


def _between(positions: Ints, first: int, last: int) -> Ints:
    return positions[np.searchsorted(positions, first) : np.searchsorted(positions, last)]


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


def _damage(records: _Records, damage: dict[int, int], literals: Ints, at: Position) -> tuple[Flags, Flags, Ints]:
    """Damaged records, suspect ones, and the source offset up to which each record (and one behind all) is suspect."""
    count = len(records.starts)
    damaged, suspect = np.zeros(count, bool), np.zeros(count, bool)
    if not damage and at.suspect_until <= at.offset:
        return damaged, suspect, np.broadcast_to(np.int64(0), count + 1)
    until = np.full(count + 1, at.suspect_until, np.int64)
    if damage:
        place = np.searchsorted(records.lines, np.fromiter(damage.keys(), np.int64))
        damaged[place] = True
        until[place + 1] = at.offset + np.fromiter(damage.values(), np.int64)
        until = np.maximum.accumulate(np.maximum(until, at.suspect_until))
    stray = np.searchsorted(records.ends, literals)
    suspect[stray] = (at.offset + records.starts < until[:-1])[stray]
    return damaged, suspect, until


def _with_zero(values: Ints) -> Ints:
    return np.concatenate([np.zeros(1, np.int64), values])
