"""Every rule of the promotions type: what breaks it, and what does not."""

from __future__ import annotations

from datetime import datetime

import pytest

from importer import mapping
from importer.model import ColumnMap, Dialect, Recipe, Severity
from importer.schema import find_type
from tests.judging import judge

PROMOTIONS = find_type("promotions")
GOOD = {"code": "SUMMER-10", "type": "GENERAL", "redeemType": "FULL", "name": "10 % off", "headerName": "Summer 10"}
STEPS = "discountModeDetails.discountSteps"
REQUIRED, DISCOUNTED = "details.discountType.requiredItemsCount", "details.discountType.discountedItemsCount"
TWO_STEPS = '[{"usageThreshold": 1, "discountValue": 5}, {"usageThreshold": 3, "discountValue": 10}]'


def codes(values: dict[str, str | None], **options: object) -> list[str]:
    return [code for code, _, _ in judge("promotions", [{**GOOD, **values}], **options)[1]]


@pytest.mark.parametrize("field", GOOD)
def test_a_promotion_needs_its_five_fields(field: str) -> None:
    assert codes({field: None}) == codes({field: "null"}) == [f"PROMO_REQ_{field}"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("code", "SUMMER 10", "PROMO_CODE"), ("code", "X" * 129, "PROMO_CODE"), ("code", "SUMMER\n", "PROMO_CODE"),
        ("type", "general", "PROMO_ENUM"), ("redeemType", "ALL", "PROMO_ENUM"), ("visibilityStatus", "PUBLISHED", "PROMO_ENUM"),
        ("discountType", "PERCENTAGE", "PROMO_ENUM"), ("discountMode", "STEPS", "PROMO_ENUM"), ("itemScope", "ITEM", "PROMO_ENUM"),
        ("discountModeDetails.discountUsageTrigger", "BUY", "PROMO_ENUM"), ("targetType", "NONE", "PROMO_ENUM"),
        ("name", "\ufe0f", "PROMO_TEXT"), ("description", "a\x00b", "PROMO_TEXT"), ("tags", "\x00", "PROMO_TEXT"),
        ("startAt", "2026-06-01", "PROMO_DATE"), ("expireAt", "2026-02-30T00:00:00Z", "PROMO_DATE"), ("lastingAt", "soon", "PROMO_DATE"),
        ("lastingTime", "-1", "PROMO_NUMBER"), ("lastingTime", "1.5", "PROMO_NUMBER"), ("priority", "-1", "PROMO_NUMBER"),
        ("redeemLimitPerClient", "0", "PROMO_NUMBER"), ("redeemQuantityPerActivation", "0", "PROMO_NUMBER"),
        ("requireRedeemedPoints", "x", "PROMO_NUMBER"), ("discountValue", "10 %", "PROMO_NUMBER"), ("price", "-0.01", "PROMO_NUMBER"),
        ("minBasketValue", "-1", "PROMO_NUMBER"), (REQUIRED, "0", "PROMO_NUMBER"), ("details.discountType.outerScope", "maybe", "PROMO_BOOLEAN"),
        ("images.url", "summer.png", "PROMO_URL"), ("images.thumbnail", "https://", "PROMO_URL"), ("importHash", "7", "PROMO_IMPORT_HASH"),
        (STEPS, "5 from 1", "PROMO_STEPS"), (STEPS, "[]", "PROMO_STEPS"), (STEPS, '[{"usageThreshold": 1}]', "PROMO_STEPS"),
        (STEPS, '[{"usageThreshold": "1", "discountValue": 5}]', "PROMO_STEPS"),
        (STEPS, TWO_STEPS.replace("3", "1"), "PROMO_STEPS"), (STEPS, TWO_STEPS.replace("3", "0"), "PROMO_STEPS"),
        ("discountValue", "-1", "PROMO_VALUE_RANGE"),
    ],
)  # fmt: skip
def test_a_bad_value_breaks_exactly_its_rule(field: str, value: str, code: str) -> None:
    assert codes({field: value}) == [code]


@pytest.mark.parametrize(
    "values",
    [
        {"code": "a"}, {"code": "É" * 128}, {"name": "Rabais\nd'été 😀"}, {"discountType": "PERCENT", "discountValue": "100"},
        {"discountType": "PERCENT", "discountValue": "0.01"}, {"discountType": "AMOUNT", "discountValue": "0"}, {"discountType": "NONE"},
        {"discountType": "2_FOR_1"}, {"discountType": "MULTIBUY", REQUIRED: "3", DISCOUNTED: "3"}, {"discountType": "POINTS", "discountValue": "250"},
        {"discountMode": "STEP", STEPS: TWO_STEPS, "discountType": "PERCENT", "discountValue": None}, {"discountMode": "STATIC"},
        {"startAt": "2026-06-01T00:00:00Z", "expireAt": "2036-06-01T00:00:00+02:00"}, {"minBasketValue": "50", "maxBasketValue": "50"},
        {"expireAt": "2026-11-23T12:00:01Z"}, {"startAt": "2026-06-01T00:00:00Z", "expireAt": None},
        {"targetType": "SEGMENT", "targetSegment": "frequent"}, {"targetType": "ALL", "targetSegment": None}, {"itemScope": "BASKET"},
        {"itemScope": "LINE_ITEM", "catalogIndexItems": "SKU-1"}, {"params.colour": "#ff0000"}, {"importHash": "3F2504E0-4F89-41D3-9A0C-0305E82C3301"},
    ],
)  # fmt: skip
def test_a_good_promotion_breaks_nothing(values: dict[str, str | None]) -> None:
    assert codes(values) == []


@pytest.mark.parametrize(
    ("values", "code", "field", "severity"),
    [
        ({"startAt": "2036-06-02T00:00:00Z", "expireAt": "2036-06-01T00:00:00Z"}, "PROMO_DATES", "expireAt", "error"),
        ({"startAt": "2036-06-01T00:00:00Z", "expireAt": "2036-06-01T02:00:00+02:00"}, "PROMO_DATES", "expireAt", "error"),
        ({"displayFrom": "2036-06-02T00:00:00Z", "displayTo": "2036-06-01T00:00:00Z"}, "PROMO_DATES", "displayTo", "error"),
        ({"expireAt": "2026-11-23T11:59:59Z"}, "PROMO_EXPIRED", "expireAt", "warning"),
        ({"discountType": "PERCENT", "discountValue": "0"}, "PROMO_PERCENT_RANGE", "discountValue", "error"),
        ({"discountType": "PERCENT", "discountValue": "-5"}, "PROMO_PERCENT_RANGE", "discountValue", "error"),
        ({"discountType": "PERCENT", "discountValue": "100.01"}, "PROMO_PERCENT_RANGE", "discountValue", "error"),
        ({"discountType": "AMOUNT", "discountValue": "-5"}, "PROMO_VALUE_RANGE", "discountValue", "error"),
        *(
            ({"discountType": kind}, "PROMO_VALUE_MISSING", "discountType", "error")
            for kind in ("PERCENT", "AMOUNT", "POINTS", "EXACT_PRICE", "DIGITAL_CASHBACK")
        ),
        ({"discountMode": "STEP"}, "PROMO_STEPS", "discountMode", "error"),
        ({REQUIRED: "2", DISCOUNTED: "3"}, "PROMO_MULTIBUY", DISCOUNTED, "error"),
        ({"minBasketValue": "50", "maxBasketValue": "49.99"}, "PROMO_BASKET_RANGE", "maxBasketValue", "error"),
        ({"targetType": "SEGMENT", "targetSegment": None}, "PROMO_TARGET", "targetType", "error"),
        ({"targetType": "SEGMENT", "targetSegment": " "}, "PROMO_TARGET", "targetType", "error"),
        ({"targetType": "ALL", "targetSegment": "frequent"}, "PROMO_TARGET", "targetSegment", "warning"),
        ({"itemScope": "LINE_ITEM"}, "PROMO_ITEMS", "itemScope", "warning"),
    ],
)  # fmt: skip
def test_fields_that_do_not_go_together_break_exactly_one_rule(
    values: dict[str, str | None], code: str, field: str, severity: str
) -> None:
    result, found = judge("promotions", [{**GOOD, **values}])
    assert found == [(code, field, Severity(severity))]
    assert result.valid.height == (severity == "warning")


def test_a_rule_is_not_judged_where_one_of_its_fields_is_wrong_itself() -> None:
    assert codes({"minBasketValue": "50", "maxBasketValue": "-1"}) == ["PROMO_NUMBER"]
    assert codes({"discountType": "PERCENT", "discountValue": "10 %"}) == ["PROMO_NUMBER"]
    assert codes({"discountMode": "STEP", STEPS: "5 from 1"}) == ["PROMO_STEPS"]
    assert codes({"targetType": "SEGMENT", "targetSegment": "\x00"}) == ["PROMO_TEXT"]


def test_values_are_typed_and_several_columns_make_one_list() -> None:
    values = {
        **GOOD, "startAt": "2026-06-01T00:00:00+02:00", "priority": "250", "price": "19.9", "details.discountType.outerScope": "true",
        "catalogIndexItems#1": "SKU-1", "catalogIndexItems#2": " SKU-2 ", "targetSegment#1": None, "targetSegment#2": "s", "storeIds": "7",
    }  # fmt: skip
    result, found = judge("promotions", [values])
    assert found == []
    assert result.valid.select("startAt", "priority", "price", "details.discountType.outerScope").row(0) == (
        datetime(2026, 5, 31, 22), 250, 19.9, True,
    )  # fmt: skip
    assert result.valid.select("catalogIndexItems", "targetSegment", "storeIds").row(0) == (["SKU-1", "SKU-2"], ["s"], ["7"])


def test_a_bad_optional_value_can_be_dropped_instead_of_the_promotion() -> None:
    result, found = judge("promotions", [{**GOOD, "visibilityStatus": "ON", "price": "free", "itemScope": "BASKET"}], on_bad_optional="drop_value")
    assert [s for _, _, s in found] == [Severity.WARNING, Severity.WARNING]
    assert result.valid.select("visibilityStatus", "price", "itemScope").row(0) == (None, None, "BASKET")
    assert codes({"type": "general"}, on_bad_optional="drop_value") == ["PROMO_ENUM"]


def test_what_customers_did_with_a_promotion_is_not_imported_and_that_is_said() -> None:
    names = ("code", "Status", "uuid", "activationCounter", "colour")
    maps = mapping.suggest(PROMOTIONS, names, names)
    assert [m.field for m in maps] == ["code", None, None, None, "params.colour"]
    found = mapping.issues(PROMOTIONS, Recipe("promotions", "1", Dialect(), maps), names)
    assert [(i.column, i.blocking) for i in found if i.code == "PROMO_OUTPUT"] == [("Status", False), ("uuid", False), ("activationCounter", False)]


def test_several_columns_may_hold_items_and_the_five_fields_must_be_mapped() -> None:
    maps = (ColumnMap("code", "code"), ColumnMap("a", "catalogIndexItems"), ColumnMap("b", "catalogIndexItems"))
    found = mapping.issues(PROMOTIONS, Recipe("promotions", "1", Dialect(), maps), ["code", "a", "b"])
    assert {(i.field, i.code) for i in found if i.blocking} == {(n, "MAPPING_REQUIRED") for n in GOOD if n != "code"}
