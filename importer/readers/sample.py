"""Pieces of a file by which it is judged before anyone reads it as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

from importer.errors import BrokenFile, EmptyFile
from importer.readers.grammar import BOM

HEAD = 1 << 20
PIECE = 128 << 10


@dataclass(frozen=True, slots=True)
class Sample:
    """The head of a file without byte order mark and, of a larger file, whole lines from its middle and its end.

    `raw_head` still has the byte order mark. `whole` says that the head is the whole file.
    """

    raw_head: bytes
    head: bytes
    pieces: tuple[bytes, ...]
    whole: bool

    @property
    def everything(self) -> bytes:
        return b"\n".join((self.head, *self.pieces))


def take_sample(path: Path) -> Sample:
    """Read a sample; raises EmptyFile (no text) and BrokenFile (cannot be read)."""
    try:
        with path.open("rb") as file:
            sample = _take(file)
    except OSError as error:
        raise BrokenFile(f"The file cannot be read: {error.strerror}.", fix="Upload the file again.") from error
    if sample.whole and not sample.head.strip(b"\r\n"):
        raise EmptyFile("The file holds no text, or blank lines only.", fix="Choose a file with a header and records.")
    return sample


def _take(file: BinaryIO) -> Sample:
    size = file.seek(0, SEEK_END)
    raw_head = _read(file, 0, HEAD)
    whole = size <= HEAD
    head = raw_head.removeprefix(BOM)
    if whole:
        return Sample(raw_head, head, (), True)
    middle = _whole_lines(_read(file, max(HEAD, size // 2), PIECE), last=False)
    end = _whole_lines(_read(file, max(HEAD, size - PIECE), PIECE), last=True)
    return Sample(raw_head, head[: _last_line_end(head) or len(head)], tuple(p for p in (middle, end) if p), False)


def _read(file: BinaryIO, offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)


def _whole_lines(piece: bytes, *, last: bool) -> bytes:
    """A piece without the line it begins in and, unless it is the `last` one, the line it ends in."""
    first = min((at for at in (piece.find(b"\n"), piece.find(b"\r")) if at >= 0), default=len(piece))
    return piece[first + 1 : len(piece) if last else _last_line_end(piece)].lstrip(b"\r\n")


def _last_line_end(piece: bytes) -> int:
    return max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1
