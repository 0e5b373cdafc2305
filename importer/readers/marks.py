"""Positions of the bytes that matter in a block, before anything is known about records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from importer.readers.grammar import BACKSLASH, CR, LF, Grammar

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

NO_INTS: Ints = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Marks:
    """Line ends, quotes and escapes of a block.

    `plain` is the block with escaped characters overwritten by a letter, so that no escaped byte has a meaning.
    `breaks` are the positions of all physical line ends and `nexts` the positions after them. `escapes` are the
    backslashes that act, and `quotes` leave out the escaped ones.
    """

    grammar: Grammar
    plain: Bytes
    size: int
    eof: bool
    breaks: Ints
    nexts: Ints
    escaped_breaks: Flags
    quotes: Ints
    escapes: Ints

    def line_start(self, line: int) -> int:
        return int(self.nexts[line - 1]) if line else 0

    def after_delimiter(self, positions: Ints) -> Flags:
        """Whether the byte before each position is a delimiter."""
        found: Flags = (self.plain[positions - 1] == self.grammar.delimiter) & (positions > 0)
        return found

    def opens_field(self, positions: Ints) -> Flags:
        """Whether each position follows a delimiter, a line end or the start of the block."""
        found: Flags = self._is_border(self.plain[positions - 1]) | (positions == 0)
        return found

    def closes_field(self, positions: Ints) -> Flags:
        """Whether a delimiter, a line end or the end of the block follows each position."""
        last = positions + 1 >= self.size
        found: Flags = self._is_border(self.plain[np.where(last, 0, positions + 1)]) | last
        return found

    def _is_border(self, characters: Bytes) -> Flags:
        found: Flags = (characters == self.grammar.delimiter) | (characters == LF) | (characters == CR)
        return found


class Rank:
    """How many of a set of positions lie before a given one: in constant time, in an eighth of the memory of a block."""

    def __init__(self, members: Flags) -> None:
        bits = np.packbits(members, bitorder="little")
        padded = np.zeros((len(members) >> 6) * 8 + 8, np.uint8)
        padded[: len(bits)] = bits
        self._words = padded.view("<u8")
        self._before = np.zeros(len(self._words) + 1, np.int64)
        np.cumsum(np.bitwise_count(self._words), out=self._before[1:])

    def before(self, positions: Ints) -> Ints:
        word = positions >> 6
        mask = (np.uint64(1) << (positions & 63).astype(np.uint64)) - np.uint64(1)
        counts: Ints = self._before[word] + np.bitwise_count(self._words[word] & mask)
        return counts


def find_marks(data: bytes, grammar: Grammar, eof: bool) -> Marks:
    """The marks of a block. A CR that ends the block is left out unless `eof`: an LF may follow."""
    size = len(data) - 1 if not eof and data.endswith(b"\r") else len(data)
    raw = np.frombuffer(data, np.uint8)[:size]
    has_cr = data.find(b"\r") >= 0
    breaks, nexts = _line_ends(raw, has_cr)
    escapes, plain = _escapes(raw, grammar, eof, has_cr) if _may_escape(data, grammar) else (NO_INTS, raw)
    escaped_breaks = raw[breaks] != plain[breaks] if len(escapes) else np.zeros(len(breaks), bool)
    quotes = NO_INTS
    if grammar.quote is not None and data.find(grammar.quote) >= 0:
        quotes = np.flatnonzero(plain == grammar.quote)
    return Marks(grammar, plain, size, eof, breaks, nexts, escaped_breaks, quotes, escapes)


def _may_escape(data: bytes, grammar: Grammar) -> bool:
    return grammar.backslash and data.find(b"\\") >= 0


def _line_ends(raw: Bytes, has_cr: bool) -> tuple[Ints, Ints]:
    if not has_cr:
        breaks = np.flatnonzero(raw == LF)
        return breaks, breaks + 1
    is_cr, is_lf = raw == CR, raw == LF
    second = np.zeros(len(raw), bool)
    second[1:] = is_cr[:-1] & is_lf[1:]
    breaks = np.flatnonzero((is_cr | is_lf) & ~second)
    nexts = breaks + 1
    nexts += np.append(second, False)[nexts]
    return breaks, nexts


def _escapes(raw: Bytes, grammar: Grammar, eof: bool, has_cr: bool) -> tuple[Ints, Bytes]:
    """The backslashes that act, and the block without the meaning of what they escape.

    In a run of backslashes every second one is escaped by the one before it, whatever stands around the run.
    """
    slashes = np.flatnonzero(raw == BACKSLASH)
    index = np.arange(len(slashes))
    begins = np.ones(len(slashes), bool)
    begins[1:] = slashes[1:] != slashes[:-1] + 1
    active = slashes[(index - np.maximum.accumulate(np.where(begins, index, 0))) % 2 == 0]
    active = active[active + 1 < len(raw)]
    neutral = next(b for b in b"abcd" if b not in grammar.special)
    plain = raw.copy()
    plain[active + 1] = neutral
    if has_cr:
        pairs = active[active + 2 < len(raw)]
        pairs = pairs[(raw[pairs + 1] == CR) & (raw[pairs + 2] == LF)]
        plain[pairs + 2] = neutral
    return active, plain
