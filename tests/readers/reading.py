"""Run the real reader over bytes and report as the exact one does."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from exact_reader import Result

from importer.config import Settings
from importer.model import Dialect, Position
from importer.readers.csv import Block, read_blocks


def blocks_of(
    path: Path, data: bytes, dialect: Dialect, columns: int, *, block: int, limit: int, start: Position | None = None
) -> list[Block]:
    path.write_bytes(data)
    settings = Settings(block_bytes=block, max_record_bytes=limit)
    return list(read_blocks(path, dialect, columns, start or Position(), settings))


def results_of(blocks: list[Block]) -> list[Result]:
    return [result for block in blocks for result in _block_results(block)]


def _block_results(block: Block) -> list[Result]:
    cells = [c for c in block.frame.columns if not c.startswith("_")]
    assert block.frame.schema == {**dict.fromkeys(cells, pl.String), "_line": pl.Int64, "_record": pl.Int64}
    found = []
    originals = block.originals(block.frame["_record"])
    for (*values, line, record), raw in zip(block.frame.iter_rows(), originals, strict=True):
        found.append(Result(record, line, None, raw, tuple(values)))
    assert [f.record for f in found] == sorted(f.record for f in found)
    for row in block.malformed.iter_rows(named=True):
        values = tuple(row[c] for c in cells)
        found.append(Result(row["_record"], row["_line"], row["code"], row["raw"], values))
    assert len(found) == block.end.record - block.start.record
    return sorted(found, key=lambda result: result.record)
