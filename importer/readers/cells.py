"""The values of one record, for headers and samples; blocks of records go through `parse`."""

from __future__ import annotations

from importer.readers.grammar import BACKSLASH, CR, LF, Grammar


def split(record: bytes, grammar: Grammar) -> list[bytes]:
    """The values of a well-formed record (without its line end)."""
    fields: list[bytes] = []
    at = 0
    while True:
        value, at = _field(record, at, grammar)
        fields.append(value)
        if at >= len(record):
            return fields
        at += 1


def _field(record: bytes, at: int, grammar: Grammar) -> tuple[bytes, int]:
    """One value and the position of the delimiter (or end) after it."""
    if grammar.quote is not None and record[at : at + 1] == bytes((grammar.quote,)):
        return _quoted(record, at + 1, grammar)
    if not grammar.backslash:
        end = record.find(grammar.delimiter, at)
        end = len(record) if end < 0 else end
        return record[at:end], end
    value = bytearray()
    while at < len(record) and record[at] != grammar.delimiter:
        text, at = _character(record, at, grammar)
        value += text
    return bytes(value), at


def _quoted(record: bytes, at: int, grammar: Grammar) -> tuple[bytes, int]:
    value = bytearray()
    while at < len(record):
        if record[at] != grammar.quote:
            text, at = _character(record, at, grammar)
            value += text
        elif record[at + 1 : at + 2] == record[at : at + 1]:
            value.append(record[at])
            at += 2
        else:
            at += 1
            break
    return bytes(value), at


def _character(record: bytes, at: int, grammar: Grammar) -> tuple[bytes, int]:
    """The next character, without the backslash that escapes it; CRLF is one character."""
    if grammar.backslash and record[at] == BACKSLASH and at + 1 < len(record):
        size = 2 if record[at + 1] == CR and record[at + 2 : at + 3] == bytes((LF,)) else 1
        return record[at + 1 : at + 1 + size], at + 1 + size
    return record[at : at + 1], at + 1
