"""What a record is, case by case: bytes in, records with line, cells or code, and source bytes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from exact_reader import Result
from reading import blocks_of, results_of

from importer.config import Settings
from importer.errors import BrokenFile, LedgerError, UnknownEncoding, UnsupportedFormat
from importer.model import Dialect, Position
from importer.readers import csv as reader
from importer.readers.csv import read_blocks

COMMA = Dialect()
BACKSLASH = Dialect(escape="backslash")
BIG = 1 << 20

Row = tuple[int, str | None, bytes, tuple[str | None, ...]]

CASES: dict[str, tuple[Dialect, int, bytes, list[Row]]] = {
    "LF, CRLF and CR end records, in any mixture": (
        COMMA,
        2,
        b"a,b\nc,d\r\ne,f\rg,h",
        [
            (1, None, b"a,b", ("a", "b")),
            (2, None, b"c,d", ("c", "d")),
            (3, None, b"e,f", ("e", "f")),
            (4, None, b"g,h", ("g", "h")),
        ],
    ),
    "blank lines are no records but lines": (
        COMMA,
        1,
        b"\n\na\r\n\r\n\rb\n\n",
        [(3, None, b"a", ("a",)), (6, None, b"b", ("b",))],
    ),
    "a line with a space is a record": (COMMA, 1, b" \n", [(1, None, b" ", (" ",))]),
    "a quoted empty value in a file with one column is a record": (
        COMMA,
        1,
        b'""\nx\n',
        [(1, None, b'""', (None,)), (2, None, b"x", ("x",))],
    ),
    "line ends inside quotes belong to the value and count as lines": (
        COMMA,
        2,
        b'a,"1\n2\r\n3\r4"\nb,c\n',
        [(1, None, b'a,"1\n2\r\n3\r4"', ("a", "1\n2\r\n3\r4")), (5, None, b"b,c", ("b", "c"))],
    ),
    "a blank line inside quotes is text": (COMMA, 1, b'"a\n\nb"\nc', [(1, None, b'"a\n\nb"', ("a\n\nb",)), (4, None, b"c", ("c",))]),
    "delimiters and doubled quotes inside quotes are text": (
        COMMA,
        2,
        b'"a,b","c""d"""\n',
        [(1, None, b'"a,b","c""d"""', ("a,b", 'c"d"'))],
    ),
    "a quote inside an unquoted value is text": (
        COMMA,
        3,
        b'5" pipe,a"b"c,""\nx,6",y""z\n',
        [(1, None, b'5" pipe,a"b"c,""', ('5" pipe', 'a"b"c', None)), (2, None, b'x,6",y""z', ("x", '6"', 'y""z'))],
    ),
    "a space before a quote makes it text": (COMMA, 2, b'a, "b"\n', [(1, None, b'a, "b"', ("a", ' "b"'))]),
    "values are not stripped": (COMMA, 2, b" a ,\tb \n", [(1, None, b" a ,\tb ", (" a ", "\tb "))]),
    "empty and quoted empty values are null": (COMMA, 3, b',"",x\n', [(1, None, b',"",x', (None, None, "x"))]),
    "words for nothing are words": (COMMA, 3, b"NULL,NA,nan\n", [(1, None, b"NULL,NA,nan", ("NULL", "NA", "nan"))]),
    "NUL bytes are ordinary": (COMMA, 2, b'a\0b,"\0"\n', [(1, None, b'a\0b,"\0"', ("a\0b", "\0"))]),
    "a byte order mark at the start is skipped": (COMMA, 1, b'\xef\xbb\xbf"a"\n', [(1, None, b'"a"', ("a",))]),
    "a second byte order mark is text": (
        COMMA,
        1,
        b"\xef\xbb\xbf\xef\xbb\xbfa\n\xef\xbb\xbfb\n",
        [(1, None, b"\xef\xbb\xbfa", ("\ufeffa",)), (2, None, b"\xef\xbb\xbfb", ("\ufeffb",))],
    ),
    "too few and too many values are told apart and kept as far as they go": (
        COMMA,
        2,
        b'a\nb,"c\nd",e,f\n,\n',
        [
            (1, "ROW_FEW_FIELDS", b"a", ("a", None)),
            (2, "ROW_MANY_FIELDS", b'b,"c\nd",e,f', ("b", "c\nd")),
            (4, None, b",", (None, None)),
        ],
    ),
    "bytes that are not UTF-8 are shown as replacement characters": (
        COMMA,
        2,
        b"M\xfcnchen,x\nK\xc3\xb6ln,y\n\xc3,\xff\n",
        [
            (1, "ROW_ENCODING", b"M\xfcnchen,x", ("M�nchen", "x")),
            (2, None, "Köln,y".encode(), ("Köln", "y")),
            (3, "ROW_ENCODING", b"\xc3,\xff", ("�", "�")),
        ],
    ),
    "the encoding goes before the number of values": (COMMA, 2, b"\xfc\n", [(1, "ROW_ENCODING", b"\xfc", ("�", None))]),
    "text behind a closing quote damages the line only": (
        COMMA,
        2,
        b'a,"b"c\nd,e\n',
        [(1, "ROW_QUOTE", b'a,"b"c', (None, None)), (2, None, b"d,e", ("d", "e"))],
    ),
    "a quote that is never closed damages its line only": (
        COMMA,
        2,
        b'a,"b\nc,d\ne,f\n',
        [(1, "ROW_QUOTE", b'a,"b', (None, None)), (2, None, b"c,d", ("c", "d")), (3, None, b"e,f", ("e", "f"))],
    ),
    "the torn tail of a value over several lines is no record": (
        COMMA,
        2,
        b'a,"b\nc"d,x\nz,5" w\n',
        [
            (1, "ROW_QUOTE", b'a,"b', (None, None)),
            (2, "ROW_QUOTE", b'c"d,x', (None, None)),
            (3, None, b'z,5" w', ("z", '5" w')),
        ],
    ),
    "stray quotes are suspect up to the place of the damage and text behind it": (
        COMMA,
        2,
        b'a,"b\nk,5"" l\nc"d,e\nz,5" w\n',
        [
            (1, "ROW_QUOTE", b'a,"b', (None, None)),
            (2, "ROW_QUOTE", b'k,5"" l', (None, None)),
            (3, "ROW_QUOTE", b'c"d,e', (None, None)),
            (4, None, b'z,5" w', ("z", '5" w')),
        ],
    ),
    "quote damage goes before the encoding": (COMMA, 1, b'"\xfc"x\n', [(1, "ROW_QUOTE", b'"\xfc"x', (None,))]),
    "a backslash takes the next character literally": (
        BACKSLASH,
        2,
        b'"a\\"b","c\\\\"\n\\"d\\,e\\\nf,g\\h""\n',
        [(1, None, b'"a\\"b","c\\\\"', ('a"b', "c\\")), (2, None, b'\\"d\\,e\\\nf,g\\h""', ('"d,e\nf', 'gh""'))],
    ),
    "a backslash takes CRLF as one character, and stands for itself at the end": (
        BACKSLASH,
        1,
        b"a\\\r\nb\r\n\\",
        [(1, None, b"a\\\r\nb", ("a\r\nb",)), (3, None, b"\\", ("\\",))],
    ),
    "a backslash is text without backslash escapes": (COMMA, 2, b'"C:\\",b\\\n', [(1, None, b'"C:\\",b\\', ("C:\\", "b\\"))]),
    "other quotes leave double quotes alone": (
        Dialect(quote="'", delimiter=";"),
        2,
        b"'a;''b';\"c\n",
        [(1, None, b"'a;''b';\"c", ("a;'b", '"c'))],
    ),
    "without quoting a quote is text": (
        Dialect(quote=None),
        2,
        b'"a,b"\n"c\n',
        [(1, None, b'"a,b"', ('"a', 'b"')), (2, "ROW_FEW_FIELDS", b'"c', ('"c', None))],
    ),
    "without quoting a backslash still escapes": (
        Dialect(quote=None, escape="backslash", delimiter="\t"),
        2,
        b'a\\\tb\t"c\\"\n',
        [(1, None, b'a\\\tb\t"c\\"', ("a\tb", '"c"'))],
    ),
    "a code page is read as characters": (
        Dialect(encoding="windows-1250"),
        2,
        "Łódź,Plzeň\n".encode("cp1250"),
        [(1, None, "Łódź,Plzeň".encode("cp1250"), ("Łódź", "Plzeň"))],
    ),
    "a byte that a code page does not define is an encoding problem": (
        Dialect(encoding="windows-1252"),
        2,
        b"\x80\xe9,a\n\x81,b\n",
        [(1, None, b"\x80\xe9,a", ("€é", "a")), (2, "ROW_ENCODING", b"\x81,b", ("�", "b"))],
    ),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


@pytest.mark.parametrize("name", CASES)
def test_records_are_read_as_the_grammar_says(path: Path, name: str) -> None:
    dialect, columns, data, rows = CASES[name]
    wanted = [Result(number, *row) for number, row in enumerate(rows, 1)]
    for block in (BIG, 1, 3, 7):
        assert results_of(blocks_of(path, data, dialect, columns, block=block, limit=BIG)) == wanted


def test_a_record_over_the_limit_is_damaged_and_suspect_up_to_the_limit(path: Path) -> None:
    data = b'"a\nb ""\nc ""\nd\n'
    results = results_of(blocks_of(path, data, COMMA, 1, block=2, limit=8))
    assert [(r.line, r.code) for r in results] == [(1, "ROW_QUOTE"), (2, "ROW_QUOTE"), (3, None), (4, None)]


@pytest.mark.parametrize("data", [b"a\n" + b"x" * 30, b'a\n"' + b"x" * 30 + b'"\nb\n', b'a\n"b\n' + b"x" * 30])
@pytest.mark.parametrize("block", [1, 5, BIG])
def test_a_line_over_the_limit_stops_the_file_and_is_named(path: Path, data: bytes, block: int) -> None:
    with pytest.raises(BrokenFile, match="longer than 20 bytes") as caught:
        blocks_of(path, data, COMMA, 1, block=block, limit=20)
    assert caught.value.line == data[: data.index(b"xxx")].count(b"\n") + 1
    assert caught.value.fix


def test_malformed_records_say_what_is_wrong_with_numbers(path: Path) -> None:
    data = b'a\nb,c,d\nabc\xfc,x\n"x"y,z\n'
    (block,) = blocks_of(path, data, COMMA, 2, block=BIG, limit=BIG)
    assert block.malformed["message"].to_list() == [
        "Has 1 value where the header has 2 columns.",
        "Has 3 values where the header has 2 columns.",
        "Contains bytes that are not valid UTF-8 (first at byte 4 of the record: FC).",
        "A quote is opened and not closed properly in this line.",
    ]
    assert all(block.malformed["hint"].to_list())
    assert block.malformed.columns == ["_record", "_line", "code", "message", "hint", "raw", "c0", "c1"]


def test_originals_are_the_source_bytes_of_the_records_asked_for(path: Path) -> None:
    blocks = blocks_of(path, b'a,"b\r\nc"\r\nbad\r\nd,e\n', COMMA, 2, block=BIG, limit=BIG)
    assert blocks[0].originals(pl.Series([3, 1])) == [b"d,e", b'a,"b\r\nc"']
    assert blocks[0].originals(pl.Series([], dtype=pl.Int64)) == []


def test_a_file_that_ends_behind_its_header_has_no_blocks(path: Path) -> None:
    path.write_bytes(b"a,b\n")
    assert not list(read_blocks(path, COMMA, 2, Position(4, 2), Settings()))


def test_positions_count_lines_records_and_blank_lines(path: Path) -> None:
    (block,) = blocks_of(path, b'a\n\n"b\nc"\n\n', COMMA, 1, block=BIG, limit=BIG)
    assert block.end == Position(offset=10, line=6, record=2, blank=2)


def test_what_is_handed_out_stays_small_when_a_quote_is_never_closed(path: Path) -> None:
    data = b'"a\n' + b"value\n" * 10_000
    blocks = blocks_of(path, data, COMMA, 1, block=1_000, limit=BIG)
    assert max(b.end.offset - b.start.offset for b in blocks) < 3_000
    assert blocks[-1].end.record == 10_001


def test_very_large_values_and_very_many_columns_are_read(path: Path) -> None:
    value = b'x,\n""y' * (1 << 20)
    (block,) = blocks_of(path, b'a,"' + value + b'"\n', COMMA, 2, block=4 << 20, limit=32 << 20)
    assert block.frame["c1"].str.len_bytes().to_list() == [5 << 20]
    wide = b",".join(b"%d" % i for i in range(2_500)) + b"\n"
    (block,) = blocks_of(path, wide * 3 + b"a\n", COMMA, 2_500, block=BIG, limit=BIG)
    assert block.frame["c2499"].to_list() == ["2499"] * 3
    assert block.malformed.shape == (1, 2_506)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32-le", "shift_jis", "gbk", "cp037", "base64", "no-such"])
def test_encodings_with_several_bytes_per_character_are_refused(path: Path, encoding: str) -> None:
    with pytest.raises(UnknownEncoding) as caught:
        blocks_of(path, b"a\n", Dialect(encoding=encoding), 1, block=BIG, limit=BIG)
    assert "UTF-8" in caught.value.fix


@pytest.mark.parametrize("encoding", ["UTF8", "utf-8-sig", "latin-1", "iso-8859-15", "windows-1254", "cp1251", "ascii", "koi8-r"])
def test_encodings_with_one_byte_per_character_are_taken(path: Path, encoding: str) -> None:
    assert results_of(blocks_of(path, b"a\n", Dialect(encoding=encoding), 1, block=BIG, limit=BIG))[0].cells == ("a",)


@pytest.mark.parametrize(
    "change", [{"delimiter": '"'}, {"delimiter": ";;"}, {"delimiter": "\n"}, {"quote": "§"}, {"escape": "x"}, {"delimiter": "\\"}]
)
def test_dialects_that_contradict_themselves_are_refused(path: Path, change: dict[str, str]) -> None:
    with pytest.raises(UnsupportedFormat):
        blocks_of(path, b"a\n", replace(BACKSLASH, **change), 1, block=BIG, limit=BIG)  # type: ignore[arg-type]


def test_a_missing_file_is_a_problem_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile):
        list(read_blocks(tmp_path / "none.csv", COMMA, 1, Position(), Settings()))


def test_a_block_whose_counts_do_not_add_up_is_our_fault(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = reader.malformed_frame
    monkeypatch.setattr(reader, "malformed_frame", lambda *a: original(*a).clear())
    with pytest.raises(LedgerError):
        blocks_of(path, b"a\nb,c\n", COMMA, 1, block=BIG, limit=BIG)
