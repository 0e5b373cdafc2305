"""Files are recognised for what they are."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from pathlib import Path

import pytest

from importer.config import Settings
from importer.errors import EmptyFile, UnknownEncoding, UnsupportedFormat
from importer.model import Dialect
from importer.readers.detect import Detection, detect

ROWS = [
    ["id", "name", "note", "amount"],
    *[[str(i), f"Name {i}", ['say "hi", you', "two\nlines", "it's; fine | ok", "plain"][i % 4], f"{i},5"] for i in range(200)],
]


def detected(path: Path, data: bytes) -> Detection:
    file = path / "file.csv"
    file.write_bytes(data)
    return detect(file, Settings())


def written(rows: list[list[str]], **how: object) -> bytes:
    text = io.StringIO()
    csv.writer(text, **how).writerows(rows)  # type: ignore[call-overload]
    return text.getvalue().encode()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ":"])
@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_of_the_csv_module_are_recognised(tmp_path: Path, delimiter: str, quote: str, quoting: int, end: str) -> None:
    data = written(ROWS, delimiter=delimiter, quotechar=quote, quoting=quoting, lineterminator=end)
    found = detected(tmp_path, data)
    assert found.dialect == Dialect(delimiter=delimiter, quote=quote)
    assert found.confidence > 0.9


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_backslash_escapes_are_recognised(tmp_path: Path, delimiter: str) -> None:
    data = written(ROWS, delimiter=delimiter, doublequote=False, escapechar="\\", quoting=csv.QUOTE_ALL)
    assert detected(tmp_path, data).dialect == Dialect(delimiter=delimiter, escape="backslash")


def test_a_backslash_at_the_end_of_a_value_is_no_escape(tmp_path: Path) -> None:
    rows = [["folder", "name"], *[[f"C:\\data\\{i}\\", 'a "b"'] for i in range(50)]]
    assert detected(tmp_path, written(rows, quoting=csv.QUOTE_ALL)).dialect == Dialect()


def test_quotes_that_enclose_nothing_are_text(tmp_path: Path) -> None:
    data = b"size\tname\n" + b'"half inch\tpipe\n3"\trod\n' + b'"half\tpipe\n3\trod\n' * 50
    assert detected(tmp_path, data).dialect == Dialect(delimiter="\t", quote=None)


def test_the_reason_is_told_in_numbers(tmp_path: Path) -> None:
    found = detected(tmp_path, b"a,b,c\n" + b"1,2,3\n" * 997 + b"1,2\n" * 2)
    assert found.evidence[0] == "The comma splits 998 of 1,000 lines into 3 values."


def test_a_file_with_one_column_is_read_by_commas_and_says_so(tmp_path: Path) -> None:
    found = detected(tmp_path, b"email\n" + b"a@example.com\n" * 20)
    assert (found.dialect, "one column" in found.evidence[0]) == (Dialect(), True)
    assert detected(tmp_path, b"time\n" + b"12:30:00\n" * 20).dialect == Dialect()


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ("a@example.com", "b@example.org"),
        ("6f1c1a3e-0dff-4e5c-81db-488b37e069a9", "6f1c1a3e-0dff-4e5c-81db-488b37e069aa"),
        ("2024-02-29", "2023-01-01"),
        ("https://example.com/a", "http://example.com"),
    ],
)
def test_a_first_line_with_values_is_no_header(tmp_path: Path, first: str, later: str) -> None:
    found = detected(tmp_path, f"x,{first}\n".encode() + f"y,{later}\n".encode() * 5)
    assert (found.dialect.header, found.dialect.header_line) == (False, 0)
    assert any("no header" in sentence for sentence in found.evidence)


@pytest.mark.parametrize("data", [b"name,2024-01-01\na,5\nb,6\n", b"a@example.com,b\n", b"2020,2021\n1,2\n"])
def test_a_first_line_is_a_header_unless_the_column_goes_on_like_it(tmp_path: Path, data: bytes) -> None:
    assert detected(tmp_path, data).dialect.header


def test_the_line_of_the_header_is_told(tmp_path: Path) -> None:
    assert detected(tmp_path, b"\r\n\r\na,b\r\n1,2\r\n").dialect.header_line == 3


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("windows-1252", "Name;Ort\nJürgen Müller;Köln\nÄnne Größe;Düsseldorf\n"),
        ("windows-1252", "Nom;Ville\nZoë;Genève\nJosé;Besançon “€5”\n"),
        ("windows-1250", "Imię;Miasto\nŁukasz Gąska;Gdańsk\nPaweł Świątek;Łódź\n"),
        ("windows-1250", "Jméno;Město\nDvořák;Plzeň\nŽižka;Třeboň\n"),
        ("windows-1250", "Név;Város\nŐry;Győr\nTóth;Fűzfő\n"),
        ("iso-8859-2", "Imię;Miasto\nŁukasz Gąska;Gdańsk\nPaweł Świątek;Łódź\n"),
        ("windows-1251", "Имя;Город\nИван Петров;Москва\nОльга;Санкт-Петербург\n"),
        ("windows-1254", "Ad;Şehir\nİbrahim Yıldız;İstanbul\nAyşe Şahin;Eskişehir\n"),
        ("iso-8859-15", "Name;Preis\nMüller;5 €\nŒuvre;6 €\n"),
    ],
)
def test_code_pages_are_told_apart_by_their_letters(tmp_path: Path, encoding: str, text: str) -> None:
    found = detected(tmp_path, text.encode(encoding) * 10)
    assert found.dialect.encoding == encoding
    assert "guessed" in found.notices[0]


def test_utf8_is_recognised_with_and_without_mark_and_with_a_few_bad_lines(tmp_path: Path) -> None:
    text = "Name,Ort\n" + "Müller,Köln\n" * 50
    assert detected(tmp_path, text.encode()).dialect.encoding == "utf-8"
    assert "mark" in detected(tmp_path, text.encode("utf-8-sig")).evidence[-1]
    damaged = detected(tmp_path, text.encode() + b"M\xfcller,x\n")
    assert damaged.dialect.encoding == "utf-8"
    assert "set aside" in damaged.notices[0]


def test_large_files_are_judged_by_their_middle_and_end_too(tmp_path: Path) -> None:
    plain = b"name,city\n" + b"abc,def\n" * 150_000
    found = detected(tmp_path, plain + "Müller,Köln\n".encode("cp1252") * 20_000)
    assert found.dialect.encoding == "windows-1252"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_wide_text_is_refused_with_advice(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(UnknownEncoding, match="UTF-") as caught:
        detected(tmp_path, "name,city\nMüller,Köln\n".encode(encoding))
    assert "UTF-8" in caught.value.fix


def packed(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "text")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (packed("xl/workbook.xml"), "Excel workbook"),
        (packed("a.csv"), "ZIP archive"),
        (gzip.compress(b"a,b\n"), "gzip"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PAR1\x15\x04", "Parquet"),
        (bytes(range(32)) * 50, "binary"),
    ],
)
def test_files_that_are_no_text_are_named_and_refused(tmp_path: Path, data: bytes, kind: str) -> None:
    with pytest.raises(UnsupportedFormat, match=kind) as caught:
        detected(tmp_path, data)
    assert caught.value.fix


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf\r\n"])
def test_a_file_without_text_is_empty(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(EmptyFile):
        detected(tmp_path, data)


def test_a_few_control_bytes_do_not_make_a_file_binary(tmp_path: Path) -> None:
    assert detected(tmp_path, b"a,b\n" + b"x\0y,z\n" * 10 + b"plain text here,more text here\n" * 10).dialect == Dialect()
