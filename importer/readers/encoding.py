"""Which records hold bytes that mean nothing in the encoding of the file."""

from __future__ import annotations

import codecs

import numpy as np

from importer.readers.grammar import Grammar
from importer.readers.scan import Layout

WINDOW = 64 << 10  # an error copies the rest of the window, so windows are small


def undecodable(data: bytes, layout: Layout, grammar: Grammar) -> dict[int, int]:
    """Records that cannot be decoded, by index in the block, and the offset of the first bad byte in the record."""
    if not len(layout) or data.isascii():
        return {}
    if grammar.is_utf8:
        return _bad_utf8(data, layout)
    return _undefined(data, layout, grammar.undefined) if grammar.undefined else {}


def _bad_utf8(data: bytes, layout: Layout) -> dict[int, int]:
    view = memoryview(data)
    windows = np.unique(np.searchsorted(layout.starts, np.arange(layout.first, layout.used, WINDOW))).tolist()
    bad: dict[int, int] = {}
    for first, last in zip(windows, [*windows[1:], len(layout)], strict=True):
        if first >= last:
            continue
        start, end = int(layout.starts[first]), int(layout.nexts[last - 1])
        # After a bad byte the next record is tried, so that a byte is decoded once however many are bad.
        while start < end and (at := _first_bad_byte(view[start:end])) is not None:
            record = int(np.searchsorted(layout.starts, start + at, side="right")) - 1
            bad[record] = start + at - int(layout.starts[record])
            start = int(layout.nexts[record])
    return bad


def _first_bad_byte(part: memoryview) -> int | None:
    try:
        codecs.utf_8_decode(part, "strict", True)
    except UnicodeDecodeError as error:
        return error.start
    return None


def _undefined(data: bytes, layout: Layout, undefined: bytes) -> dict[int, int]:
    if len(data.translate(None, undefined)) == len(data):
        return {}
    table = np.zeros(256, bool)
    table[list(undefined)] = True
    places = np.flatnonzero(table[np.frombuffer(data, np.uint8)[layout.first : layout.used]]) + layout.first
    records, first = np.unique(np.searchsorted(layout.ends, places), return_index=True)
    return dict(zip(records.tolist(), (places[first] - layout.starts[records]).tolist(), strict=True))
