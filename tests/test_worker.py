"""An import from a file to loaded records, in one process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from importer.access import Person
from importer.model import Goal, Import, Ledger, Outcome, RecordFilter, StageStatus, Status
from importer.service import SAMPLES, Importer

GOOD = "email,customId,city\na@b.co,1,Paris\nb@b.co,2,Lyon\n"


def rows(service: Importer, me: Person, *columns: str) -> list[tuple[object, ...]]:
    page = service.records(me, "customers", limit=1000)
    return [tuple(row[page.columns.index(c)] if c in page.columns else None for c in columns) for row in page.rows]


def test_a_file_without_faults_is_loaded_in_full(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    job = import_file(file(GOOD))
    assert (job.status, job.outcome) == (Status.FINISHED, Outcome.COMPLETED)
    assert job.ledger == Ledger(records=2, created=2)
    assert (job.process.status, job.load.status) == (StageStatus.COMPLETED, StageStatus.COMPLETED)
    assert rows(service, me, "email", "customId", "city", "_import", "_line") == [
        ("a@b.co", "1", "Paris", job.id, 2),
        ("b@b.co", "2", "Lyon", job.id, 3),
    ]


def test_the_bad_sample_is_loaded_in_part_and_everything_is_counted(
    service: Importer, me: Person, import_file: Callable[..., Import]
) -> None:
    job = import_file(SAMPLES / "customers_bad.csv")
    assert job.outcome is Outcome.PARTIALLY
    assert job.ledger == Ledger(records=60, created=47, duplicate=1, rejected=12)
    assert job.ledger.balanced
    assert service.records(me, "customers").total == 47


def test_a_check_changes_nothing_and_foresees_the_load(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    import_file(file(GOOD))
    job = import_file(file("email,customId,city\na@b.co,1,Nice\nb@b.co,2,Lyon\nc@b.co,3,Rome\nbad,4,Rome\n"), goal=Goal.CHECK)
    assert job.status is Status.CHECKED
    assert job.ledger == Ledger(records=4, created=1, updated=1, unchanged=1, rejected=1)
    assert rows(service, me, "city") == [("Paris",), ("Lyon",)]


def test_what_was_checked_is_what_is_loaded(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    from tests.conftest import work_here

    import_file(file(GOOD))
    checked = import_file(file("email,city\na@b.co,Nice\nc@b.co,Rome\n"), goal=Goal.CHECK)
    service.start(me, checked.id)
    job = work_here(service, checked.id)
    assert job.ledger == checked.ledger == Ledger(records=2, created=1, updated=1)
    assert job.process.seconds == checked.process.seconds
    assert sorted(rows(service, me, "email", "city")) == [("a@b.co", "Nice"), ("b@b.co", "Lyon"), ("c@b.co", "Rome")]


def test_the_same_file_again_changes_nothing(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    first = import_file(file(GOOD))
    again = import_file(file(GOOD))
    assert again.ledger == Ledger(records=2, unchanged=2)
    assert again.outcome is Outcome.COMPLETED
    assert rows(service, me, "_import") == [(first.id,), (first.id,)]


def test_an_empty_cell_leaves_the_value_as_it_is(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    import_file(file("email,city,sex,newsletter\na@b.co,Paris,FEMALE,true\n"))
    job = import_file(file("email,city,sex,newsletter\na@b.co,,null,\n"))
    assert job.ledger == Ledger(records=1, unchanged=1)
    assert rows(service, me, "city", "sex", "agreements.email") == [("Paris", "FEMALE", True)]


def test_customers_are_found_by_the_first_filled_identifier(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    import_file(file("email,customId,phone,city\nA@b.co,1,,Paris\n,2,,Lyon\n,,+48123456,Nice\n"))
    job = import_file(file("email,customId,phone,city\na@B.co,,,Rome\n,2,,Bari\n,,+48123456,Pisa\nnew@b.co,2,,Turin\n"))
    assert job.ledger == Ledger(records=4, created=1, updated=3)
    assert rows(service, me, "email", "customId", "city") == [
        ("a@B.co", "1", "Rome"), (None, "2", "Bari"), (None, None, "Pisa"), ("new@b.co", "2", "Turin"),
    ]  # fmt: skip


def test_of_records_about_one_customer_the_last_wins(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    job = import_file(file("email,city\na@b.co,Paris\nb@b.co,Lyon\nA@B.CO,Rome\na@b.co,Bari\n"))
    assert job.ledger == Ledger(records=4, created=2, duplicate=2)
    assert job.outcome is Outcome.COMPLETED
    found = service.violations(me, job.id, code="CUST_DUP").items
    assert [(v.line, v.column, v.value) for v in found] == [(2, "email", "a@b.co"), (4, "email", "A@B.CO")]
    assert "line 5" in found[0].message
    assert rows(service, me, "email", "city") == [("b@b.co", "Lyon"), ("a@b.co", "Bari")]


def test_one_customer_under_two_identifiers_is_one_customer(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    after = import_file(file("email,customId,city\na@b.co,1,Paris\n,1,Rome\n"))
    assert after.ledger == Ledger(records=2, created=1, updated=1)
    assert rows(service, me, "email", "customId", "city") == [("a@b.co", "1", "Rome")]


def test_a_client_id_alone_never_creates(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    import_file(file("email,clientId\na@b.co,5\n"))
    text = "email,clientId,city\n,5,Rome\n,6,Bari\n"
    checked = import_file(file(text), goal=Goal.CHECK)
    assert checked.ledger == Ledger(records=2, updated=1, rejected=1)
    job = import_file(file(text))
    assert job.ledger == Ledger(records=2, updated=1, rejected=1)
    assert [(v.line, v.code) for v in service.violations(me, job.id, severity="error").items] == [(3, "CUST_CLIENTID_UNKNOWN")]
    assert rows(service, me, "email", "city") == [("a@b.co", "Rome")]


def test_two_ids_with_one_address_are_pointed_out(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    job = import_file(file("email,customId\na@b.co,1\nb@b.co,1\nc@b.co,3\n"))
    assert job.outcome is Outcome.COMPLETED
    assert [(v.line, v.field, v.value) for v in service.violations(me, job.id, code="CUST_ID_CONFLICT").items] == [
        (2, "customId", "1"), (3, "customId", "1"),
    ]  # fmt: skip


def test_tags_are_added_to_those_that_are_there(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    import_file(file("email,tags\na@b.co,vip\n"))
    assert import_file(file("email,tags\na@b.co,vip\n")).ledger.unchanged == 1
    assert import_file(file("email,tags\na@b.co,new\n")).ledger.updated == 1
    assert rows(service, me, "tags") == [(["vip", "new"],)]


def test_attributes_get_columns_of_their_own(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    import_file(file("email,Shoe size\na@b.co,39\n"))
    import_file(file("email,colour\nb@b.co,red\n"))
    assert rows(service, me, "email", "attributes.Shoe_size", "attributes.colour") == [("a@b.co", "39", None), ("b@b.co", None, "red")]
    narrow = service.records(me, "customers", filters=(RecordFilter("attributes.colour", "filled"),))
    assert narrow.total == 1


def test_when_all_records_are_bad_nothing_is_loaded_and_it_says_so(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    job = import_file(file("email,city\nbad,Paris\nworse,Lyon\n"))
    assert job.outcome is Outcome.ERRORS
    assert job.ledger == Ledger(records=2, rejected=2)
    assert job.reason == "All 2 records broke a rule, so nothing was loaded."
    assert service.tables(me) == ()


def test_a_header_without_records_ends_with_errors_and_the_reason(file: Callable[..., Path], import_file: Callable[..., Import]) -> None:
    job = import_file(file("email,city\n"))
    assert (job.outcome, job.error_code) == (Outcome.ERRORS, "FILE_EMPTY")
    assert job.ledger == Ledger()
    assert job.process.status is StageStatus.FAILED


def test_any_table_is_added_as_text(service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]) -> None:
    job = import_file(file("name,name,\nx,007,null\n,=1,\n"), "generic")
    assert job.ledger == Ledger(records=2, created=2)
    page = service.records(me, "generic")
    assert page.columns[:4] == ("_id", "name", "name_2", "column_3")
    assert [row[1:4] for row in page.rows] == [("x", "007", "null"), (None, "=1", None)]
    import_file(file("other\ny\n"), "generic")
    assert service.records(me, "generic").total == 3


def test_two_thousand_columns_and_a_field_of_ten_megabytes_are_loaded(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    header = ",".join(f"column {i}" for i in range(2000))
    rows = "\n".join(",".join(str(i * r) for i in range(2000)) for r in range(40))
    assert import_file(file(f"{header}\n{rows}\n"), "generic").ledger == Ledger(records=40, created=40)
    long = "x" * 10_000_000
    job = import_file(file(f'a,b\n{long},1\n"{long}\n",2\n'), "generic")
    assert job.ledger == Ledger(records=2, created=2)
    page = service.records(me, "generic", import_id=job.id)
    assert [len(str(row[page.columns.index("a")])) for row in page.rows] == [4_000, 4_000]
