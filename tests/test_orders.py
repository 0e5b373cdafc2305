"""Whole imports of orders: what lines of one order do to each other, and what an order does to the one that is there."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from importer.access import Person
from importer.model import Goal, Import, Ledger, Outcome
from importer.service import SAMPLES, Importer
from tests.orders import text

ITEM = {"revenue.amount": "35.98", "value.amount": "30"}
TEA, CUP = ITEM | {"products.sku": "S1"}, ITEM | {"products.sku": "S2", "products.quantity": "1", "products.finalUnitPrice.amount": "10"}
OTHER: dict[str, str | None] = {"orderId": "B-1"}


@pytest.fixture
def run(file: Callable[..., Path], import_file: Callable[..., Import]) -> Callable[..., Import]:
    def act(*lines: Any, goal: Goal = Goal.RUN, without: tuple[str, ...] = (), **options: Any) -> Import:
        return import_file(file(text(*lines, without=without)), "transactions", goal=goal, **options)

    return act


@pytest.fixture
def loaded(service: Importer, me: Person) -> Callable[..., list[tuple[object, ...]]]:
    def read(table: str, *columns: str) -> list[tuple[object, ...]]:
        page = service.records(me, table, limit=1000)
        return [tuple(row[page.columns.index(c)] if c in page.columns else None for c in columns) for row in page.rows]

    return read


@pytest.fixture
def found(service: Importer, me: Person) -> Callable[[Import], list[tuple[int, str, str]]]:
    return lambda job: [(v.line, v.field, v.code) for v in service.violations(me, job.id, limit=None).items]


def items(loaded: Callable[..., Any]) -> list[tuple[object, ...]]:
    return sorted(loaded("transaction_items", "orderId", "_position", "products.sku"))


def test_an_order_is_one_row_and_its_lines_are_another_table(service: Importer, me: Person, run: Any, loaded: Any, found: Any) -> None:
    job = run(TEA, CUP, OTHER)
    assert (job.outcome, job.ledger) == (Outcome.COMPLETED, Ledger(records=3, created=3))
    assert loaded("transactions", "orderId", "revenue.amount", "_line") == [("A-1", 35.98, 2), ("B-1", 25.98, 4)]
    assert items(loaded) == [("A-1", 1, "S1"), ("A-1", 2, "S2"), ("B-1", 1, "S1")]
    assert {(t.type, t.records) for t in service.tables(me)} == {("transactions", 2), ("transaction_items", 3)}
    assert found(job) == []


def test_lines_that_stand_apart_are_put_together_and_that_is_said_once(run: Any, loaded: Any, found: Any) -> None:
    job = run(TEA, OTHER, CUP)
    assert found(job) == [(4, "orderId", "TRX_NOT_CONTIGUOUS")]
    assert items(loaded) == [("A-1", 1, "S1"), ("A-1", 2, "S2"), ("B-1", 1, "S1")]


def test_the_same_file_again_changes_nothing(run: Any, loaded: Any) -> None:
    first = run(TEA, OTHER, CUP)
    before = loaded("transactions", "orderId", "eventSalt", "_import"), items(loaded)
    assert run(TEA, OTHER, CUP, goal=Goal.CHECK).ledger == Ledger(records=3, unchanged=3)
    assert run(TEA, OTHER, CUP).ledger == Ledger(records=3, unchanged=3)
    assert (loaded("transactions", "orderId", "eventSalt", "_import"), items(loaded)) == before
    assert {row[2] for row in before[0]} == {first.id}


@pytest.mark.parametrize(
    ("lines", "skus"),
    [
        ([TEA, CUP | {"products.name": "Cup"}], ["S1", "S2"]), ([TEA, CUP, CUP | {"products.sku": "S3"}], ["S1", "S2", "S3"]),
        ([TEA], ["S1"]), ([CUP, TEA], ["S2", "S1"]), ([TEA | {"paymentInfo.method": "CASH"}, CUP | {"paymentInfo.method": "CASH"}], ["S1", "S2"]),
    ],
    ids=["changed line", "one more", "one less", "another order of lines", "changed head"],
)  # fmt: skip
def test_an_order_that_differs_is_updated_and_not_doubled(lines: list[Any], skus: list[str], run: Any, loaded: Any) -> None:
    run(TEA, CUP, OTHER)
    expected = Ledger(records=len(lines) + 1, updated=len(lines), unchanged=1)
    assert run(*lines, OTHER, goal=Goal.CHECK).ledger == run(*lines, OTHER).ledger == expected
    assert [o for (o,) in loaded("transactions", "orderId")] == ["A-1", "B-1"]
    assert items(loaded) == [*(("A-1", i + 1, sku) for i, sku in enumerate(skus)), ("B-1", 1, "S1")]


def test_an_empty_cell_of_the_order_leaves_the_value(run: Any, loaded: Any) -> None:
    run(TEA | {"client.customId": "C1", "metadata.store": "7"})
    job = run(TEA | {"client.customId": None, "metadata.store": None, "value.amount": None})
    assert job.ledger == Ledger(records=1, unchanged=1)
    run(TEA | {"client.customId": None, "paymentInfo.method": "CASH"})
    assert loaded("transactions", "client.customId", "metadata.store", "paymentInfo.method") == [("C1", "7", "CASH")]


def test_a_field_that_only_some_lines_fill_is_that_of_the_order(run: Any, loaded: Any) -> None:
    run(TEA | {"client.customId": None}, CUP | {"client.customId": "C1"}, OTHER | {"client.customId": "C2"})
    assert loaded("transactions", "orderId", "client.customId") == [("A-1", "C1"), ("B-1", "C2")]


def test_a_column_that_the_destination_does_not_have_yet_changes_the_order(run: Any, loaded: Any) -> None:
    run(TEA)
    assert run(TEA | {"metadata.store": "7"}, goal=Goal.CHECK).ledger == Ledger(records=1, updated=1)
    assert run(TEA | {"metadata.store": "7"}).ledger == Ledger(records=1, updated=1)
    assert loaded("transactions", "metadata.store") == [("7",)]


def test_one_bad_line_rejects_its_order_and_every_line_names_it(service: Importer, me: Person, run: Any, found: Any, loaded: Any) -> None:
    job = run(TEA, OTHER, CUP | {"products.quantity": "0"}, TEA)
    assert (job.outcome, job.ledger) == (Outcome.PARTIALLY, Ledger(records=4, created=1, rejected=3))
    assert found(job) == [(2, "orderId", "TRX_NO_PRODUCTS"), (4, "products.quantity", "TRX_QUANTITY"), (5, "orderId", "TRX_NO_PRODUCTS")]
    assert {"line 4" in v.message.lower() for v in service.violations(me, job.id, code="TRX_NO_PRODUCTS").items} == {True}
    assert items(loaded) == [("B-1", 1, "S1")]
    assert len(service.rejected_records(me, job.id)[0].read_text(encoding="utf-8-sig").splitlines()) == 4


@pytest.mark.parametrize("order", [" A-1 ", "A-1\t"])
def test_a_line_that_cannot_be_read_rejects_the_order_that_it_names(order: str, run: Any, found: Any) -> None:
    job = run(TEA, f"ada@example.com,{order},CARD,S2", OTHER)
    assert job.ledger == Ledger(records=3, created=1, rejected=2)
    assert found(job) == [(2, "orderId", "TRX_NO_PRODUCTS"), (3, "", "ROW_FEW_FIELDS")]


def test_a_line_that_does_not_get_as_far_as_its_order_id_rejects_nothing_else(run: Any) -> None:
    assert run(TEA, "ada@example.com", OTHER).ledger == Ledger(records=3, created=2, rejected=1)


def test_lines_that_contradict_each_other_reject_the_order(run: Any, found: Any) -> None:
    job = run(TEA | {"client.customId": None}, CUP | {"source": "WEB_MOBILE"}, OTHER)
    assert job.ledger == Ledger(records=3, created=1, rejected=2)
    assert found(job) == [(2, "source", "TRX_HEAD_CONFLICT"), (3, "source", "TRX_HEAD_CONFLICT")]


@pytest.mark.parametrize("several", [False, True])
def test_two_currencies_in_an_order_reject_it_and_not_the_file(several: bool, run: Any, found: Any) -> None:
    euros = dict.fromkeys(("products.finalUnitPrice.currency", "revenue.currency", "value.currency"), "EUR")
    job = run(TEA, CUP | euros, OTHER, several_currencies=several)
    assert job.ledger == Ledger(records=3, created=1, rejected=2)
    assert {code for _, _, code in found(job)} == {"TRX_CURRENCY_MIX"}


def test_orders_in_two_currencies_stop_the_file_unless_that_is_allowed(service: Importer, me: Person, run: Any, loaded: Any) -> None:
    euros = OTHER | dict.fromkeys(("products.finalUnitPrice.currency", "revenue.currency", "value.currency"), "EUR")
    job = run(TEA, euros)
    assert (job.outcome, job.error_code) == (Outcome.ERRORS, "TRX_CURRENCY_FILE")
    assert "EUR and PLN" in str(job.reason)
    assert service.tables(me) == ()
    assert run(TEA, euros, several_currencies=True).ledger == Ledger(records=2, created=2)
    assert loaded("transactions", "orderId", "revenue.currency") == [("A-1", "PLN"), ("B-1", "EUR")]


@pytest.mark.parametrize(("revenue", "codes"), [("35.98", []), ("36.00", []), ("36.01", ["TRX_REVENUE_SUM"]), ("35.9", ["TRX_REVENUE_SUM"])])
def test_the_revenue_is_the_sum_of_the_items_to_a_cent_for_each_line(revenue: str, codes: list[str], run: Any, found: Any) -> None:
    job = run(*({**line, "revenue.amount": revenue} for line in (TEA, CUP)))
    assert [code for _, _, code in found(job)] == codes
    assert job.ledger == Ledger(records=2, created=2)


@pytest.mark.parametrize(("discount", "codes"), [("59.97", []), ("59.98", ["TRX_DISCOUNT_GT"])])
def test_a_discount_is_not_larger_than_the_regular_prices(discount: str, codes: list[str], run: Any, found: Any) -> None:
    job = run({"products.regularPrice.amount": "19.99", "products.quantity": "3", "revenue.amount": "38.97", "discountAmount.amount": discount})
    assert [code for _, _, code in found(job)] == codes


def test_revenue_and_value_are_calculated_where_that_is_asked_for(run: Any, loaded: Any, found: Any) -> None:
    lines = ({**TEA, "revenue.amount": "1"}, {**CUP, "revenue.amount": None, "products.quantity": "0.25", "products.netUnitPrice.amount": "8.1"})
    job = run(*lines, calculate_revenue=True)
    assert [c for c in found(job) if c[2] != "TRX_VALUE_GT_REVENUE"] == [(2, "revenue.amount", "TRX_REVENUE_CALC")]
    assert loaded("transactions", "revenue.amount", "revenue.currency", "value.amount") == [(28.48, "PLN", 28.01)]
    assert run(*lines, calculate_revenue=True).ledger == Ledger(records=2, unchanged=2)
    without = ("revenue.amount", "revenue.currency", "value.amount", "value.currency")
    assert run(*lines, without=without, calculate_revenue=True).ledger == Ledger(records=2, unchanged=2)


def test_a_salt_is_made_from_the_order_id_and_a_given_one_is_kept(run: Any, loaded: Any) -> None:
    run(TEA, OTHER | {"eventSalt": "mine"})
    salts = dict(loaded("transactions", "orderId", "eventSalt"))
    assert salts == {"A-1": str(uuid.UUID(hashlib.md5(b"transaction.charge|A-1").hexdigest())), "B-1": "mine"}
    run(TEA | {"paymentInfo.method": "CASH"}, OTHER | {"paymentInfo.method": "CASH"})
    assert dict(loaded("transactions", "orderId", "eventSalt")) == salts


def test_one_salt_for_two_orders_rejects_both_with_all_their_lines(run: Any, found: Any) -> None:
    job = run(TEA | {"eventSalt": "x"}, CUP | {"eventSalt": None}, OTHER | {"eventSalt": "x"}, {"orderId": "C-1", "eventSalt": "y"})
    assert job.ledger == Ledger(records=4, created=1, rejected=3)
    assert found(job) == [(2, "orderId", "TRX_SALT_REUSE"), (3, "orderId", "TRX_NO_PRODUCTS"), (4, "orderId", "TRX_SALT_REUSE")]


def test_an_unknown_product_is_a_warning_once_products_were_loaded(run: Any, found: Any, import_file: Callable[..., Import]) -> None:
    assert found(run({})) == []
    import_file(SAMPLES / "products_good.tsv", "products")
    job = run({}, goal=Goal.CHECK)
    assert (found(job), job.ledger.rejected) == ([(2, "products.sku", "TRX_SKU_UNKNOWN")], 0)
