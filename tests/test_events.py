"""Every rule of the custom events type: what breaks it, what does not, and what is repaired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from importer import mapping
from importer.access import Person
from importer.model import ColumnMap, Dialect, Goal, Import, Ledger, Outcome, Recipe, Severity
from importer.schema import Consistent, find_type
from importer.service import Importer
from tests.judging import judge

EVENTS = find_type("events")
GOOD = {"client.customId": "C-1", "action": "shop.visit", "label": "Paris", "time": "2026-03-09T14:30:00Z"}
UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


def codes(values: dict[str, str | None]) -> list[str]:
    return [code for code, _, _ in judge("events", [{**GOOD, **values}])[1]]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("client.email", "a@b", "EVT_EMAIL"), ("client.email", "a..b@c.com", "EVT_EMAIL"), ("client.email", "a\u00ad@c.com", "EVT_ID_CHARS"),
        ("client.customId", "a\nb", "EVT_ID_CHARS"), ("client.uuid", UUID[:-1], "EVT_UUID"), ("client.id", "0", "EVT_CLIENTID"),
        ("client.id", "12a", "EVT_CLIENTID"), ("action", None, "EVT_ACTION"), ("action", "null", "EVT_ACTION"), ("action", "x", "EVT_ACTION"),
        ("action", "shop visit", "EVT_ACTION"), ("action", "zakupy.zrób", "EVT_ACTION"), ("action", "a." + "b" * 31, "EVT_ACTION"),
        ("action", "transaction.charge", "EVT_TRANSACTION"), ("action", "product.buy", "EVT_TRANSACTION"),
        ("label", "\ufe0f", "EVT_TEXT"), ("time", "2026-03-09", "EVT_TIME"), ("time", "09.03.2026 14:30", "EVT_TIME"),
        ("time", "2026-02-30T10:00:00Z", "EVT_TIME"), ("eventSalt", "a\u2028b", "EVT_ID_CHARS"), ("events.email", "nobody", "EVT_EMAIL"),
    ],
)  # fmt: skip
def test_a_bad_value_breaks_exactly_its_rule_and_rejects_the_event(field: str, value: str | None, code: str) -> None:
    result, found = judge("events", [{**GOOD, field: value}])
    assert found == [(code, field, Severity.ERROR)]
    assert result.valid.height == 0


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("action", "visit", "EVT_ACTION_DOT"), ("action", "shop.visit.first", "EVT_ACTION_DOT"), ("action", ".visit", "EVT_ACTION_DOT"),
        ("time", None, "EVT_TIME_MISSING"), ("time", "2026-11-23T12:05:01Z", "TIME_FUTURE"), ("time", "2027-01-01T00:00:00Z", "TIME_FUTURE"),
        ("client.customId", "C" * 256, "EVT_ID_LENGTH"), ("eventSalt", "s" * 256, "EVT_ID_LENGTH"),
    ],
)  # fmt: skip
def test_what_is_odd_is_a_warning_and_keeps_the_event(field: str, value: str | None, code: str) -> None:
    result, found = judge("events", [{**GOOD, field: value}])
    assert found == [(code, field, Severity.WARNING)]
    assert result.valid.height == 1


@pytest.mark.parametrize(
    "values",
    [
        {"client.email": "josé@example.com"}, {"client.uuid": UUID}, {"client.id": "434428563"}, {"action": "ab.c-d_E9"}, {"action": "a." + "b" * 30},
        {"time": "2026-11-23T12:05:00Z"}, {"time": "2026-11-23T13:04:00+01:00"}, {"label": "Zürich 😀\nmain street"},
        {"client.email": "Ada@example.com", "events.email": "ada@Example.com"}, {"events.email": "ada@example.com"},
        {"events.minutes": "25", "events.weather": "rain, later snow"}, {"eventSalt": "visit-1"},
    ],
)  # fmt: skip
def test_a_good_event_breaks_nothing(values: dict[str, str | None]) -> None:
    assert codes(values) == []


@pytest.mark.parametrize(
    ("field", "value", "code", "becomes"),
    [
        ("client.email", " a@b.co", "EVT_ID_TRIM", "a@b.co"), ("client.customId", "C1\t", "EVT_ID_TRIM", "C1"),
        ("client.uuid", UUID.upper(), "EVT_UUID_CASE", UUID), ("client.id", " 7", "EVT_ID_TRIM", 7), ("eventSalt", "s ", "EVT_ID_TRIM", "s"),
        ("label", None, "EVT_LABEL", "shop.visit"), ("label", "null", "EVT_LABEL", "shop.visit"),
    ],
)  # fmt: skip
def test_a_repair_is_made_and_listed_and_keeps_the_event(field: str, value: str | None, code: str, becomes: object) -> None:
    result, found = judge("events", [{**GOOD, field: value}])
    assert found == [(code, field, Severity.REPAIR)]
    assert result.valid[field].to_list() == [becomes]


def test_an_empty_label_is_filled_wherever_the_columns_stand() -> None:
    records = [{"label": None, "client.id": "1", "action": "a.b"}, {"label": "x", "client.id": "2", "action": "a.b"}]
    result, found = judge("events", records)
    assert [c for c, _, _ in found] == ["EVT_LABEL"]
    assert result.valid.sort("_record")["label"].to_list() == ["a.b", "x"]


def test_a_label_has_nothing_to_be_filled_with_where_the_action_is_empty() -> None:
    assert codes({"label": None, "action": None}) == ["EVT_ACTION"]


def test_an_event_needs_a_customer() -> None:
    record = {**GOOD, "client.customId": None, "client.email": " ", "client.uuid": "null"}
    _, found = judge("events", [record])
    assert [c for c, _, _ in found] == ["EVT_ID_TRIM", "EVT_NO_CLIENT"]


def test_an_address_among_the_parameters_must_be_that_of_the_customer() -> None:
    assert codes({"client.email": "a@b.co", "events.email": "b@b.co"}) == ["EVT_PARAM_EMAIL"]
    assert codes({"client.email": "bad", "events.email": "b@b.co"}) == ["EVT_EMAIL"]


def test_parameters_are_read_by_their_data_type() -> None:
    types = {"events.minutes": "integer", "events.at": "datetime"}
    result, found = judge("events", [{**GOOD, "events.minutes": "25", "events.at": "2026-03-09T14:30:00+01:00"}], types)
    assert found == []
    assert result.valid.select("events.minutes", "events.at").row(0) == (25, datetime(2026, 3, 9, 13, 30))
    assert judge("events", [{**GOOD, "events.minutes": "long"}], types)[1] == [("TYPE_INTEGER", "events.minutes", Severity.ERROR)]


def issues(*fields: str) -> list[tuple[str, bool]]:
    maps = tuple(ColumnMap(f, f) for f in fields)
    return [(i.code, i.blocking) for i in mapping.issues(EVENTS, Recipe("events", "1", Dialect(), maps), fields)]


@pytest.mark.parametrize("name", ["modifiedBy", "apiKey", "eventUUID", "ip", "time", "businessProfileId"])
def test_a_reserved_parameter_is_blocked(name: str) -> None:
    assert ("EVT_PARAM_RESERVED", True) in issues("client.id", "action", "time", f"events.{name}")


def test_one_of_the_identifiers_and_the_action_must_be_mapped() -> None:
    assert issues("label", "time", "events.x", "eventSalt") == [("MAPPING_REQUIRED", True), ("MAPPING_REQUIRED", True)]
    assert issues("client.uuid", "action", "time", "events.x") == []


def test_what_is_not_mapped_is_said() -> None:
    assert issues("client.id", "action") == [("EVT_TIME_MISSING", False), ("EVT_NO_PARAMS", False)]


def test_a_time_that_no_column_holds_is_not_listed_for_every_event() -> None:
    assert judge("events", [{"client.id": "1", "action": "a.b"}])[1] == []


def test_rules_over_the_whole_file_are_declared() -> None:
    clients = ("client.email", "client.customId", "client.uuid", "client.id")
    assert [(c.wording.code, c.fields, c.per) for c in EVENTS.consistent if isinstance(c, Consistent)] == [
        ("EVT_ACTION_MIX", ("action",), ()),
        ("EVT_SALT_REUSE", (*clients, "action"), ("eventSalt",)),
    ]
    assert EVENTS.identity is not None
    assert EVENTS.identity.optional


def test_a_salt_stands_with_one_customer_only_whatever_identifiers_the_file_has(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    lines = ["client.customId,action,eventSalt,time", "C1,shop.visit,s1,2026-03-09T14:30:00Z", "C2,shop.visit,s1,2026-03-09T14:31:00Z"]
    lines += ["C3,shop.visit,s2,2026-03-09T14:32:00Z", "C3,shop.visit,s2,2026-03-09T14:33:00Z", "C4,shop.visit,,2026-03-09T14:34:00Z"]
    job = import_file(file("\n".join(lines) + "\n"), "events", goal=Goal.CHECK)
    found = [(v.line, v.column, v.code) for v in service.violations(me, job.id).items]
    assert found == [(2, "client.customId", "EVT_SALT_REUSE"), (3, "client.customId", "EVT_SALT_REUSE"), (4, "eventSalt", "EVT_SALT_DUP")]
    assert job.ledger == Ledger(records=5, created=2, duplicate=1, rejected=2)


def test_a_file_of_two_actions_is_stopped(service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]) -> None:
    job = import_file(file("client.customId,action\nC1,shop.visit\nC1,shop.leave\n"), "events")
    assert (job.outcome, job.error_code) == (Outcome.ERRORS, "EVT_ACTION_MIX")


def test_an_event_without_a_salt_is_added_every_time(file: Callable[..., Path], import_file: Callable[..., Import]) -> None:
    path = file("client.customId,action,eventSalt\nC1,shop.visit,\nC1,shop.visit,s1\n")
    assert [import_file(path, "events").ledger for _ in range(2)] == [Ledger(records=2, created=2), Ledger(records=2, created=1, unchanged=1)]
    unsalted = file("client.customId,action\nC1,shop.visit\n", "unsalted.csv")
    assert [import_file(unsalted, "events").ledger.created for _ in range(2)] == [1, 1]
