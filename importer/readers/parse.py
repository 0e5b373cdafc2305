"""Turn the records of a block into cells with one call of Polars.

Polars reads a dialect of its own: a stray quote throws it off, it knows no backslash escapes and no lone CR. So fields
that it would misread are written anew as quoted fields first; everything else goes through as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from importer.errors import LedgerError
from importer.readers.grammar import BOM, CR, LF, Grammar
from importer.readers.marks import NO_INTS, Flags, Ints
from importer.readers.scan import Layout


@dataclass(frozen=True, slots=True)
class _Text:
    """Selected records in one piece. `sources` and `targets` are where each run of them began and begins."""

    data: bytes
    sources: Ints
    targets: Ints
    lengths: Ints

    def move(self, positions: Ints) -> Ints:
        """Positions of the block as positions of the text; those of records that were not selected fall out."""
        if not len(positions) or not len(self.sources):
            return NO_INTS
        run = np.maximum(np.searchsorted(self.sources, positions, side="right") - 1, 0)
        into = positions - self.sources[run]
        inside = (into >= 0) & (into < self.lengths[run])
        return (into + self.targets[run])[inside]


def parse(data: bytes, layout: Layout, grammar: Grammar, columns: int, select: Flags, *, ragged: bool) -> pl.DataFrame:
    """The cells of the selected records as String columns c0.., empty ones as null, in file order.

    With `ragged` missing cells are null and surplus ones are dropped, and bytes that cannot be decoded become U+FFFD.
    Raises LedgerError when the number of rows is not the number of selected records.
    """
    count = int(np.count_nonzero(select))
    schema: pl.Schema = pl.Schema({f"c{i}": pl.String() for i in range(columns)})
    if not count:
        return pl.DataFrame(schema=schema)
    quote = _quote_for_polars(grammar, layout)
    source = _rewrite(_select(data, layout, select), data, layout, grammar, quote)
    if not grammar.is_utf8 or ragged:
        errors = "replace" if ragged else "strict"
        source = source if source.isascii() else source.decode(grammar.encoding, errors).encode()
    separator = chr(grammar.delimiter)
    if ragged:  # the first line tells Polars how many columns there are
        source = (separator * (columns - 1) or "x").encode() + b"\n" + source
    elif source.startswith(BOM):  # here it is text, and Polars drops one
        source = BOM + source
    frame = _read(source, schema, separator, quote, ragged)
    if frame.height != count:
        raise LedgerError(f"{count} records were found and {frame.height} parsed.", fix="Report this together with the file.")
    return frame


def _read(source: bytes, schema: pl.Schema, separator: str, quote: str | None, ragged: bool) -> pl.DataFrame:
    try:
        frame = pl.read_csv(
            source,
            has_header=False,
            schema=schema,
            separator=separator,
            quote_char=quote,
            null_values="",
            extra_columns="ignore" if ragged else "raise",
            missing_columns="insert" if ragged else "raise",
        )
    except pl.exceptions.PolarsError as error:
        raise LedgerError(f"Records could not be parsed: {error}", fix="Report this together with the file.") from error
    # In one piece everything that follows is a fifth faster.
    return (frame[1:] if ragged else frame).rechunk()


def _quote_for_polars(grammar: Grammar, layout: Layout) -> str | None:
    """Without quotes in the dialect one is needed all the same when escapes must be written anew."""
    if grammar.quote is not None:
        return chr(grammar.quote)
    if not len(layout.marks.escapes):
        return None
    return '"' if grammar.delimiter != ord('"') else "'"


def _select(data: bytes, layout: Layout, select: Flags) -> _Text:
    """The selected records with their line ends, without copying when it is the whole block."""
    chosen = np.flatnonzero(select)
    starts, nexts = layout.starts[chosen], layout.nexts[chosen]
    breaks = np.flatnonzero(starts[1:] != nexts[:-1])
    sources = starts[np.concatenate([np.zeros(1, np.int64), breaks + 1])]
    stops = nexts[np.append(breaks, len(chosen) - 1)]
    lengths = stops - sources
    targets = np.cumsum(lengths) - lengths
    if len(sources) == 1 and lengths[0] == len(data):
        return _Text(data, sources, targets, lengths)
    view = memoryview(data)
    text = b"".join([view[a:b] for a, b in zip(sources.tolist(), stops.tolist(), strict=True)])
    return _Text(text, sources, targets, lengths)


def _rewrite(text: _Text, data: bytes, layout: Layout, grammar: Grammar, quote: str | None) -> bytes:
    """The text with lone CRs as LF, stray quotes and escapes as quoted fields."""
    lone = _lone_ends(data, layout)
    literals = _literals(data, layout, grammar, quote)
    escapes = _between(layout.marks.escapes, layout)
    if not len(lone) and not len(literals) and not len(escapes):
        return text.data
    buffer = np.frombuffer(text.data, np.uint8).copy()
    buffer[text.move(lone)] = LF
    if quote is None or not (len(literals) or len(escapes)):
        return buffer.tobytes()
    outside = (np.searchsorted(layout.spans, escapes) & 1) == 0
    openers, closers = _fields_around(layout, np.sort(np.concatenate([literals, escapes[outside]])))
    quoting = np.frombuffer(data, np.uint8)[escapes + 1] == ord(quote)
    buffer[text.move(escapes[quoting])] = ord(quote)
    inserts = [text.move(openers), text.move(literals), text.move(closers - 1) + 1]
    return _edit(buffer, np.sort(np.concatenate(inserts)), text.move(escapes[~quoting]), ord(quote))


def _edit(buffer: np.ndarray[tuple[int], np.dtype[np.uint8]], inserts: Ints, deletes: Ints, byte: int) -> bytes:
    """Insert a byte before some positions and delete others."""
    edited = np.insert(buffer, inserts, byte)
    if len(deletes):
        edited = np.delete(edited, deletes + np.searchsorted(inserts, deletes, side="right"))
    return edited.tobytes()


def _lone_ends(data: bytes, layout: Layout) -> Ints:
    """Record ends that are a CR without LF."""
    if data.find(b"\r") < 0:
        return NO_INTS
    single = layout.ends[layout.nexts - layout.ends == 1]
    return single[layout.marks.plain[single] == CR] if len(single) else NO_INTS


def _literals(data: bytes, layout: Layout, grammar: Grammar, quote: str | None) -> Ints:
    """Characters in unquoted fields that Polars would take for quotes."""
    if grammar.quote is not None or quote is None or data.find(quote.encode()) < 0:
        return layout.literals
    return _find(layout, ord(quote))


def _fields_around(layout: Layout, places: Ints) -> tuple[Ints, Ints]:
    """Starts and ends of the unquoted fields that hold the places, each field once."""
    if not len(places):
        return NO_INTS, NO_INTS
    delimiters = _find(layout, layout.marks.grammar.delimiter)
    record = np.searchsorted(layout.ends, places)
    behind = np.searchsorted(delimiters, places)
    starts = np.maximum(np.concatenate([np.full(1, -1), delimiters])[behind] + 1, layout.starts[record])
    ends = np.minimum(np.append(delimiters, layout.used)[behind], layout.ends[record])
    _, first = np.unique(starts, return_index=True)
    return starts[first], ends[first]


def _find(layout: Layout, byte: int) -> Ints:
    """Positions of a byte that is not escaped."""
    return np.flatnonzero(layout.marks.plain[layout.first : layout.used] == byte) + layout.first


def _between(positions: Ints, layout: Layout) -> Ints:
    return positions[np.searchsorted(positions, layout.first) : np.searchsorted(positions, layout.used)]
