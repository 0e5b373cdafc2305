"""Read a delimited text file block by block: exact records, exact lines, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from importer.config import Settings
from importer.errors import BrokenFile, LedgerError
from importer.model import Dialect, Position
from importer.readers.encoding import undecodable
from importer.readers.grammar import BOM, Grammar, compile_dialect
from importer.readers.malformed import judge, malformed_frame
from importer.readers.marks import Ints
from importer.readers.parse import parse
from importer.readers.scan import Layout, cut_layout, scan


@dataclass(frozen=True, slots=True)
class Block:
    """The records of a piece of a file.

    frame: the well-formed records, c0..c{n-1} as String (empty ones null), _line and _record as Int64, in file order.
    malformed: _record, _line, code, message, hint, raw (the source bytes without the line end), and c0..c{n-1} as far
    as they can be told. `_record` counts all records of the file from 1.
    """

    start: Position
    end: Position
    frame: pl.DataFrame
    malformed: pl.DataFrame
    _source: bytes = field(repr=False)
    _starts: Ints = field(repr=False)
    _ends: Ints = field(repr=False)

    def holds(self, text: bytes) -> bool:
        """Whether the source bytes of the block contain these bytes."""
        # A search for one byte is ten times as fast as one for several, and mostly it is enough.
        return text[0] in self._source and text in self._source

    def originals(self, records: pl.Series) -> list[bytes]:
        """The source bytes, without line end, of records of this block given by `_record`."""
        index = records.to_numpy() - (self.start.record + 1)
        starts, ends = self._starts[index].tolist(), self._ends[index].tolist()
        return [self._source[a:b] for a, b in zip(starts, ends, strict=True)]


def read_blocks(path: Path, dialect: Dialect, columns: int, start: Position, settings: Settings) -> Iterator[Block]:
    """The blocks of a file from a position on; a block is about settings.block_bytes long and ends at a record border.

    What is a record does not depend on the size of the blocks, nor on where reading began. Raises BrokenFile when the
    file cannot be read or a line is longer than settings.max_record_bytes, LedgerError when a count does not add up.
    """
    grammar = compile_dialect(dialect)
    for data, whole, begin in read_layouts(path, grammar, start, settings):
        # a quote that is not closed makes the data grow; what is handed out must not
        for layout, position in cut_layout(whole, begin, settings.block_bytes):
            yield _block(data, layout, grammar, columns, position)


def read_layouts(path: Path, grammar: Grammar, start: Position, settings: Settings) -> Iterator[tuple[bytes, Layout, Position]]:
    """Pieces of the file with the layout of their records and where they begin; raises BrokenFile."""
    try:
        with path.open("rb", buffering=0) as file:
            yield from _layouts(file, grammar, skip_bom(file, start), settings)
    except OSError as error:
        raise BrokenFile(f"The file cannot be read: {error.strerror}.", fix="Upload the file again.") from error


def skip_bom(file: BinaryIO, start: Position) -> Position:
    """Go to a position; at the very start of the file, behind the byte order mark if there is one."""
    file.seek(start.offset)
    if start.offset or file.read(len(BOM)) != BOM:
        file.seek(start.offset)
        return start
    return Position(len(BOM), start.line, start.record, start.blank, start.suspect_until)


def _layouts(file: BinaryIO, grammar: Grammar, position: Position, settings: Settings) -> Iterator[tuple[bytes, Layout, Position]]:
    rest, eof, size = b"", False, file.seek(0, SEEK_END)
    file.seek(position.offset)
    while not eof:
        # as much as is left over, so that a long record is scanned a few times only, but nothing beyond its limit
        piece = file.read(max(settings.block_bytes, min(len(rest), settings.max_record_bytes + 1 - len(rest)), 1))
        eof = not piece or file.tell() >= size
        data = rest + piece if rest else piece
        if not data:
            return
        layout = scan(data, grammar, position, eof=eof, limit=settings.max_record_bytes)
        rest = data[layout.used :]
        if layout.used:
            yield data, layout, position
            position = after(position, layout)


def after(position: Position, layout: Layout) -> Position:
    """Where the next record starts after a layout that begins at a position."""
    return Position(
        offset=position.offset + layout.used - layout.first,
        line=position.line + layout.breaks,
        record=position.record + len(layout),
        blank=position.blank + layout.blanks,
        suspect_until=layout.suspect_until,
    )


def _block(data: bytes, layout: Layout, grammar: Grammar, columns: int, start: Position) -> Block:
    problems = judge(layout, columns, undecodable(data, layout, grammar), data, grammar)
    well = ~problems.flags
    frame = parse(data, layout, grammar, columns, well, ragged=False)
    index = np.flatnonzero(well)
    frame = frame.with_columns(
        pl.Series("_line", start.line + layout.lines[index], pl.Int64),
        pl.Series("_record", start.record + 1 + index, pl.Int64),
    )
    malformed = malformed_frame(data, layout, grammar, columns, start, problems)
    if frame.height + malformed.height != len(layout):
        raise LedgerError(
            f"Of {len(layout)} records {frame.height} were read and {malformed.height} set aside.",
            fix="Report this together with the file.",
        )
    return Block(start, after(start, layout), frame, malformed, data, layout.starts, layout.ends)
