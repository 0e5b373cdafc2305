"""Every record that was read, as text: what the reader saw, for comparison with other readers."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl

from importer.config import Settings
from importer.errors import NotFound, disk_error
from importer.model import Import
from importer.readers.csv import read_blocks
from importer.readers.header import read_header


def write_records(job: Import, target: Path, settings: Settings) -> None:
    """Writes the header and all well-formed records of an import's file as UTF-8 CSV, part by part.

    Raises NotFound when the file is past its retention, StorageProblem when the target cannot be written.
    """
    if job.recipe is None or job.source.path is None:
        raise NotFound("The file of this import is not here any more.", fix="Import it again.")
    source = Path(job.source.path)
    header = read_header(source, job.recipe.dialect, settings)
    names = [f"c{i}" for i in range(len(header.columns))]
    try:
        with target.open("wb") as out:
            out.write(_csv_line(header.names))
            for block in read_blocks(source, job.recipe.dialect, len(names), header.body, settings):
                # An empty cell is written as an empty quoted text, so that a record of one empty cell is not a blank line.
                block.frame.select(pl.col(names).fill_null("")).write_csv(out, include_header=False)
    except OSError as error:
        raise disk_error(error) from error


def _csv_line(cells: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
