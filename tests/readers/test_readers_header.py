"""Headers and previews."""

from __future__ import annotations

from pathlib import Path

import pytest

from importer.config import Settings
from importer.errors import BrokenFile, EmptyFile, MissingHeader, UnsupportedFormat
from importer.model import Dialect, Position
from importer.readers.header import Header, read_header
from importer.readers.preview import preview


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def header_of(path: Path, data: bytes, dialect: Dialect | None = None, **limits: int) -> Header:
    path.write_bytes(data)
    return read_header(path, dialect or Dialect(), Settings(**limits))  # type: ignore[arg-type]


def test_names_stand_as_in_the_file_and_the_body_begins_behind_them(path: Path) -> None:
    header = header_of(path, b'\xef\xbb\xbfname,"e\r\nmail"\r\nx,y\r\n')
    assert header == Header(("name", "e\r\nmail"), ("name", "e\r\nmail"), Position(19, 3), ())


def test_blank_lines_above_the_header_are_skipped_and_counted(path: Path) -> None:
    assert header_of(path, b"\n\r\n\ra,b\nc,d\n").body == Position(8, 5, blank=3)


@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_the_header_does_not_depend_on_the_size_of_the_blocks(path: Path, block: int) -> None:
    assert header_of(path, b'\n"a\nb",c\rx,y', block_bytes=block).body == Position(9, 4, blank=1)


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        (b"a,,b,", ("a", "column_2", "b", "column_4")),
        (b"email,Email,EMAIL", ("email", "Email_2", "EMAIL_3")),
        (b"a,a,a_2", ("a", "a_3", "a_2")),
        (b"column_2,", ("column_2", "column_2_2")),
        (b"_line,_RECORD_ID,_errors,_raw,_id", ("line_2", "RECORD_ID_2", "errors_2", "raw_2", "_id")),
        (b" a ,b", ("a", "b")),
    ],
)
def test_columns_are_unique_without_regard_to_case(path: Path, line: bytes, columns: tuple[str, ...]) -> None:
    header = header_of(path, line + b"\n")
    assert header.columns == columns
    assert header.names == tuple(line.decode().split(","))


def test_changed_names_are_told(path: Path) -> None:
    assert header_of(path, b"email,email,,_line\n").notices == (
        "The name email stands twice; the second is called email_2.",
        "Column 3 has no name and is called column_3.",
        "The name _line is kept for the importer; column 4 is called line_2.",
    )


def test_a_file_without_header_gets_numbered_columns(path: Path) -> None:
    header = header_of(path, b"\n1,2,3\n", Dialect(header=False, header_line=0))
    assert header == Header(("column_1", "column_2", "column_3"), ("column_1", "column_2", "column_3"), Position(1, 2, blank=1), ())


def test_lines_above_a_chosen_header_line_are_left_out(path: Path) -> None:
    header = header_of(path, b'Report "2024\n\r\na,b\n1,2\n', Dialect(header_line=3))
    assert (header.columns, header.body) == (("a", "b"), Position(19, 4, blank=1))
    with pytest.raises(MissingHeader):
        header_of(path, b"a\nb\n", Dialect(header_line=9))


def test_names_are_decoded(path: Path) -> None:
    assert header_of(path, "Größe,Œuvre\n".encode("cp1252"), Dialect(encoding="cp1252")).names == ("Größe", "Œuvre")


@pytest.mark.parametrize("data", [b"", b"\n\r\n\r", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_a_file_without_text_is_empty(path: Path, data: bytes) -> None:
    with pytest.raises(EmptyFile):
        header_of(path, data)


@pytest.mark.parametrize("data", [b'a,"b\nc,d\n', b'"a"b,c\n', b"M\xfcller,b\n"])
def test_a_header_that_cannot_be_read_stops_the_file(path: Path, data: bytes) -> None:
    with pytest.raises(BrokenFile) as caught:
        header_of(path, b"\n" + data)
    assert caught.value.line == 2


def test_too_many_columns_are_refused(path: Path) -> None:
    with pytest.raises(UnsupportedFormat, match="has 11 columns; at most 10"):
        header_of(path, b"," * 10, max_columns=10)


def test_a_preview_shows_records_in_order_with_their_problems(path: Path) -> None:
    path.write_bytes(b'name,email\na,b\nc\n"d\ne",\n"f"g,h\n')
    shown = preview(path, Dialect(), Settings())
    assert shown.columns == ("name", "email")
    assert [(line, cells) for line, cells, _ in shown.rows] == [(2, ("a", "b")), (3, None), (4, ("d\ne", None)), (6, None)]
    assert "Has 1 value where the header has 2 columns." in (shown.rows[1][2] or "")


def test_a_preview_ends_at_its_limit_and_reads_no_further(path: Path) -> None:
    path.write_bytes(b"a\n" + b"x\n" * 200_000 + b"y" * 500_000)
    shown = preview(path, Dialect(), Settings(max_record_bytes=300_000), limit=5)
    assert [row[0] for row in shown.rows] == [2, 3, 4, 5, 6]
