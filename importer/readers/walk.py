"""The exact automaton, for the lines of a block that parity cannot prove.

Lines are sorted first, vectorised, as if a record began on each: on most of them every quote pairs well, or no quote
stands at the start of a field so that all are text. Only from the other lines does the automaton run, over quotes and
not over bytes. A damaged record is read again from its second line; because a run of quotes that keeps a quoted field
open cannot open one itself, every quote is looked at a few times at most.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from importer.readers.grammar import CR, LF
from importer.readers.marks import Flags, Ints, Marks


@dataclass(slots=True)
class Walked:
    """What the walk found. `border` says for each line end from the first line on whether it ends a record; `damage`
    is where quote damage was seen, by line; `stop` is the start of a record that needs more bytes."""

    border: Flags
    spans: Ints
    literals: Ints
    damage: dict[int, int]
    stop: int | None


@dataclass(slots=True)
class _Lines:
    """The lines from the first one on. On `odd` lines the walk is needed; on `stray` ones all quotes are text."""

    starts: Ints
    breaks: Ints
    escaped: Flags
    quotes: Ints
    line_of: Ints
    first_quote: Ints
    after_delimiter: Flags  # by quote
    odd: Ints
    stray: Flags


@dataclass(slots=True)
class _Found:
    spans: list[int] = field(default_factory=list)
    literals: list[int] = field(default_factory=list)
    damage: dict[int, int] = field(default_factory=dict)
    stop: int | None = None


def walk(marks: Marks, line: int, limit: int) -> Walked:
    """Read the records from physical line `line` (0-based) on; a record may take `limit` bytes at most."""
    lines = _sort_lines(marks, line)
    border = np.ones(len(lines.breaks), bool)
    visited = np.zeros(len(lines.starts), bool)
    automaton = _Automaton(marks, lines, limit)
    odd, at = lines.odd.tolist(), 0
    while at < len(odd):
        begin = odd[at]
        end = automaton.record(begin)
        if automaton.found.stop is not None:
            visited[begin:] = True
            break
        visited[begin : end + 1] = True
        border[begin:end] = False
        at = bisect_left(odd, end + 1, at)
    found = automaton.found
    free = ~visited[lines.line_of]
    stray = lines.stray[lines.line_of]
    spans = np.concatenate([lines.quotes[free & ~stray], np.array(found.spans, np.int64)])
    literals = np.concatenate([lines.quotes[free & stray], np.array(found.literals, np.int64)])
    return Walked(border, np.sort(spans), np.sort(literals), {line + k: v for k, v in found.damage.items()}, found.stop)


def _sort_lines(marks: Marks, line: int) -> _Lines:
    first = marks.line_start(line)
    breaks = marks.breaks[line:]
    starts = np.concatenate([np.array([first], np.int64), marks.nexts[line:]])
    escaped = np.append(marks.escaped_breaks[line:], False)
    quotes = marks.quotes[np.searchsorted(marks.quotes, first) :]
    line_of = np.searchsorted(breaks, quotes)
    first_quote = np.searchsorted(quotes, starts)
    after_delimiter = marks.after_delimiter(quotes)
    at_start = after_delimiter | (quotes == starts[line_of])  # if a record starts on the line
    local = np.arange(len(quotes)) - first_quote[line_of]
    opener = local % 2 == 0
    touching = np.zeros(len(quotes) + 1, bool)  # a quote and the one before it
    touching[1:-1] = quotes[1:] == quotes[:-1] + 1
    fits_opener = at_start | (touching[:-1] & (local > 0))
    fits_closer = marks.closes_field(quotes) | touching[1:]
    misfit = np.where(opener, ~fits_opener, ~fits_closer)
    counts = np.diff(np.append(first_quote, len(quotes)))
    bad = (np.bincount(line_of[misfit], minlength=len(starts)) > 0) | (counts % 2 == 1)
    stray = bad & (np.bincount(line_of[at_start], minlength=len(starts)) == 0)
    needs_walk = (bad & ~stray) | escaped
    if not marks.eof:
        needs_walk[-1] = False
    odd = np.flatnonzero(needs_walk)
    return _Lines(starts, breaks, escaped, quotes, line_of, first_quote, after_delimiter, odd, stray)


def _view(values: np.ndarray[Any, Any]) -> memoryview[int]:
    """A view whose single items are read much faster than those of an array."""
    view: memoryview[int] = memoryview(np.ascontiguousarray(values))  # type: ignore[arg-type]
    return view


class _Automaton:
    """Runs over the quotes of one record at a time and collects what it finds."""

    def __init__(self, marks: Marks, lines: _Lines, limit: int) -> None:
        self.found = _Found()
        self._limit = limit
        self._eof = marks.eof
        self._size = marks.size
        self._plain = _view(marks.plain)
        self._ends = frozenset((marks.grammar.delimiter, LF, CR))
        self._starts = _view(lines.starts)
        self._breaks = _view(lines.breaks)
        self._escaped = _view(lines.escaped)
        self._quotes = _view(lines.quotes)
        self._first_quote = _view(lines.first_quote)
        self._after_delimiter = _view(lines.after_delimiter)

    def record(self, line: int) -> int:
        """Read the record that starts on a line; returns the line on which it ends (the same one when damaged).

        Sets `found.stop` when the end of the record is not in sight and it may still become a good one.
        """
        spans, literals = len(self.found.spans), len(self.found.literals)
        end, damage = self._run(line)
        if damage is not None:
            del self.found.spans[spans:], self.found.literals[literals:]
            self.found.damage[line] = damage
            return line
        return end

    def _run(self, line: int) -> tuple[int, int | None]:
        """The line of the end, and the place of damage if there is any."""
        start = self._starts[line]
        quotes, count = self._quotes, len(self._quotes)
        at, end, here = self._first_quote[line], line, start
        while True:
            end = self._line_end(here, end)
            stop = self._breaks[end] if end < len(self._breaks) else self._size
            while at < count and (here := quotes[at]) < stop and not (self._after_delimiter[at] or here == start):
                self.found.literals.append(here)
                at += 1
            if at >= count or quotes[at] >= stop:
                return self._finish(line, start, end, stop)
            opener = quotes[at]
            at += 1
            while at + 1 < count and quotes[at + 1] == quotes[at] + 1:
                at += 2
            if at >= count:
                return self._unclosed(line, start)
            here = quotes[at]
            if here - start >= self._limit:
                return line, start + self._limit
            if here + 1 < self._size:
                if self._plain[here + 1] not in self._ends:
                    return line, min(here + 1, start + self._limit)
            elif not self._eof:
                self.found.stop = start
                return line, None
            self.found.spans += (opener, here)
            at += 1
            here += 1

    def _line_end(self, here: int, line: int) -> int:
        """The number of the first line end that is not escaped, from a position and a line on."""
        line = bisect_left(self._breaks, here, line)
        while self._escaped[line]:
            line += 1
        return line

    def _finish(self, line: int, start: int, end: int, stop: int) -> tuple[int, int | None]:
        if stop - start > self._limit and end > line:
            return line, start + self._limit
        if end == len(self._breaks) and not self._eof:
            self.found.stop = start
        return end, None

    def _unclosed(self, line: int, start: int) -> tuple[int, int | None]:
        """A quoted field without an end. On a first line longer than the limit the caller's check of lengths stops."""
        if self._size - start > self._limit and line < len(self._breaks):
            return line, start + self._limit
        if self._eof:
            return line, self._size
        self.found.stop = start
        return line, None
