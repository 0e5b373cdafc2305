"""Every rule of the vouchers type: what breaks it, what does not, and what is repaired."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import mapping
from importer.model import BARCODES, ColumnMap, Dialect, Pool, PoolDetails, Recipe, Severity
from importer.schema import find_type
from importer.validation import Validated, compile_plan, validate
from importer.validation.pools import misfit, with_prefix
from importer.validation.run import judge as judge_with_care
from tests.judging import NOW, Found

VOUCHERS = find_type("vouchers")
UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
LATER = "2037-01-01T00:00:00Z"
GOOD = {"code": "A-1", "status": "UNASSIGNED", "expireIn": LATER}


def judge(records: list[dict[str, str | None]], **details: Any) -> tuple[Validated, Found]:
    """Judges records that go into a pool with these details."""
    names = list(dict.fromkeys(n for r in records for n in r))
    recipe = Recipe("vouchers", "1", Dialect(), tuple(ColumnMap(n, n) for n in names), {"pool": 3})
    plan = compile_plan(VOUCHERS, recipe, names, NOW.date(), NOW, Pool(3, "vouchers", PoolDetails("P", **details)))
    columns = {f"c{i}": pl.Series([r.get(n) for r in records], dtype=pl.String) for i, n in enumerate(names)}
    frame = pl.DataFrame({**columns, "_line": range(2, len(records) + 2), "_record": range(1, len(records) + 1)})
    result = validate(plan, frame)
    rules = {r.id: r for r in plan.rules}
    return result, [(r.code, r.field, r.severity) for r in (rules[n] for n in result.violations["rule"])]


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"code": None}, "VOU_CODE_MISSING", "code"), ({"code": "null"}, "VOU_CODE_MISSING", "code"), ({"code": "a\nb"}, "VOU_CODE_CHARS", "code"),
        ({"code": "a\x00b"}, "VOU_CODE_CHARS", "code"), ({"code": "x" * 256}, "VOU_CODE_LENGTH", "code"),
        ({"status": "GIVEN"}, "VOU_STATUS", "status"), ({"status": "assigned"}, "VOU_STATUS", "status"),
        ({"status": "ASSIGNED", "clientId": "0"}, "VOU_CLIENTID", "clientId"), ({"status": "ASSIGNED", "clientId": "1a"}, "VOU_CLIENTID", "clientId"),
        ({"status": "ASSIGNED", "clientUuid": "a\tb"}, "VOU_CLIENTUUID", "clientUuid"),
        ({"status": "ASSIGNED", "clientUuid": "x" * 256}, "VOU_CLIENTUUID", "clientUuid"),
        ({"poolUuid": UUID[:-1]}, "VOU_POOL_UUID", "poolUuid"), ({"expireIn": "31.12.2037"}, "VOU_DATES", "expireIn"),
        ({"createdAt": "2026-02-30T00:00:00Z"}, "VOU_DATES", "createdAt"), ({"updatedAt": "now"}, "VOU_DATES", "updatedAt"),
        ({"status": "REDEEMED", "clientId": "1", "redeemAt": "2026-01-01T00:00:00Z", "assignedAt": "2026-01-01T00:00:01Z"}, "VOU_DATES", "redeemAt"),
        ({"status": "REDEEMED", "clientId": "1", "redeemAt": "2037-01-01T00:00:01Z"}, "VOU_DATES", "redeemAt"),
        ({"status": "ASSIGNED", "clientId": "1", "assignedAt": "2037-01-01T00:00:01Z"}, "VOU_DATES", "assignedAt"),
        ({"status": "ASSIGNED", "clientId": "1", "redeemAt": "2026-01-01T00:00:00Z"}, "VOU_DATES", "redeemAt"),
        ({"status": None, "redeemAt": "2026-01-01T00:00:00Z"}, "VOU_DATES", "redeemAt"),
    ],
)  # fmt: skip
def test_a_bad_value_breaks_exactly_its_rule_and_rejects_the_voucher(values: dict[str, str | None], code: str, field: str) -> None:
    result, found = judge([{**GOOD, **values}], barcode="QR-CODE")
    assert found == [(code, field, Severity.ERROR)]
    assert result.valid.height == 0


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"status": "ASSIGNED"}, "VOU_ASSIGNED_NO_CLIENT", "status"), ({"status": "REDEEMED", "clientId": None}, "VOU_ASSIGNED_NO_CLIENT", "status"),
        ({"clientId": "7"}, "VOU_CLIENT_UNASSIGNED", "clientId"), ({"clientUuid": UUID, "status": None}, "VOU_CLIENT_UNASSIGNED", "clientUuid"),
        ({"expireIn": "2026-11-23T11:59:59Z"}, "VOU_EXPIRED", "expireIn"), ({"expireIn": "2020-01-01T00:00:00Z", "status": None}, "VOU_EXPIRED", "expireIn"),
        ({"code": "ŁÓDŹ"}, "VOU_BARCODE", "code"),
    ],
)  # fmt: skip
def test_what_is_odd_is_a_warning_and_keeps_the_voucher(values: dict[str, str | None], code: str, field: str) -> None:
    result, found = judge([{**GOOD, **values}])
    assert found == [(code, field, Severity.WARNING)]
    assert result.valid.height == 1


@pytest.mark.parametrize(
    "values",
    [
        {"code": "x" * 255}, {"status": "CANCELED"}, {"status": None}, {"status": "ASSIGNED", "clientId": "1"}, {"expireIn": None},
        {"status": "ASSIGNED", "clientUuid": UUID}, {"status": "REDEEMED", "clientId": "1", "expireIn": "2020-01-01T00:00:00Z"},
        {"status": "REDEEMED", "clientId": "1", "assignedAt": LATER, "redeemAt": LATER}, {"expireIn": "2026-11-23T13:00:00+01:00"},
        {"status": "CANCELED", "expireIn": "2020-01-01T00:00:00Z"}, {"poolUuid": UUID}, {"createdAt": LATER, "updatedAt": LATER},
    ],
)  # fmt: skip
def test_a_good_voucher_breaks_nothing(values: dict[str, str | None]) -> None:
    assert judge([{**GOOD, **values}])[1] == []


@pytest.mark.parametrize(
    ("values", "code", "field", "becomes"),
    [
        ({"code": " A-1"}, "VOU_TRIM", "code", "77A-1"), ({"poolUuid": UUID.upper()}, "VOU_UUID_CASE", "poolUuid", UUID),
        ({"status": "ASSIGNED", "clientId": "7 "}, "VOU_TRIM", "clientId", 7), ({"status": "ASSIGNED", "clientUuid": "a "}, "VOU_TRIM", "clientUuid", "a"),
    ],
)  # fmt: skip
def test_a_repair_is_made_and_listed_and_keeps_the_voucher(values: dict[str, str | None], code: str, field: str, becomes: object) -> None:
    result, found = judge([{**GOOD, **values}], prefix="77")
    assert found == [(code, field, Severity.REPAIR)]
    assert result.valid[field].to_list() == [becomes]


def test_every_voucher_holds_the_number_of_its_pool_whether_it_was_looked_at_quickly_or_with_care() -> None:
    result, _ = judge([GOOD, {**GOOD, "code": " A-2"}, {**GOOD, "code": "A-3"}])
    assert result.valid["pool"].to_list() == [3, 3, 3]


def test_the_prefix_is_put_before_every_code_and_never_twice() -> None:
    records: list[dict[str, str | None]] = [{"code": c} for c in ("1", "77-2", " 3", "7", None)]
    result, _ = judge(records, prefix="77", barcode="QR-CODE")
    assert result.valid.sort("_record")["code"].to_list() == ["771", "77-2", "773", "777"]


@given(st.text(min_size=1), st.text("0123456789", max_size=4))
def test_putting_the_prefix_twice_is_putting_it_once(code: str, prefix: str) -> None:
    once = pl.select(with_prefix(pl.lit(code), prefix)).item()
    assert once.startswith(prefix)
    assert once.endswith(code)
    assert pl.select(with_prefix(pl.lit(once), prefix)).item() == once


@pytest.mark.parametrize(
    ("barcode", "right", "wrong"),
    [
        ("EAN_13", ["4006381333931", "5901234123457"], ["4006381333932", "400638133393", "40063813339311", "4006-81333931", "abc", ""]),
        ("EAN_8", ["96385074", "73513537"], ["96385075", "9638507", "963850744"]),
        ("UPC-A", ["036000291452", "012345678905"], ["036000291453", "36000291452"]),
        ("UPC-E", ["01234565", "04252614", "06543217", "01200003", "01234133", "01234048", "11234562"], ["01234566", "21234565", "0123456", "0123456A"]),
        ("ITF_14", ["15400141288763", "00012345600012"], ["15400141288764", "1540014128876"]),
        ("CODE_39", ["ABC-1 2.$/+%"], ["abc", "A_B", "Ł", ""]),
        ("CODE_128", ["aB~ 1"], ["é", "a😀"]),
        ("EAN_128", ["(01)04012345678901", "x" * 48], ["x" * 49, "é", ""]),
        ("POSTNET", ["12345", "123456789", "12345678901"], ["1234", "123456", "1234A"]),
    ],
)  # fmt: skip
def test_each_barcode_type_has_its_form(barcode: str, right: list[str], wrong: list[str]) -> None:
    odd = misfit(pl.col("code"), barcode)
    assert odd is not None
    frame = pl.DataFrame({"code": [*right, *wrong, None]})
    assert frame.select(odd).to_series().to_list() == [False] * len(right) + [True] * len(wrong) + [None]


def test_every_text_can_be_a_qr_code() -> None:
    assert [b for b in BARCODES if misfit(pl.col("code"), b) is None] == ["QR-CODE"]


def test_the_barcode_is_judged_with_the_prefix_in_front() -> None:
    _, found = judge([{"code": "1234123457"}, {"code": "5901234123457"}, {"code": "1234123458"}], prefix="590", barcode="EAN_13")
    assert found == [("VOU_BARCODE", "code", Severity.WARNING)]


@given(st.lists(st.text("0123456789 Aa-\n\u0141", max_size=14), min_size=1, max_size=8), st.sampled_from(BARCODES), st.sampled_from(["", "7", "590"]))
def test_the_quick_look_lets_nothing_pass_that_the_rules_would_not(texts: list[str], barcode: str, prefix: str) -> None:
    recipe = Recipe("vouchers", "1", Dialect(), (ColumnMap("code", "code"),))
    pool = Pool(3, "vouchers", PoolDetails("P", prefix, barcode))
    plan = compile_plan(VOUCHERS, recipe, ["code"], NOW.date(), NOW, pool)
    frame = pl.DataFrame({"c0": [t or None for t in texts], "_line": range(len(texts)), "_record": range(len(texts))}, schema_overrides={"c0": pl.String})
    quick, careful = validate(plan, frame), judge_with_care(plan, frame, plan.steps)
    assert quick.valid.sort("_record").equals(careful.valid.sort("_record"))
    assert quick.violations.equals(careful.violations)


def issues(pool: Pool | None) -> list[tuple[str, bool]]:
    recipe = Recipe("vouchers", "1", Dialect(), (ColumnMap("code", "code"),))
    return [(i.code, i.blocking) for i in mapping.issues(VOUCHERS, recipe, ["code"], pool=pool)]


def test_without_a_pool_of_the_type_nothing_can_be_imported() -> None:
    assert issues(None) == [("VOU_POOL", True)]
    assert issues(Pool(1, "other", PoolDetails("P"))) == [("VOU_POOL", True)]
    assert issues(Pool(1, "vouchers", PoolDetails("P"))) == []


def test_a_prefix_is_said_before_the_check() -> None:
    assert issues(Pool(1, "vouchers", PoolDetails("P", prefix="77"))) == [("VOU_PREFIX", False)]
