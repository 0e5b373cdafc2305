"""Recognise files that are no delimited text, and say what they are."""

from __future__ import annotations

import numpy as np

from importer.errors import UnknownEncoding, UnsupportedFormat
from importer.readers.grammar import SAVE_AS_UTF8

SAVE_AS_CSV = "Open it in the program that made it, save it as CSV (UTF-8), and upload that file."
UNPACK = "Unpack it and upload the file inside."

SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Office file", SAVE_AS_CSV),
    (b"%PDF", "a PDF document", SAVE_AS_CSV),
    (b"\x1f\x8b", "a gzip archive", UNPACK),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (b"PAR1", "a Parquet file", "Export the data as CSV (UTF-8), and upload that file."),
    (b"SQLite format 3\x00", "an SQLite database", "Export the table as CSV (UTF-8), and upload that file."),
    (b"\x89PNG", "a PNG image", "Choose the file with the data."),
    (b"\xff\xd8\xff", "a JPEG image", "Choose the file with the data."),
)
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
WIDE_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
TEXT_CONTROLS = b"\t\n\r\f\v\x1a\x1b"


def refuse_no_text(head: bytes) -> None:
    """Raises UnsupportedFormat for a binary file and UnknownEncoding for UTF-16 or UTF-32, each saying what to do."""
    if head.startswith(ZIP):
        kind = "an Excel workbook" if b"xl/" in head[: 64 << 10] else "a ZIP archive"
        raise _unsupported(kind, SAVE_AS_CSV if "Excel" in kind else UNPACK)
    for signature, kind, fix in SIGNATURES:
        if head.startswith(signature):
            raise _unsupported(kind, fix)
    if wide := _wide_encoding(head):
        raise UnknownEncoding(f"The file is written in {wide}; UTF-8 is expected.", fix=SAVE_AS_UTF8)
    data = np.frombuffer(head, np.uint8)
    controls = (data < 32) & ~np.isin(data, np.frombuffer(TEXT_CONTROLS, np.uint8))
    if len(data) and np.count_nonzero(controls) > len(data) / 10:
        raise _unsupported("a binary file", SAVE_AS_CSV)


def _wide_encoding(head: bytes) -> str | None:
    for mark, name in WIDE_MARKS:
        if head.startswith(mark):
            return name
    zeros = np.frombuffer(head[: len(head) & ~3], np.uint8).reshape(-1, 4) == 0
    if len(zeros) < 2:
        return None
    share = zeros.mean(axis=0)
    if sorted(share)[1] > 0.6:
        return "UTF-32"
    even, odd = float(share[0::2].mean()), float(share[1::2].mean())
    return "UTF-16" if max(even, odd) > 0.4 and min(even, odd) < 0.1 else None


def _unsupported(kind: str, fix: str) -> UnsupportedFormat:
    return UnsupportedFormat(f"The file is {kind} and no text file.", fix=fix)
