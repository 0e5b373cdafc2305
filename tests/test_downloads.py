"""The error list and the rejected records: complete, safe to open in a spreadsheet, and ready to be brought back."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from importer.access import Person
from importer.config import load_settings
from importer.model import Dialect, Goal, Import, Ledger
from importer.service import SAMPLES, Importer
from importer.staging import connect
from importer.staging.reports import protected

GOLDEN = Path(__file__).parent / "golden"


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as f:
        return list(csv.reader(f))


def test_the_error_list_of_the_bad_sample_is_the_golden_one(service: Importer, me: Person, import_file: Callable[..., Import]) -> None:
    job = import_file(SAMPLES / "customers_bad.csv")
    assert service.error_list(me, job.id)[0].read_bytes() == (GOLDEN / "customers_bad.errors.csv").read_bytes()
    assert service.rejected_records(me, job.id)[0].read_bytes() == (GOLDEN / "customers_bad.rejected.csv").read_bytes()


def test_the_error_list_is_the_same_for_every_size_of_parts(file: Callable[..., Path], tmp_path: Path) -> None:
    from tests.conftest import work_here

    for size in (1, 100, 777, 4096):
        settings = load_settings(tmp_path / f"w{size}", env={"IMPORTER_BLOCK_BYTES": str(size)})
        service = Importer(settings)
        me = service.local_person()
        draft = service.draft_from_path(me, SAMPLES / "customers_bad.csv", "customers")
        service.check(me, draft.id, service.suggest_recipe(me, draft.id))
        job = work_here(service, draft.id)
        assert job.ledger == Ledger(records=60, created=47, duplicate=1, rejected=12)
        assert service.error_list(me, job.id)[0].read_bytes() == (GOLDEN / "customers_bad.errors.csv").read_bytes()
        assert service.rejected_records(me, job.id)[0].read_bytes() == (GOLDEN / "customers_bad.rejected.csv").read_bytes()


def test_rejected_records_have_the_columns_of_the_file_and_one_more(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    job = import_file(file("\ufeffCity,E-mail,Ünïcode\nParis,bad,x\n=SUM(A1),worse,'=y\n"), goal=Goal.CHECK)
    table = cells(service.rejected_records(me, job.id)[0])
    assert table[0] == ["City", "E-mail", "Ünïcode", "_errors"]
    assert table[1] == ["Paris", "bad", "x", "Line 2: E-mail: Is not an e-mail address."]
    assert table[2][:3] == ["'=SUM(A1)", "worse", "''=y"]


def test_rejected_records_that_were_corrected_are_taken_back_as_they_were(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    first = import_file(file("email,city,phone\nbad,=SUM(A1),+48123456789\nbad2,''+x,-\n"))
    text = (
        service.rejected_records(me, first.id)[0]
        .read_text(encoding="utf-8-sig")
        .replace("bad2", "b@b.co")
        .replace("bad", "a@b.co")
        .replace("'-", "")
    )
    job = import_file(file(text, "corrected.csv"))
    assert job.ledger == Ledger(records=2, created=2)
    page = service.records(me, "customers")
    at = page.columns.index
    assert [(r[at("city")], r[at("phone")]) for r in page.rows] == [("=SUM(A1)", "+48123456789"), ("''+x", None)]
    assert "attributes._errors" not in page.columns


def test_a_line_that_could_not_be_read_stands_in_the_download_as_it_was(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    job = import_file(file(b'email,city\na@b.co\nb@b.co,"Par" is\nc@b.co,Z\xfcrich\nd@b.co,1,2\n'), goal=Goal.CHECK, dialect=Dialect())
    table = cells(service.rejected_records(me, job.id)[0])[1:]
    assert [row[-1].split("The line reads: ")[1] for row in table] == ["a@b.co", 'b@b.co,"Par" is', r"c@b.co,Z\xfcrich", "d@b.co,1,2"]
    assert [row[0] for row in table] == ["a@b.co", "", "c@b.co", "d@b.co"]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12))
def test_taking_one_apostrophe_away_gives_every_protected_text_back(text: str) -> None:
    with connect(":memory:", load_settings("unused", env={})) as db:
        row = db.execute(f"SELECT {protected('$t')}", {"t": text}).fetchone()
    assert row is not None
    safe = str(row[0])
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    stripped = safe.lstrip("'")
    undone = safe[1:] if safe.startswith("'") and stripped[:1] in tuple("=+-@\t\r") else safe
    assert undone == text


def test_a_record_that_only_the_destination_can_refuse_is_among_the_rejected_ones(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    job = import_file(file('email,clientId,city\na@b.co,1,Rome\n,5,"Paris, Île"\n'))
    assert (job.ledger.created, job.ledger.rejected) == (1, 1)
    path, _ = service.rejected_records(me, job.id)
    rows = list(csv.reader(path.open(encoding="utf-8-sig", newline="")))
    assert rows[0] == ["email", "clientId", "city", "_errors"]
    assert rows[1][:3] == ["", "5", "Paris, Île"]
    assert "No customer has this client id" in rows[1][3]
