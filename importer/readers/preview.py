"""The first records of a file as a dialect reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from importer.config import Settings
from importer.model import Dialect, Position, Preview
from importer.readers.csv import Block, read_blocks
from importer.readers.header import read_header

PIECE = 256 << 10

Row = tuple[int, tuple[str | None, ...] | None, str | None]


def preview(path: Path, dialect: Dialect, settings: Settings, limit: int = 100) -> Preview:
    """The columns and the first records, malformed ones included; reads only as much of the file as is needed.

    Raises what `read_header` and `read_blocks` raise.
    """
    header = read_header(path, dialect, settings)
    rows = tuple(islice(_rows(path, dialect, len(header.columns), header.body, settings), limit))
    return Preview(dialect, header.columns, rows, notices=header.notices)


def _rows(path: Path, dialect: Dialect, columns: int, body: Position, settings: Settings) -> Iterator[Row]:
    pieces = replace(settings, block_bytes=min(settings.block_bytes, PIECE))
    for block in read_blocks(path, dialect, columns, body, pieces):
        yield from _block_rows(block)


def _block_rows(block: Block) -> Iterator[Row]:
    rows: dict[int, Row] = {}
    for *cells, line, record in block.frame.iter_rows():
        rows[record] = (line, tuple(cells), None)
    for record, line, message, hint in block.malformed.select("_record", "_line", "message", "hint").iter_rows():
        rows[record] = (line, None, f"{message} {hint}")
    return iter([rows[record] for record in sorted(rows)])
