"""Rejected records as they stood in the file: in the part that is being judged, or read again for rules over the whole file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from importer.config import Settings
from importer.model import Dialect, Part
from importer.readers.csv import Block, read_blocks
from importer.staging import ImportFolder
from importer.staging.folder import ASIDE


def layout(columns: int) -> list[str]:
    """The columns of a frame of rejected records: the source bytes (raw), whether the record could not be read (malformed) and
    then its line as text, and the cells c0.. as far as they can be told."""
    return ["_record", "_line", "raw", "malformed", "text", *(f"c{i}" for i in range(columns))]


def with_originals(block: Block, records: pl.DataFrame, columns: int) -> pl.DataFrame:
    """Records of a block, which could be read, with their source bytes, in the layout of rejected ones."""
    return records.with_columns(
        raw=pl.Series(block.originals(records["_record"]), dtype=pl.Binary),
        malformed=pl.lit(value=False),
        text=pl.lit(None, dtype=pl.String),
    ).select(layout(columns))


def write_aside(
    folder: ImportFolder, dialect: Dialect, columns: int, parts: Sequence[Part], records: NDArray[np.int64], settings: Settings
) -> list[Path]:
    """Reads those parts again that hold any of the records (ascending), and writes them as rejected ones; returns the files.

    Raises what the reader and the folder raise.
    """
    written = []
    for part in parts:
        first, last = np.searchsorted(records, [part.start.record, part.end.record], side="right")
        if first < last:
            folder.write_part(part.number, ASIDE, _read_again(folder, dialect, columns, part, records[first:last], settings))
            written.append(folder.part(part.number, ASIDE))
    return written


def _read_again(
    folder: ImportFolder, dialect: Dialect, columns: int, part: Part, records: NDArray[np.int64], settings: Settings
) -> pl.DataFrame:
    chosen = pl.Series(records).implode()
    found = []
    for block in read_blocks(folder.source, dialect, columns, part.start, settings):
        found.append(with_originals(block, block.frame.filter(pl.col("_record").is_in(chosen)), columns))
        if block.end.record >= part.end.record:
            break
    return pl.concat(found)
