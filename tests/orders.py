"""Orders as text for tests: a line of a file from what differs from a good line."""

from __future__ import annotations

GOOD: dict[str, str | None] = {
    "client.email": "ada@example.com", "orderId": "A-1", "paymentInfo.method": "CARD", "products.sku": "S1", "products.name": "Tea",
    "products.quantity": "2", "products.finalUnitPrice.amount": "12.99", "products.finalUnitPrice.currency": "PLN",
    "revenue.amount": "25.98", "revenue.currency": "PLN", "value.amount": "21.12", "value.currency": "PLN", "source": "POS",
    "recordedAt": "2025-03-01T10:00:00+01:00",
}  # fmt: skip


def text(*lines: dict[str, str | None] | str, without: tuple[str, ...] = ()) -> str:
    """A file of these lines; a text stands in it as it is."""
    extra = [n for line in lines if isinstance(line, dict) for n in line]
    names = [n for n in dict.fromkeys([*GOOD, *extra]) if n not in without]
    rows = [line if isinstance(line, str) else ",".join((GOOD | line).get(n) or "" for n in names) for line in lines]
    return "\n".join([",".join(names), *rows]) + "\n"
