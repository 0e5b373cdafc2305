"""The reader agrees with the plain one on every input, at every block size, from every position."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from exact_reader import ExactReader, LineTooLong, Result
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from reading import blocks_of, results_of

from importer.errors import BrokenFile
from importer.model import Dialect

EXAMPLES = int(os.environ.get("READER_EXAMPLES", "150"))
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))

DIALECTS = [
    Dialect(),
    Dialect(escape="backslash"),
    Dialect(quote="'", delimiter=";"),
    Dialect(quote=None),
    Dialect(quote=None, escape="backslash", delimiter="\t"),
    Dialect(encoding="cp1252", delimiter="|"),
    Dialect(encoding="cp1252", escape="backslash"),
    Dialect(encoding="iso-8859-2"),
]


@st.composite
def dirty(draw: st.DrawFn) -> tuple[bytes, Dialect]:
    """Bytes in which everything that matters is frequent."""
    dialect = draw(st.sampled_from(DIALECTS))
    d, q = dialect.delimiter.encode(), (dialect.quote or '"').encode()
    ends = [b"\n", b"\r\n", b"\r"]
    common = [d, d, q, q, b"a", b"b c", *ends]
    rare = [q + q, d + q, q + d, q + b"\n", b"\n" + q, b"\n\n", b"\\", b"\\" + q, b"\xfc", "é".encode(), b"\0"]
    odd = [b"\x81", b"\xef\xbb\xbf", b" ", b"'", b'"', b"x" * 9, b"\\\\", b"\r\r\n", "漢".encode(), b"\xc3"]
    tokens = draw(st.lists(st.one_of(*map(st.sampled_from, (common, common, rare, odd))), max_size=60))
    return b"".join(tokens), dialect


@st.composite
def tables(draw: st.DrawFn) -> tuple[bytes, Dialect]:
    """Mostly proper tables with multi-line values, into which some damage is put."""
    dialect = draw(st.sampled_from(DIALECTS))
    d, q = dialect.delimiter.encode(), (dialect.quote or '"').encode()
    text = st.lists(st.sampled_from([b"a", b"b", "ü".encode(), d, b"\n", b"\r\n", q + q, b" "]), max_size=6)
    quoted = text.map(lambda parts: q + b"".join(parts) + q)
    plain = st.sampled_from([b"", b"x", b"yy", b'5" z', b"it's", q + q])
    row = st.lists(st.one_of(plain, quoted), min_size=1, max_size=4).map(d.join)
    end = draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
    data = bytearray(end.join(draw(st.lists(row, max_size=12))) + draw(st.sampled_from([b"", end])))
    for place, junk in draw(st.lists(st.tuples(st.integers(0, 300), st.sampled_from([q, b"\n", b"\xff", d, b"\\"])), max_size=4)):
        data[place % (len(data) + 1) : place % (len(data) + 1)] = junk
    return bytes(data), dialect


def expected(data: bytes, dialect: Dialect, columns: int, limit: int) -> tuple[list[Result] | int, ExactReader]:
    quote = dialect.quote.encode() if dialect.quote else None
    reader = ExactReader(data, dialect.delimiter.encode(), quote, dialect.escape == "backslash", dialect.encoding, limit)
    try:
        return reader.read(columns), reader
    except LineTooLong as error:
        return error.line, reader


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readers") / "file.csv"


def agrees(path: Path, data: bytes, dialect: Dialect, columns: int, block: int, limit: int, restart: int) -> None:
    wanted, reader = expected(data, dialect, columns, limit)
    if isinstance(wanted, int):
        with pytest.raises(BrokenFile) as caught:
            blocks_of(path, data, dialect, columns, block=block, limit=limit)
        assert caught.value.line == wanted
        return
    blocks = blocks_of(path, data, dialect, columns, block=block, limit=limit)
    assert results_of(blocks) == wanted
    if not blocks:
        assert not wanted
        return
    assert (blocks[-1].end.offset, blocks[-1].end.blank) == (len(data), reader.blanks)
    position = blocks[restart % len(blocks)].end
    again = blocks_of(path, data, dialect, columns, block=max(1, block // 2), limit=limit, start=position)
    assert results_of(again) == [r for r in wanted if r.record > position.record]
    assert all(a.end == b.start for a, b in pairwise(blocks))


sizes = st.one_of(st.integers(1, 40), st.just(1 << 20))
limits = st.one_of(st.integers(1, 60), st.just(1 << 20), st.just(1 << 20))


@many
@given(dirty(), st.integers(1, 4), sizes, limits, st.integers(0, 50))
@example((b'a,"b\nc"d,e\nx,5" y\nf,g\n', Dialect()), 2, 1, 1 << 20, 0)
@example((b'"a\n' + b'b "" c\n' * 5, Dialect()), 1, 7, 20, 3)
@example((b'x,\\\r\n"y"\\', Dialect(escape="backslash")), 2, 3, 1 << 20, 0)
@example((b"aaaa\r\n", Dialect()), 1, 5, 4, 0)
@example((b'"a\nb",ccccc\nd,e\n', Dialect()), 2, 3, 8, 0)
def test_any_bytes_give_the_records_of_the_grammar(
    path: Path, case: tuple[bytes, Dialect], columns: int, block: int, limit: int, restart: int
) -> None:
    agrees(path, *case, columns, block, limit, restart)


@many
@given(tables(), st.integers(1, 4), sizes, limits, st.integers(0, 50))
def test_damaged_tables_give_the_records_of_the_grammar(
    path: Path, case: tuple[bytes, Dialect], columns: int, block: int, limit: int, restart: int
) -> None:
    agrees(path, *case, columns, block, limit, restart)


VALUES = st.text("ab,;\"'\n\r é\0\\", max_size=6)


@many
@given(
    st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(VALUES, min_size=n, max_size=n))),
    # with another line end the csv module would leave a lone CR or LF in a value without quotes
    st.sampled_from([(csv.QUOTE_MINIMAL, "\r\n"), (csv.QUOTE_ALL, "\n"), (csv.QUOTE_ALL, "\r")]),
    st.integers(1, 64),
)
def test_clean_files_read_as_the_csv_module_reads_them(path: Path, rows: list[list[str]], written: tuple[int, str], block: int) -> None:
    text = io.StringIO()
    quoting, end = written
    # a lone empty value is written as "" by the csv module, so no line is blank
    csv.writer(text, quoting=quoting, lineterminator=end).writerows(rows)
    columns = len(rows[0]) if rows else 1
    blocks = blocks_of(path, text.getvalue().encode(), Dialect(), columns, block=block, limit=1 << 20)
    assert [r.cells for r in results_of(blocks)] == [tuple(c or None for c in row) for row in rows]
    assert all(r.code is None for r in results_of(blocks))


def test_block_sizes_do_not_move_the_last_position(path: Path) -> None:
    data = b'\n\na,"b\nc"d\n\n"x\n\n5" y,z\r\r\n"k""",l\n\n'
    ends = {blocks_of(path, data, Dialect(), 2, block=size, limit=1 << 20)[-1].end for size in range(1, len(data) + 2)}
    assert len(ends) == 1
    assert replace(next(iter(ends)), record=0, suspect_until=0).offset == len(data)
