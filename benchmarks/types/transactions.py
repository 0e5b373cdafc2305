"""Good orders, one line for each item, and what can be wrong with one."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.types import Grouped, Seed, numbers, pick, some, times, uuids

_TEAS = 'Tea;Green tea;Thé vert;Herbata, biała;The "old" blend;Tea\nin bags;Matcha;Kanne'
_CATEGORIES = ["Drinks", "Drinks, hot", "Gifts", None]


def good(random: np.random.Generator, first: int, number: int) -> pl.DataFrame:
    """Orders of one to five lines; all lines of an order are among those that are made here, and stand together."""
    orders = _orders(random, number)
    order = pl.Series(np.repeat(np.arange(len(orders)), orders))
    start = numbers(first, 1)[0] + np.cumsum(orders) - orders
    heads = _heads(random, pl.Series(start), len(orders))
    items = _items(random, number)
    totals = items.group_by(order.alias("order"), maintain_order=True).agg(
        revenue=pl.col("paid").sum().round(2), discount=(pl.col("full").sum() - pl.col("paid").sum()).round(2)
    )
    amounts = totals.select(
        pl.col("revenue").cast(pl.String).alias("revenue.amount"),
        (pl.col("revenue") / 1.23).round(2).cast(pl.String).alias("value.amount"),
        pl.when(pl.col("discount") > 0).then(pl.col("discount").cast(pl.String)).alias("discountAmount.amount"),
    )
    whole = pl.concat([heads, amounts], how="horizontal")[order.to_list()]
    return pl.concat([whole, items.drop("paid", "full")], how="horizontal")


def _orders(random: np.random.Generator, number: int) -> np.ndarray:
    """Numbers of lines of orders, so many lines in all."""
    sizes = random.integers(1, 6, number)
    ends = np.minimum(np.cumsum(sizes), number)
    sizes = np.diff(ends, prepend=0)
    return sizes[sizes > 0]


def _heads(random: np.random.Generator, start: pl.Series, number: int) -> pl.DataFrame:
    record = start.cast(pl.String)
    known = pl.Series(random.random(number) < 0.9)
    return pl.DataFrame(
        {
            "orderId": "O-" + record.str.zfill(9),
            "client.email": pl.select(pl.when(known).then("user" + record + "@example.com")).to_series(),
            "client.customId": "C" + record.str.zfill(9),
            "client.uuid": some(random, uuids(random, number), 0.3),
            "client.id": some(random, (start + 1).cast(pl.String), 0.2),
            "paymentInfo.method": pick(random, ["CARD", "CASH", "BLIK", "Gift card, paper"], number),
            "source": pick(random, ["WEB_DESKTOP", "WEB_MOBILE", "MOBILE_APP", "POS", "MOBILE", "DESKTOP"], number),
            "recordedAt": times(random, "2024-01-01", "2026-01-01", number),
            "eventSalt": "salt-" + record,
            "revenue.currency": pl.repeat("PLN", number, eager=True),
            "value.currency": pl.repeat("PLN", number, eager=True),
            "discountAmount.currency": pick(random, ["PLN", None], number),
            "metadata.store": pick(random, ["7", "12", None], number),
        }
    )


def _items(random: np.random.Generator, number: int) -> pl.DataFrame:
    regular = pl.Series(random.uniform(1, 200, number).round(2))
    percent = pick(random, ["0", "10", "25"], number)
    final = (regular * (1 - percent.cast(pl.Float64) / 100)).round(2)
    quantity = pick(random, ["1", "1", "2", "3", "2.5"], number)
    counted = quantity.cast(pl.Float64)
    return pl.DataFrame(
        {
            "products.sku": "S" + pl.Series(random.integers(1, 5_000, number)).cast(pl.String),
            "products.name": pick(random, _TEAS.split(";"), number),
            "products.quantity": quantity,
            "products.finalUnitPrice.amount": final.cast(pl.String),
            "products.finalUnitPrice.currency": pl.repeat("PLN", number, eager=True),
            "products.regularPrice.amount": regular.cast(pl.String),
            "products.regularPrice.currency": pl.repeat("PLN", number, eager=True),
            "products.netUnitPrice.amount": (final / 1.23).round(2).cast(pl.String),
            "products.netUnitPrice.currency": pick(random, ["PLN", None], number),
            "products.discountPrice.amount": (regular - final).round(2).cast(pl.String),
            "products.discountPrice.currency": pick(random, ["PLN", None], number),
            "products.discountPercent": percent,
            "products.tax": pick(random, ["23", "8", None], number),
            "products.categories": pick(random, _CATEGORIES, number),
            "products.url": "https://shop.example.com/p/" + quantity,
            "products.image": pick(random, ["https://shop.example.com/tea.png", None], number),
            "paid": final * counted,
            "full": regular * counted,
        }
    )


GROUPED = Grouped("orderId", "TRX_NO_PRODUCTS")
_ALONE = pl.len().over("orderId") == 1
_SEVERAL = pl.len().over("orderId") > 1
# Orders of one line, of which no two stand side by side: their numbers are those of their lines.
_SPREAD = _ALONE & (pl.col("orderId").str.tail(9).cast(pl.Int64) % 3 == 0)
_CLIENT = ("client.email", "client.customId", "client.uuid", "client.id")
_HEADS = (
    *_CLIENT, "paymentInfo.method", "source", "recordedAt", "eventSalt", "revenue.currency", "value.currency",
    "discountAmount.currency", "metadata.store", "revenue.amount", "value.amount", "discountAmount.amount",
)  # fmt: skip
_OPTIONAL_AMOUNTS = ("discountAmount", "products.regularPrice", "products.netUnitPrice", "products.discountPrice")
_LONG = "7" * 255
_NEGATIVE = [Seed("TRX_AMOUNT", f"{name}.amount", {f"{name}.amount": "-0.01"}) for name in ("revenue", "value", *_OPTIONAL_AMOUNTS)]
SEEDS = (
    Seed("TRX_NO_CLIENT", "client.email", dict.fromkeys(_CLIENT)),
    Seed("TRX_EMAIL", "client.email", {"client.email": "ada at example.com"}),
    Seed("TRX_UUID", "client.uuid", {"client.uuid": "12345"}),
    Seed("TRX_UUID_CASE", "client.uuid", {"client.uuid": "3F2504E0-4F89-41D3-9A0C-0305E82C3301"}, "repair", where=_ALONE),
    Seed("TRX_CLIENTID", "client.id", {"client.id": "0"}),
    Seed("TRX_ID_CHARS", "client.customId", {"client.customId": pl.col("client.customId") + "\u00ad7"}),
    Seed("TRX_ID_CHARS", "products.sku", {"products.sku": "S\u20281"}),
    Seed("TRX_ID_TRIM", "orderId", {"orderId": pl.col("orderId") + " "}, "repair"),
    Seed("TRX_ID_TRIM", "products.sku", {"products.sku": "\t" + pl.col("products.sku")}, "repair"),
    Seed("TRX_ID_LENGTH", "products.sku", {"products.sku": pl.col("products.sku") + _LONG}, "warning"),
    Seed("TRX_ID_LENGTH", "client.customId", {"client.customId": pl.col("client.customId") + _LONG}, "warning", whole=True),
    Seed("TRX_REQ_ORDER", "orderId", {"orderId": None}, where=_ALONE),
    Seed("TRX_REQ_PAYMENT", "paymentInfo.method", {"paymentInfo.method": None}),
    Seed("TRX_REQ_SKU", "products.sku", {"products.sku": "null"}),
    Seed("TRX_REQ_REVENUE", "revenue.amount", {"revenue.amount": None}),
    Seed("TRX_REQ_REVENUE", "revenue.currency", {"revenue.currency": None}),
    Seed("TRX_REQ_VALUE", "value.currency", {"value.currency": None}),
    Seed("TRX_TEXT", "products.name", {"products.name": "\ufe0f"}),
    Seed("TRX_NAME_MISSING", "products.name", {"products.name": None}, "warning"),
    *(Seed("TRX_QUANTITY", "products.quantity", {"products.quantity": text}) for text in (None, "0", "-1", "two")),
    *(Seed("TRX_AMOUNT", n, {n: text}) for n in ("products.finalUnitPrice.amount",) for text in (None, "-1", "12,99", "12.99 PLN")),
    *_NEGATIVE,
    Seed("TRX_DISCOUNT_ZERO", "discountAmount.amount", {"discountAmount.amount": "0.00"}, "repair"),
    Seed("TRX_CURRENCY", "products.finalUnitPrice.currency", {"products.finalUnitPrice.currency": "ZLT"}),
    Seed("TRX_CURRENCY", "products.finalUnitPrice.currency", {"products.finalUnitPrice.currency": None}),
    Seed("TRX_CURRENCY", "products.netUnitPrice.currency", {"products.netUnitPrice.currency": "12"}),
    Seed("TRX_CURRENCY_CASE", "products.finalUnitPrice.currency", {"products.finalUnitPrice.currency": "pln"}, "repair"),
    Seed("TRX_CURRENCY_MIX", "products.finalUnitPrice.currency", {"products.finalUnitPrice.currency": "EUR"}),
    Seed("TRX_CURRENCY_MIX", "revenue.currency", {"products.regularPrice.currency": "EUR"}, lists="all"),
    Seed("TRX_CURRENCY_MIX", "revenue.currency", {"discountAmount.currency": "EUR"}, lists="all"),
    Seed("TRX_SOURCE", "source", {"source": "SHOP"}),
    Seed("TRX_SOURCE", "source", {"source": None}),
    Seed("TRX_TIME", "recordedAt", {"recordedAt": "2026-02-30T10:00:00Z"}),
    Seed("TRX_TIME_MISSING", "recordedAt", {"recordedAt": None}, "warning"),
    Seed("TIME_FUTURE", "recordedAt", {"recordedAt": "2999-01-01T00:00:00Z"}, "warning", whole=True),
    Seed("TRX_PERCENT", "products.discountPercent", {"products.discountPercent": "101"}),
    Seed("TRX_PERCENT", "products.tax", {"products.tax": "23 %"}),
    Seed("TRX_URL", "products.url", {"products.url": "shop.example.com"}),
    Seed("TRX_URL", "products.image", {"products.image": "tea.png"}),
    Seed("TRX_VALUE_GT_REVENUE", "value.amount", {"value.amount": "999999"}, "warning", whole=True),
    Seed("TRX_PRICE_ORDER", "products.discountPrice.amount", {"products.discountPrice.amount": "999"}, "warning"),
    Seed("TRX_PRICE_ORDER", "products.discountPercent", {"products.discountPercent": "90"}, "warning"),
    Seed(
        "TRX_PRICE_ORDER", "products.finalUnitPrice.amount",
        {"products.regularPrice.amount": "0.5", "products.discountPrice.amount": None, "products.discountPercent": None,
         "discountAmount.amount": None}, "warning",
    ),
    Seed("TRX_HEAD_CONFLICT", "paymentInfo.method", {"paymentInfo.method": "VOUCHER"}, where=_SEVERAL, lists="all"),
    Seed("TRX_HEAD_CONFLICT", "revenue.amount", {"revenue.amount": "1000000"}, where=_SEVERAL, lists="all"),
    Seed("TRX_HEAD_CONFLICT", "recordedAt", {"recordedAt": "2020-01-01T00:00:00Z"}, where=_SEVERAL, lists="all"),
    Seed("TRX_REVENUE_SUM", "revenue.amount", {"revenue.amount": "1000000"}, "warning", whole=True, lists="first"),
    Seed("TRX_DISCOUNT_GT", "discountAmount.amount", {"discountAmount.amount": "100000"}, "warning", whole=True, lists="first"),
    # One more line of an order that stands above, with other orders in between; it costs nothing, so the sum stays right.
    Seed(
        "TRX_NOT_CONTIGUOUS", "orderId",
        {"products.finalUnitPrice.amount": "0", "products.regularPrice.amount": "0", "products.netUnitPrice.amount": "0",
         "products.discountPrice.amount": None, "products.discountPercent": None},
        "warning", where=_SPREAD, repeats=("orderId", *_HEADS), lists="later",
    ),
    Seed("TRX_SALT_REUSE", "orderId", where=_ALONE, repeats=("eventSalt",), lists="both"),
)  # fmt: skip
