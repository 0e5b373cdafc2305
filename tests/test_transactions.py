"""Every rule of the transactions type over one line: what breaks it, what does not, and what is repaired."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from importer.model import Severity
from tests.judging import judge
from tests.orders import GOOD

UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
LONG = "S" * 256
CALCULATED = ("revenue.amount", "revenue.currency", "value.amount", "value.currency")


def judged(values: dict[str, str | None], **options: Any) -> list[tuple[str, str, Severity]]:
    return judge("transactions", [{**GOOD, **values}], **options)[1]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("client.email", "a@b", "TRX_EMAIL"), ("client.email", "a..b@c.com", "TRX_EMAIL"), ("client.email", "a\u00ad@c.com", "TRX_ID_CHARS"),
        ("client.customId", "a\nb", "TRX_ID_CHARS"), ("client.uuid", UUID[:-1], "TRX_UUID"), ("client.id", "0", "TRX_CLIENTID"),
        ("client.id", "x", "TRX_CLIENTID"), ("orderId", None, "TRX_REQ_ORDER"), ("orderId", "null", "TRX_REQ_ORDER"),
        ("orderId", "A\u20281", "TRX_ID_CHARS"), ("paymentInfo.method", None, "TRX_REQ_PAYMENT"), ("paymentInfo.method", "\ufe0f", "TRX_TEXT"),
        ("products.sku", None, "TRX_REQ_SKU"), ("products.sku", "S\u00ad", "TRX_ID_CHARS"), ("products.name", "a\x00", "TRX_TEXT"),
        ("products.quantity", None, "TRX_QUANTITY"), ("products.quantity", "0", "TRX_QUANTITY"), ("products.quantity", "-1", "TRX_QUANTITY"),
        ("products.quantity", "two", "TRX_QUANTITY"), ("products.finalUnitPrice.amount", None, "TRX_AMOUNT"),
        ("products.finalUnitPrice.amount", "12,99", "TRX_AMOUNT"), ("products.finalUnitPrice.amount", "1 299.00", "TRX_AMOUNT"),
        ("products.finalUnitPrice.amount", "-0.01", "TRX_AMOUNT"), ("products.finalUnitPrice.currency", None, "TRX_CURRENCY"),
        ("products.finalUnitPrice.currency", "ZLT", "TRX_CURRENCY"), ("revenue.amount", None, "TRX_REQ_REVENUE"),
        ("revenue.amount", "-1", "TRX_AMOUNT"), ("revenue.currency", None, "TRX_REQ_REVENUE"), ("revenue.currency", "EURO", "TRX_CURRENCY"),
        ("value.amount", "x", "TRX_AMOUNT"), ("value.currency", None, "TRX_REQ_VALUE"), ("value.currency", "12", "TRX_CURRENCY"),
        ("source", None, "TRX_SOURCE"), ("source", "pos", "TRX_SOURCE"), ("recordedAt", "2025-03-01", "TRX_TIME"),
        ("recordedAt", "2025-02-30T10:00:00Z", "TRX_TIME"), ("eventSalt", "a\rb", "TRX_ID_CHARS"), ("discountAmount.amount", "-5", "TRX_AMOUNT"),
        ("discountAmount.currency", "XX", "TRX_CURRENCY"), ("products.regularPrice.amount", "free", "TRX_AMOUNT"),
        ("products.netUnitPrice.amount", "-1", "TRX_AMOUNT"), ("products.discountPrice.amount", "-1", "TRX_AMOUNT"),
        ("products.regularPrice.currency", "XX", "TRX_CURRENCY"), ("products.netUnitPrice.currency", "XX", "TRX_CURRENCY"),
        ("products.discountPrice.currency", "XX", "TRX_CURRENCY"), ("products.discountPercent", "100.5", "TRX_PERCENT"),
        ("products.discountPercent", "-1", "TRX_PERCENT"), ("products.tax", "23 %", "TRX_PERCENT"), ("products.tax", "101", "TRX_PERCENT"),
        ("products.categories", "\x00", "TRX_TEXT"), ("products.url", "shop.example.com", "TRX_URL"), ("products.image", "tea.png", "TRX_URL"),
        ("metadata.promotionCode", "\x00", "TRX_TEXT"),
    ],
)  # fmt: skip
def test_a_bad_value_breaks_exactly_its_rule_and_rejects_the_line(field: str, value: str | None, code: str) -> None:
    result, found = judge("transactions", [{**GOOD, field: value, "client.customId": value if field == "client.customId" else "C1"}])
    assert found == [(code, field, Severity.ERROR)]
    assert result.valid.height == 0


@pytest.mark.parametrize(
    "values",
    [
        {"client.email": None, "client.customId": "C1"}, {"client.email": None, "client.uuid": UUID}, {"client.email": None, "client.id": "7"},
        {"products.quantity": "2.5"}, {"products.finalUnitPrice.amount": "0"}, {"source": "WEB_DESKTOP"}, {"source": "MOBILE_APP"},
        {"recordedAt": "2026-11-23T12:05:00Z"}, {"products.discountPercent": "0"}, {"products.discountPercent": "100"}, {"products.tax": "23"},
        {"products.regularPrice.amount": "14.99", "products.discountPrice.amount": "2.00"}, {"discountAmount.amount": "5", "discountAmount.currency": "PLN"},
        {"products.categories": "Drinks", "products.url": "https://example.com/tea", "metadata.store": "7"}, {"value.amount": None},
        {"value.amount": "25.98"}, {"products.regularPrice.amount": "14.43", "products.discountPercent": "10"},
    ],
)  # fmt: skip
def test_a_good_line_breaks_nothing(values: dict[str, str | None]) -> None:
    assert judged(values) == []


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"products.name": None}, "TRX_NAME_MISSING", "products.name"), ({"recordedAt": None}, "TRX_TIME_MISSING", "recordedAt"),
        ({"recordedAt": "2026-11-23T12:05:01Z"}, "TIME_FUTURE", "recordedAt"), ({"value.amount": "25.99"}, "TRX_VALUE_GT_REVENUE", "value.amount"),
        ({"products.regularPrice.amount": "12.98"}, "TRX_PRICE_ORDER", "products.finalUnitPrice.amount"),
        ({"products.regularPrice.amount": "14.99", "products.discountPrice.amount": "3"}, "TRX_PRICE_ORDER", "products.discountPrice.amount"),
        ({"products.regularPrice.amount": "14.99", "products.discountPercent": "50"}, "TRX_PRICE_ORDER", "products.discountPercent"),
        *(({n: LONG}, "TRX_ID_LENGTH", n) for n in ("client.customId", "orderId", "products.sku", "eventSalt")),
    ],
)  # fmt: skip
def test_what_is_odd_is_a_warning_and_keeps_the_line(values: dict[str, str | None], code: str, field: str) -> None:
    assert judged(values) == [(code, field, Severity.WARNING)]


@pytest.mark.parametrize(
    ("field", "value", "code", "becomes"),
    [
        ("client.email", " a@b.co", "TRX_ID_TRIM", "a@b.co"), ("orderId", "A-1\t", "TRX_ID_TRIM", "A-1"), ("products.sku", " S1", "TRX_ID_TRIM", "S1"),
        ("client.uuid", UUID.upper(), "TRX_UUID_CASE", UUID), ("revenue.currency", "pln", "TRX_CURRENCY_CASE", "PLN"),
        ("discountAmount.amount", "0", "TRX_DISCOUNT_ZERO", None), ("discountAmount.amount", "0.00", "TRX_DISCOUNT_ZERO", None),
    ],
)  # fmt: skip
def test_a_repair_is_made_and_listed_and_keeps_the_line(field: str, value: str, code: str, becomes: object) -> None:
    result, found = judge("transactions", [{**GOOD, field: value}])
    assert found == [(code, field, Severity.REPAIR)]
    assert result.valid[field].to_list() == [becomes]


def test_an_order_needs_a_customer_and_a_phone_number_is_none() -> None:
    assert judged({"client.email": None, "client.customId": "null"}) == [("TRX_NO_CLIENT", "client.email", Severity.ERROR)]


@pytest.mark.parametrize("field", ["revenue.currency", "value.currency"])
def test_a_line_in_two_currencies_is_rejected(field: str) -> None:
    assert judged({field: "EUR"}) == [("TRX_CURRENCY_MIX", "products.finalUnitPrice.currency", Severity.ERROR)]


@pytest.mark.parametrize("field", ["discountAmount.amount", "products.tax", "products.url", "products.regularPrice.currency"])
def test_a_bad_optional_value_can_be_left_out_instead_of_the_line(field: str) -> None:
    result, found = judge("transactions", [{**GOOD, field: "BAD"}], on_bad_optional="drop_value")
    assert [s for _, _, s in found] == [Severity.WARNING]
    assert result.valid[field].to_list() == [None]


def test_revenue_and_value_may_be_empty_where_they_are_calculated() -> None:
    assert judged(dict.fromkeys(CALCULATED), calculate_revenue=True) == []
    assert {c for c, _, _ in judged(dict.fromkeys(CALCULATED))} == {"TRX_REQ_REVENUE", "TRX_REQ_VALUE"}


def test_values_are_typed_and_several_columns_make_one_list_of_categories() -> None:
    result, _ = judge("transactions", [{**GOOD, "products.categories#1": "Drinks", "products.categories#2": "Gifts"}])
    assert result.valid.select("products.quantity", "revenue.amount", "recordedAt", "products.categories").row(0) == (
        2.0, 25.98, datetime(2025, 3, 1, 9), ["Drinks", "Gifts"],
    )  # fmt: skip
