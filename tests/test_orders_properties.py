"""Orders of any kind: what is found, counted and loaded is what a plain model says, for every size of parts."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from importer.config import load_settings
from importer.model import Ledger
from importer.service import Importer
from tests.conftest import work_here
from tests.orders import text

Line = tuple[str, str, str, str, str]  # order, customer, salt, SKU, and whether it is good, bad or torn
Outcome = tuple[list[tuple[int, str]], Ledger, dict[str, tuple[str | None, list[str]]]]
LINES = st.lists(
    st.tuples(
        st.sampled_from("ABC"), st.sampled_from(["", "1", "1", "2"]), st.sampled_from(["", "", "", "x", "y"]), st.sampled_from("STU"),
        st.sampled_from(["good"] * 10 + ["bad", "torn"]),
    ),
    min_size=1, max_size=9,
)  # fmt: skip


def model(lines: list[Line]) -> Outcome:
    """Records by number from 1; a record stands in the line after its number."""
    live = {n: line for n, line in enumerate(lines, 1) if line[4] == "good"}
    found = [(n, {"bad": "TRX_QUANTITY", "torn": "ROW_FEW_FIELDS"}[line[4]]) for n, line in enumerate(lines, 1) if line[4] != "good"]
    broken = {line[0] for line in lines if line[4] != "good"}

    def reject(numbers: set[int], code: str) -> None:
        found.extend((n, code) for n in numbers)

    of_salt = defaultdict(set)
    for order, _, salt, _, _ in live.values():
        of_salt[salt].add(order)
    reused = {n for n, line in live.items() if line[2] and len(of_salt[line[2]]) > 1}
    reject(reused, "TRX_SALT_REUSE")
    broken |= {live.pop(n)[0] for n in reused}
    torn = set()
    for field in (1, 2):
        values = defaultdict(set)
        for line in live.values():
            values[line[0]] |= {line[field]} - {""}
        conflicting = {n for n, line in live.items() if line[field] and len(values[line[0]]) > 1}
        reject(conflicting, "TRX_HEAD_CONFLICT")
        torn |= conflicting
    broken |= {live.pop(n)[0] for n in torn}
    rest = {n for n, line in live.items() if line[0] in broken}
    reject(rest, "TRX_NO_PRODUCTS")
    live = {n: line for n, line in live.items() if n not in rest}
    loaded: dict[str, tuple[str | None, list[str]]] = {}
    for order in sorted({line[0] for line in live.values()}):
        numbers = [n for n, line in live.items() if line[0] == order]
        apart = [b for a, b in pairwise(numbers) if b - a > 1]
        found += [(n, "TRX_NOT_CONTIGUOUS") for n in apart[:1]]
        loaded[order] = (next((live[n][1] for n in numbers if live[n][1]), None), [live[n][3] for n in numbers])
    return sorted((n + 1, code) for n, code in found), Ledger(len(lines), created=len(live), rejected=len(lines) - len(live)), loaded


def imported(lines: list[Line], block_bytes: int) -> Outcome:
    zero = dict.fromkeys(("products.finalUnitPrice.amount", "revenue.amount", "value.amount"), "0")
    rows = [
        f"ada@example.com,{order}"
        if state == "torn"
        else {**zero, "orderId": order, "client.customId": who, "eventSalt": salt, "products.sku": sku}
        | ({"products.quantity": "0"} if state == "bad" else {})
        for order, who, salt, sku, state in lines
    ]
    columns = {"client.customId": "", "eventSalt": ""}
    content = text(*(columns | row if isinstance(row, dict) else row for row in rows), {**columns, "orderId": "END", **zero})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        path.write_text(content)
        service = Importer(load_settings(Path(folder) / "w", env={"IMPORTER_BLOCK_BYTES": str(block_bytes)}))
        me = service.local_person()
        draft = service.draft_from_path(me, path, "transactions")
        service.run(me, draft.id, service.suggest_recipe(me, draft.id))
        job = work_here(service, draft.id)
        found = [(v.line, v.code) for v in service.violations(me, job.id, limit=None).items]
        heads, items = (service.records(me, table, limit=100) for table in ("transactions", "transaction_items"))
    at, who = heads.columns.index("orderId"), heads.columns.index("client.customId") if "client.customId" in heads.columns else None
    loaded = {str(row[at]): (row[who] if who is not None else None, []) for row in heads.rows}
    at, position, sku = (items.columns.index(n) for n in ("orderId", "_position", "products.sku"))
    for row in sorted(items.rows, key=lambda r: r[position]):
        loaded[str(row[at])][1].append(row[sku])
    assert loaded.pop("END") == (None, ["S1"])
    assert job.ledger.balanced
    ledger = Ledger(job.ledger.records - 1, created=job.ledger.created - 1, rejected=job.ledger.rejected)
    return sorted(found), ledger, loaded


@given(LINES, st.sampled_from([1, 130, 300]))
@settings(max_examples=25)
def test_orders_are_what_a_plain_model_says_for_every_size_of_parts(lines: list[Line], block_bytes: int) -> None:
    expected = model(lines)
    assert imported(lines, 1 << 20) == expected
    assert imported(lines, block_bytes) == expected
