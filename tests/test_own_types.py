"""Types that a team defines itself: saved in versions, read with care, inferred from files, tried, and used by imports."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from importer import typedocs
from importer.access import Person
from importer.catalog import Catalog
from importer.errors import NotAllowed, NotFound, TypeProblem, WrongStatus
from importer.model import Import, Outcome, Severity, TypeRow
from importer.service import Importer
from tests.conftest import work_here

PRICES = """\
title: Price list
fields:
  - {name: sku, title: Article, type: string, constraints: {required: true, pattern: '[A-Z]+-[0-9]+'}}
  - {name: price, type: number, constraints: {minimum: 0}}
"""
STRICTER = PRICES.replace("minimum: 0", "minimum: 10")
FILE = "sku,price\nA-1,12.5\nA-2,5\nwrong,7\n"
LEAD, ANALYST, VIEWER = (Person(role, frozenset({role})) for role in ("lead", "analyst", "viewer"))


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "catalog.sqlite")


# The catalogue --------------------------------------------------------------------------------------------------------


def test_versions_are_counted_from_one_and_stay_as_they_were(catalog: Catalog) -> None:
    first = catalog.save_type("prices", "Prices", "one", "ann")
    second = catalog.save_type("prices", "Price list", "two", "bob", based_on=1)
    assert (first.version, second.version, second.saved_by) == (1, 2, "bob")
    assert catalog.type_version("prices", 1) == first
    assert [v.version for v in catalog.type_versions("prices")] == [2, 1]
    assert [(t.name, t.version) for t in catalog.newest_types()] == [("prices", 2)]
    with pytest.raises(NotFound):
        catalog.type_version("prices", 3)


def test_who_edited_an_older_version_is_told_who_was_faster(catalog: Catalog) -> None:
    catalog.save_type("prices", "Prices", "zero", "bob", based_on=0)
    catalog.save_type("prices", "Prices", "one", "ann", based_on=1)
    with pytest.raises(WrongStatus, match="ann saved version 2"):
        catalog.save_type("prices", "Prices", "mine", "bob", based_on=1)
    with pytest.raises(WrongStatus, match="a type prices already"):
        catalog.save_type("prices", "Prices", "mine", "bob", based_on=0)
    with pytest.raises(WrongStatus, match="no version"):
        catalog.save_type("other", "Other", "x", "bob", based_on=4)
    assert catalog.save_type("prices", "Prices", "mine", "bob").version == 3


def test_of_many_who_save_at_once_one_has_the_version_and_the_others_are_told(catalog: Catalog) -> None:
    catalog.save_type("prices", "Prices", "start", "ann")
    told: list[object] = []

    def save(n: int) -> None:
        try:
            told.append(catalog.save_type("prices", "Prices", f"by {n}", f"p{n}", based_on=1).version)
        except WrongStatus as error:
            told.append(error.code)

    threads = [threading.Thread(target=save, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(map(str, told)) == ["2", *["WRONG_STATUS"] * 7]
    assert len(catalog.type_versions("prices")) == 2


def test_a_retired_type_is_not_changed_until_it_is_brought_back(catalog: Catalog) -> None:
    catalog.save_type("prices", "Prices", "one", "ann")
    assert catalog.retire_type("prices", retired=True)
    assert not catalog.retire_type("prices", retired=True)
    with pytest.raises(WrongStatus, match="retired"):
        catalog.save_type("prices", "Prices", "two", "ann")
    assert catalog.retire_type("prices", retired=False)
    assert catalog.save_type("prices", "Prices", "two", "ann").version == 2
    with pytest.raises(NotFound):
        catalog.retire_type("nothing", retired=True)


# Reading a document ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "Prices", "1st", "a b", "a" * 41, "customers", "generic", "importer", "matches", "../x", "x\n"])
def test_a_name_that_would_not_be_safe_or_is_taken_is_refused(service: Importer, me: Person, name: str) -> None:
    with pytest.raises(TypeProblem):
        service.save_type(me, name, PRICES)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("{name: x, quick: '.*'}", "quick is kept"), ("{name: x, suspects: ['00']}", "suspects is kept"),
        ("{name: x, type: shape}", "shape"), ("{name: x, type: string, constraints: {pattern: '['}}", "x"),
        ("{name: _x}", "no name for a field"), ("{name: _id}", "_id"), ("{name: '^x$'}", "no name for a field"), ("{name: sku}", "twice"),
        ("{name: n, type: integer, constraints: {minimum: many}}", "many"), ("[]", ""), ("{title: nameless}", ""),
    ],
)  # fmt: skip
def test_a_document_that_cannot_judge_records_is_refused_with_its_place(service: Importer, me: Person, change: str, words: str) -> None:
    with pytest.raises(TypeProblem) as refused:
        service.save_type(me, "prices", f"{PRICES}  - {change}\n")
    assert words in refused.value.message
    assert refused.value.fix


def test_sql_that_nobody_looks_through_is_not_for_own_types(service: Importer, me: Person) -> None:
    with pytest.raises(TypeProblem, match="group is kept"):
        service.save_type(me, "prices", PRICES + "group: {by: sku, items: 'x', table: t, checks: [{broken: \"(SELECT 1)\"}]}\n")
    text = "checks: [{code: A, message: m, hint: h, fields: [sku], broken: \"read_csv('x') = sku\"}]\n"
    with pytest.raises(TypeProblem, match="read_csv"):
        service.save_type(me, "prices", PRICES + text)


@pytest.mark.parametrize("text", ["", "[1]", "fields: {", "{", "fields: []", "fields: 3", '{"fields": [{"name": 3'])
def test_text_that_is_no_type_document_is_refused(service: Importer, me: Person, text: str) -> None:
    with pytest.raises(TypeProblem):
        service.read_type(me, text)


def test_json_and_yaml_say_the_same(service: Importer, me: Person) -> None:
    as_json = json.dumps(yaml.safe_load(PRICES))
    assert service.read_type(me, as_json) == service.read_type(me, PRICES)
    assert [f.required for f in service.read_type(me, as_json).fields] == [True, False]


# The form -------------------------------------------------------------------------------------------------------------


def test_a_form_that_was_not_changed_leaves_the_text_as_it_is() -> None:
    assert typedocs.edited(PRICES, typedocs.form_of(PRICES)) == PRICES


def test_what_the_form_does_not_show_stays_in_the_document() -> None:
    text = "title: T\nmissingValues: ['', n/a]\nfields:\n  - {name: a, type: string, synonyms: [x], constraints: {maxLength: 5}, description: d}\n  - {name: b}\n"
    form = typedocs.form_of(text)
    assert form.rows[0].maximum == "5"
    changed = replace(form, rows=(replace(form.rows[0], required=True, maximum="9"), TypeRow("c", type="date", minimum="2024-01-01")))
    assert yaml.safe_load(typedocs.edited(text, changed)) == {
        "title": "T", "missingValues": ["", "n/a"],
        "fields": [
            {"name": "a", "type": "string", "synonyms": ["x"], "constraints": {"maxLength": 9, "required": True}, "description": "d"},
            {"name": "c", "type": "date", "constraints": {"minimum": "2024-01-01"}},
        ],
    }  # fmt: skip


def test_message_and_severity_of_a_row_are_said_by_its_rules(service: Importer, me: Person) -> None:
    form = typedocs.form_of(PRICES)
    rows = (form.rows[0], replace(form.rows[1], severity=Severity.WARNING, message="Is no price of ours."))
    text = typedocs.edited(PRICES, replace(form, rows=rows))
    again = typedocs.form_of(text).rows[1]
    assert (again.severity, again.message) == (Severity.WARNING, "Is no price of ours.")
    service.save_type(me, "prices", text)
    rules = {(r.field, r.when): (r.severity, r.message) for r in service.type_rules(me, "prices")}
    assert rules["price", "is at least 0"] == ("warning", "Is no price of ours.")
    assert rules["sku", "is filled"] == ("error", "Is empty.")


def test_another_type_moves_the_limits_to_what_they_mean_there() -> None:
    form = typedocs.form_of("fields:\n  - {name: a, type: integer, constraints: {minimum: 3}}\n")
    text = typedocs.edited("fields:\n  - {name: a, type: integer, constraints: {minimum: 3}}\n", replace(form, rows=(replace(form.rows[0], type="string"),)))
    assert yaml.safe_load(text)["fields"] == [{"name": "a", "type": "string", "constraints": {"minLength": 3}}]


NAMES = st.lists(st.from_regex(r"[a-z]{1,5}", fullmatch=True), unique=True, min_size=1, max_size=4)
ROW = st.builds(
    TypeRow, field=st.just(""), title=st.text("ab ", max_size=3), type=st.sampled_from(["string", "integer", "date"]), required=st.booleans(),
    pattern=st.sampled_from(["", "[a-z]+"]), enum=st.sampled_from([(), ("1", "2")]), minimum=st.sampled_from(["", "0", "3"]), maximum=st.sampled_from(["", "8"]),
    severity=st.sampled_from([Severity.ERROR, Severity.WARNING]), message=st.sampled_from(["", "Is odd."]),
)  # fmt: skip


@given(NAMES.flatmap(lambda names: st.tuples(*(ROW.map(lambda r, n=n: replace(r, field=n)) for n in names))))
def test_what_is_put_into_the_form_is_what_comes_out_of_it(rows: tuple[TypeRow, ...]) -> None:
    text = typedocs.edited("fields: []\n", replace(typedocs.form_of("fields: []\n"), rows=rows))
    for place, (given_row, found) in enumerate(zip(rows, typedocs.form_of(text).rows, strict=True)):
        judged = given_row.required or given_row.pattern or given_row.enum or given_row.minimum or given_row.maximum or given_row.type != "string"
        worded = judged and (given_row.type != "string" or given_row.pattern or given_row.enum or given_row.minimum or given_row.maximum)
        assert found == replace(
            given_row, origin=place, severity=given_row.severity if judged else Severity.ERROR,
            message=found.message if given_row.severity is Severity.WARNING and not given_row.message else given_row.message if worded else found.message,
        )  # fmt: skip


# From a file ----------------------------------------------------------------------------------------------------------


def inferred(service: Importer, me: Person, path: Path) -> dict[str, object]:
    draft = service.draft_from_path(me, path, "generic")
    found: dict[str, object] = yaml.safe_load(service.infer_type(me, draft.id).document)
    return found


def test_names_types_and_rules_come_from_the_file(service: Importer, me: Person, file: Callable[..., Path]) -> None:
    rows = "".join(f"{i},{'new' if i % 2 else 'old'},{i / 4},2024-01-0{i % 9 + 1},{'' if i == 3 else 'Rue ' + str(i)},007\n" for i in range(1, 21))
    document = inferred(service, me, file("Order No.,Status,Preis €,Day,Straße,Code\n" + rows, "web_orders.csv"))
    assert document == {
        "title": "Web orders",
        "fields": [
            {"name": "Order_No.", "title": "Order No.", "type": "integer", "constraints": {"required": True, "unique": True}},
            {"name": "Status", "title": "Status", "type": "string", "constraints": {"required": True, "enum": ["new", "old"]}},
            {"name": "Preis", "title": "Preis €", "type": "number", "constraints": {"required": True}},
            {"name": "Day", "title": "Day", "type": "date", "constraints": {"required": True}},
            {"name": "Strae", "title": "Straße", "type": "string"},
            {"name": "Code", "title": "Code", "type": "string", "constraints": {"required": True}},
        ],
    }


@pytest.mark.parametrize(
    ("values", "enum"),
    [(["a", "b"] * 3, ["a", "b"]), (["a"] * 3 + ["b"] * 2, None), ([str(i) + "x" for i in range(12)] * 3, True), ([str(i) + "x" for i in range(13)] * 3, None),
     (["a"] * 9, None)],
)  # fmt: skip
def test_a_few_values_that_repeat_are_categories(
    service: Importer, me: Person, file: Callable[..., Path], values: list[str], enum: object
) -> None:
    fields = inferred(service, me, file("kind\n" + "\n".join(values) + "\n"))["fields"]
    found = fields[0].get("constraints", {}).get("enum")  # type: ignore[index]
    assert found == (sorted(set(values)) if enum is True else enum)


def test_the_profile_of_a_check_counts_more_than_the_first_records(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importer.service.types.INFERRED_RECORDS", 10)
    monkeypatch.setattr("importer.service.types.INFERRED_BYTES", 50)
    path = file("id,n\n" + "".join(f"{i},{i}\n" for i in range(500)) + "x,\n")
    draft = service.draft_from_path(me, path, "generic")
    first = service.infer_type(me, draft.id)
    assert (first.records, first.whole) == (10, False)
    assert "integer" in first.document
    checked = import_file(path, "generic")
    whole = service.infer_type(me, checked.id)
    assert (whole.records, whole.whole) == (501, True)
    fields = yaml.safe_load(whole.document)["fields"]
    assert [(f["type"], "required" in f.get("constraints", {})) for f in fields] == [("string", True), ("integer", False)]


@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
def test_every_header_gets_a_name_that_can_be_saved(headers: list[str]) -> None:
    names = typedocs.field_names(headers)
    text = typedocs.text_of({"fields": [{"name": n} for n in names]})
    assert [f.name for f in typedocs.read_own(text, "x", 1).fields] == names


# Trying the rules -----------------------------------------------------------------------------------------------------


def test_rules_are_tried_on_the_first_records_and_nothing_is_stored(service: Importer, me: Person, file: Callable[..., Path]) -> None:
    draft = service.draft_from_path(me, file(FILE), "generic")
    files = sorted(p for p in service.settings.workspace.rglob("*") if p.is_file() and "sqlite" not in p.name)
    trial = service.try_type(me, STRICTER, draft.id)
    assert (trial.records, trial.rejected, trial.problems) == (3, 2, ())
    assert [(v.line, v.column, v.value, v.code) for v in trial.violations] == [
        (3, "price", "5", "MINIMUM"), (4, "sku", "wrong", "PATTERN"), (4, "price", "7", "MINIMUM"),
    ]  # fmt: skip
    assert sorted(p for p in service.settings.workspace.rglob("*") if p.is_file() and "sqlite" not in p.name) == files
    assert service.get(me, draft.id) == draft


def test_a_trial_looks_at_no_more_records_than_asked_and_tells_of_missing_columns(
    service: Importer, me: Person, file: Callable[..., Path]
) -> None:
    draft = service.draft_from_path(me, file("price\n" + "-1\n" * 5000 + "1,2\n"), "generic")
    trial = service.try_type(me, PRICES, draft.id, 200)
    assert (trial.records, trial.rejected, len(trial.violations)) == (200, 200, 200)
    assert [p.startswith("Article is required") for p in trial.problems] == [True]
    assert service.try_type(me, PRICES, draft.id, 10**9).records == 1000


def test_a_malformed_record_is_rejected_in_a_trial_too(service: Importer, me: Person, file: Callable[..., Path]) -> None:
    draft = service.draft_from_path(me, file("sku,price\nA-1,1\nA-2,2,3\n"), "generic")
    trial = service.try_type(me, PRICES, draft.id)
    assert [(v.line, v.code) for v in trial.violations] == [(3, "ROW_MANY_FIELDS")]
    assert (trial.records, trial.rejected) == (2, 1)


def test_repeats_among_the_first_records_are_found(service: Importer, me: Person, file: Callable[..., Path]) -> None:
    unique = PRICES.replace("constraints: {required: true,", "constraints: {unique: true,")
    draft = service.draft_from_path(me, file("sku,price\nA-1,1\n,2\nA-2,3\nA-1,4\n,5\n"), "generic")
    trial = service.try_type(me, unique, draft.id)
    assert [(v.line, v.column, v.value, v.code) for v in trial.violations] == [(5, "sku", "A-1", "UNIQUE")]
    assert "line 2" in trial.violations[0].message
    assert trial.rejected == 1
    people = service.draft_from_path(me, file("email\na@b.co\nb@b.co\nA@b.co\n"), "generic")
    customers = "\n".join(line for line in service.type_document(me, "customers").splitlines() if not line.strip().startswith(("quick", "suspects")))
    found = service.try_type(me, customers, people.id)
    assert [(v.line, v.value, v.code) for v in found.violations] == [(2, "a@b.co", "CUST_DUP")]
    assert (found.rejected, "line 4" in found.violations[0].message) == (0, True)


# Using a type ---------------------------------------------------------------------------------------------------------


def test_an_import_of_an_own_type_is_judged_loaded_and_shown(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    service.save_type(me, "prices", PRICES)
    done = import_file(file(FILE), "prices")
    assert (done.outcome, done.ledger.created, done.ledger.rejected) == (Outcome.PARTIALLY, 2, 1)
    assert service.records(me, "prices").total == 2
    assert [(t.type, t.title, t.records) for t in service.tables(me)] == [("prices", "Price list", 2)]
    assert service.template(me, "prices") == "sku,price\n"
    entry = {e.info.name: e for e in service.type_list(me)}["prices"]
    assert (entry.info.version, len(entry.info.fields), entry.rules, entry.records) == ("1", 2, 4, 2)


def test_an_import_keeps_the_version_it_was_queued_with(service: Importer, me: Person, file: Callable[..., Path]) -> None:
    service.save_type(me, "prices", PRICES)
    draft = service.draft_from_path(me, file(FILE), "prices")
    service.check(me, draft.id, service.suggest_recipe(me, draft.id))
    service.save_type(me, "prices", STRICTER)
    checked = work_here(service, draft.id)
    assert (checked.ledger.created, checked.ledger.rejected) == (2, 1)
    service.retire_type(me, "prices")
    service.start(me, draft.id)
    done = work_here(service, draft.id)
    assert (done.ledger.created, done.recipe and done.recipe.type_version) == (2, "1")


def test_the_newest_version_is_for_new_imports(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    service.save_type(me, "prices", PRICES)
    service.save_type(me, "prices", STRICTER)
    done = import_file(file(FILE), "prices")
    assert (done.ledger.created, done.recipe and done.recipe.type_version) == (1, "2")
    assert service.type_document(me, "prices", 1) == PRICES
    assert [v.version for v in service.type_versions(me, "prices")] == [2, 1]


def test_the_same_text_again_makes_no_new_version(service: Importer, me: Person) -> None:
    assert service.save_type(me, "prices", PRICES).version == 1
    assert service.save_type(me, "prices", PRICES).version == 1
    assert service.save_type(me, "prices", PRICES, based_on=1).version == 1


def test_a_retired_type_is_not_offered_and_its_records_stay(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    service.save_type(me, "prices", PRICES)
    import_file(file(FILE), "prices")
    service.retire_type(me, "prices")
    assert "prices" not in {t.name for t in service.types(me)}
    assert "prices" in {t.name for t in service.types(me, retired=True)}
    assert service.records(me, "prices").total == 2
    with pytest.raises(NotFound, match="retired"):
        service.draft_from_path(me, file(FILE), "prices")
    with pytest.raises(WrongStatus):
        service.retire_type(me, "prices")
    service.retire_type(me, "prices", retired=False)
    assert service.draft_from_path(me, file(FILE), "prices").type == "prices"


def test_a_type_refers_only_to_what_is_there(service: Importer, me: Person) -> None:
    orders = "fields: [{name: item, type: string}]\nforeignKeys: [{fields: [item], reference: {resource: prices, fields: [sku]}}]\n"
    with pytest.raises(TypeProblem, match="prices"):
        service.save_type(me, "orders", orders)
    service.save_type(me, "prices", PRICES)
    service.save_type(me, "orders", orders)
    with pytest.raises(TypeProblem, match="orders refers to the field sku"):
        service.save_type(me, "prices", PRICES.replace("sku", "code"))
    assert ("item", "is in prices") in {(r.field, r.when) for r in service.type_rules(me, "orders")}


def test_what_must_be_unique_is_said_among_the_rules(service: Importer, me: Person) -> None:
    service.save_type(me, "prices", "primaryKey: sku\n" + PRICES.replace("{name: price,", "{name: price, constraints: {unique: true},").replace(", constraints: {minimum: 0}", ""))
    rules = {(r.field, r.when, r.code) for r in service.type_rules(me, "prices")}
    assert {("sku", "is in one record of a file only", "PRIMARY_KEY"), ("price", "is in one record of a file only", "UNIQUE")} <= rules


def test_a_draft_can_become_one_of_another_type(service: Importer, me: Person, file: Callable[..., Path]) -> None:
    draft = service.draft_from_path(me, file(FILE), "generic")
    service.keep_recipe(me, draft.id, service.suggest_recipe(me, draft.id))
    service.save_type(me, "prices", PRICES)
    changed = service.use_type(me, draft.id, "prices")
    assert (changed.type, changed.recipe) == ("prices", None)
    service.check(me, draft.id, service.suggest_recipe(me, draft.id))
    with pytest.raises(WrongStatus):
        service.use_type(me, draft.id, "generic")


def test_a_type_that_cannot_be_read_any_more_hides_no_other(service: Importer, me: Person) -> None:
    service.save_type(me, "prices", PRICES)
    with sqlite3.connect(service.settings.catalog_path) as raw:
        raw.execute("insert into type_documents values ('old', 1, 'Old', 'fields: 3', 'ann', '2026-01-01 00:00:00', 0)")
    assert {t.name for t in service.types(me)} >= {"customers", "prices"}
    with pytest.raises(TypeProblem):
        service.type(me, "old")


def test_leads_manage_types_and_others_see_them(service: Importer) -> None:
    service.save_type(LEAD, "prices", PRICES)
    for person in (ANALYST, VIEWER):
        assert service.type_document(person, "prices") == PRICES
        assert not service.may_manage_types(person)
        for forbidden in (lambda p=person: service.save_type(p, "prices", STRICTER), lambda p=person: service.retire_type(p, "prices")):
            with pytest.raises(NotAllowed):
                forbidden()
    nobody = Person("nobody")
    for unseen in (lambda: service.type_list(nobody), lambda: service.type_document(nobody, "prices"), lambda: service.read_type(nobody, PRICES)):
        with pytest.raises(NotAllowed):
            unseen()
    assert service.may_manage_types(LEAD)
