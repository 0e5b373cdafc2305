"""Pools: in the catalogue, in the service, and what they do to the imports that go into them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from importer.access import Person
from importer.catalog import Catalog
from importer.errors import BadPool, DeclarationError, MappingProblem, NotAllowed, NotFound, WrongStatus
from importer.model import Goal, Import, Ledger, Outcome, Pool, PoolDetails, PoolUse, Severity, Status
from importer.schema import load_types, read_type
from importer.service import SAMPLES, Importer
from tests.conftest import work_here

GOLDEN = Path(__file__).parent / "golden"
TYPE = "vouchers"
ImportFile = Callable[..., Import]
WriteFile = Callable[..., Path]


@pytest.fixture
def pool(service: Importer, me: Person) -> Callable[..., Pool]:
    def make(name: str, **details: object) -> Pool:
        return service.create_pool(me, TYPE, PoolDetails(name, **details))  # type: ignore[arg-type]

    return make


def codes(service: Importer, me: Person) -> dict[str, int]:
    """Loaded codes and their pools."""
    page = service.records(me, TYPE)
    at = page.columns.index
    return {row[at("code")]: row[at("pool")] for row in page.rows}


def levels(service: Importer, me: Person) -> dict[str, int | None]:
    return {use.pool.name: use.codes for use in service.pools(me)}


def remarks(service: Importer, me: Person, job: Import) -> list[tuple[int, str, Severity]]:
    return [(v.line, v.code, v.severity) for v in service.violations(me, job.id, limit=None).items]


# In the catalogue ----------------------------------------------------------------------------------------------------


def test_a_pool_is_found_again_as_it_was_said_after_the_catalogue_was_closed(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog.sqlite")
    details = PoolDetails("Lato ☀", "77", "EAN_13", 10**12, 2, date(2026, 1, 1), date(2026, 12, 31), "Für alle")
    made = catalog.create_pool(TYPE, details)
    catalog.close()
    again = Catalog(tmp_path / "catalog.sqlite")
    assert again.pool(made.id) == made == Pool(made.id, TYPE, details)
    assert again.pools(TYPE) == again.pools() == [made]
    assert again.pools("other") == []
    again.close()


def test_a_name_is_there_once_for_each_type_whatever_the_case(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog.sqlite")
    first = catalog.create_pool(TYPE, PoolDetails("Summer"))
    with pytest.raises(WrongStatus, match="already"):
        catalog.create_pool(TYPE, PoolDetails("SUMMER"))
    other = catalog.create_pool("other", PoolDetails("Summer"))
    second = catalog.create_pool(TYPE, PoolDetails("Winter"))
    with pytest.raises(WrongStatus, match="already"):
        catalog.change_pool(second.id, PoolDetails("summer"))
    assert catalog.change_pool(first.id, PoolDetails("sUMMER", limit=3)).details.limit == 3
    assert [p.id for p in catalog.pools(TYPE)] == [first.id, second.id]
    assert catalog.pool(other.id).name == "Summer"
    with pytest.raises(NotFound):
        catalog.change_pool(99, PoolDetails("X"))
    catalog.close()


def test_a_catalogue_from_before_there_were_pools_gets_them(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    Catalog(path).close()
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE pools")
        db.execute("UPDATE schema_version SET version = version - 1")
    catalog = Catalog(path)
    assert catalog.create_pool(TYPE, PoolDetails("P")).id == 1
    catalog.close()


@pytest.mark.parametrize("option", [None, "1", 1.0, True, 99])
def test_an_option_that_is_no_number_of_a_pool_chooses_none(tmp_path: Path, option: object) -> None:
    catalog = Catalog(tmp_path / "catalog.sqlite")
    made = catalog.create_pool(TYPE, PoolDetails("P"))
    assert catalog.chosen_pool({"pool": option}) is None
    assert catalog.chosen_pool({"pool": made.id}) == made
    catalog.close()


# In the service ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "details",
    [
        PoolDetails(" "), PoolDetails("x" * 101), PoolDetails("a\nb"), PoolDetails("P", prefix="7a"), PoolDetails("P", prefix="7" * 21),
        PoolDetails("P", prefix="٣"), PoolDetails("P", barcode="EAN13"), PoolDetails("P", limit=0), PoolDetails("P", limit=-1), PoolDetails("P", limit=10**16),
        PoolDetails("P", limit_per_profile=0), PoolDetails("P", starts_on=date(2026, 1, 2), ends_on=date(2026, 1, 1)), PoolDetails("P", description="x" * 1001),
    ],
)  # fmt: skip
def test_a_pool_that_cannot_be_is_refused(service: Importer, me: Person, pool: Callable[..., Pool], details: PoolDetails) -> None:
    good = pool("Good")
    with pytest.raises(BadPool):
        service.create_pool(me, TYPE, details)
    with pytest.raises(BadPool):
        service.change_pool(me, good.id, details)
    assert service.pools(me) == (PoolUse(good, 0),)


def test_a_viewer_sees_pools_and_cannot_make_or_change_one(service: Importer, pool: Callable[..., Pool]) -> None:
    made, viewer, analyst = pool("P"), Person("v", frozenset({"viewer"})), Person("a", frozenset({"analyst"}))
    assert service.pools(viewer) == (PoolUse(made, 0),)
    with pytest.raises(NotAllowed):
        service.create_pool(viewer, TYPE, PoolDetails("Q"))
    with pytest.raises(NotAllowed):
        service.change_pool(viewer, made.id, PoolDetails("Q"))
    with pytest.raises(NotAllowed):
        service.pools(Person("nobody"))
    assert service.create_pool(analyst, TYPE, PoolDetails("Q")).name == "Q"


def test_only_types_with_pools_have_pools(service: Importer, me: Person) -> None:
    with pytest.raises(NotFound):
        service.create_pool(me, "customers", PoolDetails("P"))
    assert [t.name for t in service.types(me) if t.pools] == [n for n, s in load_types().items() if s.pools]


def test_a_pool_is_found_by_its_name(service: Importer, me: Person, pool: Callable[..., Pool]) -> None:
    with pytest.raises(NotFound) as none:
        service.pool_named(me, TYPE, "Summer")
    assert none.value.fix == "Create the pool first."
    made = pool(" Summer ")
    assert service.pool_named(me, TYPE, "summer") == made
    with pytest.raises(NotFound) as other:
        service.pool_named(me, TYPE, "Winter")
    assert "Summer" in other.value.fix


def test_the_days_say_whether_a_pool_is_open() -> None:
    details = PoolDetails("P", starts_on=date(2026, 1, 2), ends_on=date(2026, 1, 3))
    assert [details.state(date(2026, 1, day)) for day in (1, 2, 3, 4)] == ["planned", "open", "open", "ended"]
    assert PoolDetails("P").state(date(2026, 1, 1)) == "open"


def test_pools_of_a_document_name_its_fields() -> None:
    words = "{code: A, message: M, hint: H}"
    said = ", ".join(f"{n}: {words}" for n in ("unknown", "prefix", "barcode", "limit", "elsewhere", "again"))
    head = "name: t\ntitle: T\nversion: '1'\nfields: [{name: code, type: string}]\npools: "
    assert read_type(f"{head}{{of: code, field: pool, {said}}}", "t").pools is not None
    for wrong in ("of: kode, field: pool", "of: code, field: Code", "of: code, field: _line", "field: pool"):
        with pytest.raises(DeclarationError, match="pools"):
            read_type(f"{head}{{{wrong}, {said}}}", "t")


# In imports ----------------------------------------------------------------------------------------------------------


def test_without_a_pool_an_import_does_not_begin(service: Importer, me: Person) -> None:
    draft = service.draft_from_path(me, SAMPLES / "vouchers_good.csv", TYPE)
    with pytest.raises(MappingProblem) as problem:
        service.check(me, draft.id, service.suggest_recipe(me, draft.id))
    assert (problem.value.code, problem.value.fix) == ("VOU_POOL", "Choose a pool, or create one.")


def test_the_good_sample_fills_its_pool(service: Importer, me: Person, import_file: ImportFile, pool: Callable[..., Pool]) -> None:
    made = pool("Summer")
    job = import_file(SAMPLES / "vouchers_good.csv", TYPE, pool=made.id)
    assert (job.ledger, job.violations) == (Ledger(records=10, created=10), 0)
    assert set(codes(service, me).values()) == {made.id}
    assert levels(service, me) == {"Summer": 10}
    use = service.pools(me)[0]
    assert (use.left, PoolUse(Pool(1, TYPE, PoolDetails("P", limit=12)), 10).left) == (None, 2)


def test_the_error_list_of_the_bad_sample_is_the_golden_one(
    service: Importer, me: Person, import_file: ImportFile, pool: Callable[..., Pool]
) -> None:
    job = import_file(SAMPLES / "vouchers_bad.csv", TYPE, pool=pool("Winter", prefix="29").id)
    assert service.error_list(me, job.id)[0].read_bytes() == (GOLDEN / "vouchers_bad.errors.csv").read_bytes()
    assert service.rejected_records(me, job.id)[0].read_bytes() == (GOLDEN / "vouchers_bad.rejected.csv").read_bytes()


def test_a_code_that_is_in_another_pool_is_rejected_with_the_name_of_that_pool(
    service: Importer, me: Person, file: WriteFile, import_file: ImportFile, pool: Callable[..., Pool]
) -> None:
    summer, winter = pool("Summer"), pool("Winter")
    import_file(file("code\nA\nB\n"), TYPE, pool=summer.id)
    job = import_file(file("code\nB\nC\nB\n"), TYPE, pool=winter.id)
    assert job.ledger == Ledger(records=3, created=1, rejected=2)
    assert remarks(service, me, job) == [(2, "VOU_CODE_POOL", Severity.ERROR), (4, "VOU_CODE_POOL", Severity.ERROR)]
    assert 'in the pool "Summer"' in service.violations(me, job.id).items[0].message
    assert codes(service, me) == {"A": summer.id, "B": summer.id, "C": winter.id}
    assert levels(service, me) == {"Summer": 2, "Winter": 1}


def test_a_code_that_is_in_the_pool_already_is_a_warning_and_updates_the_voucher(
    service: Importer, me: Person, file: WriteFile, import_file: ImportFile, pool: Callable[..., Pool]
) -> None:
    made = pool("P")
    import_file(file("code,status,clientId\nA,ASSIGNED,1\nB,,\n"), TYPE, pool=made.id)
    again = import_file(file("code,status,clientId\nA,REDEEMED,1\nB,,\nC,,\n"), TYPE, pool=made.id)
    assert again.ledger == Ledger(records=3, created=1, updated=1, unchanged=1)
    assert remarks(service, me, again) == [(2, "VOU_CODE_KNOWN", Severity.WARNING), (3, "VOU_CODE_KNOWN", Severity.WARNING)]
    assert levels(service, me) == {"P": 3}


def test_the_first_of_two_vouchers_with_one_code_is_loaded(
    service: Importer, me: Person, file: WriteFile, import_file: ImportFile, pool: Callable[..., Pool]
) -> None:
    job = import_file(file("code,status\nA,CANCELED\nA,\na,\n"), TYPE, pool=pool("P").id)
    assert job.ledger == Ledger(records=3, created=2, rejected=1)
    assert remarks(service, me, job) == [(3, "VOU_CODE_DUP", Severity.ERROR)]


def test_codes_that_are_the_same_with_the_prefix_are_duplicates(
    service: Importer, me: Person, file: WriteFile, import_file: ImportFile, pool: Callable[..., Pool]
) -> None:
    made = pool("P", prefix="77")
    job = import_file(file("code\n1\n771\n"), TYPE, pool=made.id)
    assert remarks(service, me, job) == [(3, "VOU_CODE_DUP", Severity.ERROR)]
    assert import_file(file("code\n771\n"), TYPE, pool=made.id).ledger == Ledger(records=1, unchanged=1)
    assert codes(service, me) == {"771": made.id}


def test_what_does_not_fit_into_the_pool_is_not_loaded_at_all(
    service: Importer, me: Person, file: WriteFile, import_file: ImportFile, pool: Callable[..., Pool]
) -> None:
    made = pool("P", limit=3)
    import_file(file("code\nA\nB\n"), TYPE, pool=made.id)
    job = import_file(file("code\nB\nC\nD\n"), TYPE, pool=made.id)
    assert (job.outcome, job.error_code, job.ledger.loaded) == (Outcome.ERRORS, "VOU_POOL_LIMIT", 0)
    assert "can hold 3 and holds 2; the file would add 2" in (job.reason or "")
    assert levels(service, me) == {"P": 2}
    service.change_pool(me, made.id, PoolDetails("P", limit=4))
    service.resume(me, job.id)
    assert work_here(service, job.id).ledger == Ledger(records=3, created=2, unchanged=1)


def test_codes_that_are_there_or_rejected_need_no_room(
    service: Importer, me: Person, file: WriteFile, import_file: ImportFile, pool: Callable[..., Pool]
) -> None:
    made = pool("P", limit=2)
    assert import_file(file("code,status\nA,\nA,\nB,\nC,WRONG\n"), TYPE, pool=made.id).ledger == Ledger(records=4, created=2, rejected=2)
    assert import_file(file("code\nB\nA\n"), TYPE, pool=made.id).ledger == Ledger(records=2, unchanged=2)
    service.change_pool(me, made.id, PoolDetails("P", limit=1))
    assert import_file(file("code,status\nA,CANCELED\n"), TYPE, pool=made.id).ledger == Ledger(records=1, updated=1)


def test_a_load_is_refused_where_the_codes_went_into_another_pool_since_the_check(
    service: Importer, me: Person, file: WriteFile, import_file: ImportFile, pool: Callable[..., Pool]
) -> None:
    summer, winter = pool("Summer"), pool("Winter")
    checked = import_file(file("code\nA\nB\n"), TYPE, goal=Goal.CHECK, pool=summer.id)
    import_file(file("code\nB\n"), TYPE, pool=winter.id)
    service.start(me, checked.id)
    job = work_here(service, checked.id)
    assert (job.outcome, job.error_code) == (Outcome.ERRORS, "DESTINATION_REFUSED")
    assert job.reason == "Since the check 1 code of the file was loaded into another pool."
    assert codes(service, me) == {"B": winter.id}


def test_a_load_is_refused_where_the_pool_was_filled_since_the_check(
    service: Importer, me: Person, file: WriteFile, import_file: ImportFile, pool: Callable[..., Pool]
) -> None:
    made = pool("P", limit=2)
    checked = import_file(file("code\nA\nB\n"), TYPE, goal=Goal.CHECK, pool=made.id)
    import_file(file("code\nC\n"), TYPE, pool=made.id)
    service.start(me, checked.id)
    job = work_here(service, checked.id)
    assert (job.outcome, job.error_code) == (Outcome.ERRORS, "DESTINATION_REFUSED")
    assert set(codes(service, me)) == {"C"}


def test_a_pool_that_was_renamed_keeps_its_codes(
    service: Importer, me: Person, file: WriteFile, import_file: ImportFile, pool: Callable[..., Pool]
) -> None:
    made = pool("P")
    import_file(file("code\nA\n"), TYPE, pool=made.id)
    service.change_pool(me, made.id, PoolDetails("Q"))
    assert levels(service, me) == {"Q": 1}


def test_what_was_checked_is_loaded_and_a_new_prefix_counts_for_the_next_import(
    service: Importer, me: Person, file: WriteFile, pool: Callable[..., Pool]
) -> None:
    made = pool("P", prefix="1")
    draft = service.draft_from_path(me, file("code\n5\n"), TYPE)
    recipe = service.in_pool(service.suggest_recipe(me, draft.id), made)
    service.check(me, draft.id, recipe)
    assert work_here(service, draft.id).status is Status.CHECKED
    service.change_pool(me, made.id, PoolDetails("P", prefix="2"))
    service.run(me, draft.id, recipe)
    work_here(service, draft.id)
    assert set(codes(service, me)) == {"15"}
    service.run(me, (again := service.run_again(me, draft.id)).id, recipe)
    work_here(service, again.id)
    assert set(codes(service, me)) == {"15", "25"}
