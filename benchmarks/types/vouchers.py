"""Good vouchers, the pool that they go into, and what can be wrong with one."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.types import Seed, integers, numbers, pick, some, times, uuids

POOL = {"name": "Benchmark", "prefix": "29", "barcode": "EAN_13"}


def _codes(record: pl.Series) -> pl.Series:
    """The prefix, ten digits and the check digit of an EAN-13."""
    number = 29 * 10**10 + record
    total = sum((number // 10**place % 10 * (1 if place % 2 else 3) for place in range(12)), pl.zeros(len(record), pl.Int64, eager=True))
    return (number * 10 + (10 - total % 10) % 10).cast(pl.String)


def good(random: np.random.Generator, first: int, number: int) -> pl.DataFrame:
    codes = _codes(numbers(first, number))
    bare = pl.Series(random.random(number) < 0.5)  # codes as they are before the pool puts its prefix there
    frame = pl.DataFrame(
        {
            "code": codes.str.slice(2).zip_with(bare, codes),
            "poolUuid": some(random, uuids(random, number), 0.1),
            "status": pick(random, ["UNASSIGNED", "UNASSIGNED", "ASSIGNED", "REDEEMED", "CANCELED", None], number),
            "clientId": integers(random, 1, 10**9, number),
            "clientUuid": uuids(random, number) + pick(random, [*[""] * 19, "\n"], number),
            "expireIn": some(random, times(random, "2090-01-01", "2092-01-01", number), 0.9),
            "assignedAt": times(random, "2024-01-01", "2025-01-01", number),
            "redeemAt": times(random, "2025-01-01", "2026-01-01", number),
            "createdAt": some(random, times(random, "2023-01-01", "2024-01-01", number), 0.8),
            "updatedAt": some(random, times(random, "2023-01-01", "2026-01-01", number), 0.3),
        }
    )
    given = pl.col("status").is_in(["ASSIGNED", "REDEEMED"]).fill_null(value=False)
    by_number = pl.Series(random.random(number) < 0.5)
    return frame.with_columns(
        pl.when(given & by_number).then("clientId"),
        pl.when(given & ~by_number).then("clientUuid"),
        pl.when(given).then("assignedAt"),
        pl.when(pl.col("status") == "REDEEMED").then("redeemAt"),
    )


_NOBODY = {"clientId": None, "clientUuid": None, "assignedAt": None, "redeemAt": None}
_REDEEMED = {"status": "REDEEMED", "clientId": "7", "clientUuid": None, "expireIn": "2090-01-01T00:00:00Z"}
SEEDS = (
    Seed("VOU_CODE_MISSING", "code", {"code": None}),
    Seed("VOU_CODE_CHARS", "code", {"code": pl.col("code") + "\x07"}),
    Seed("VOU_CODE_LENGTH", "code", {"code": pl.col("code") + "0" * 250}),
    Seed("VOU_CODE_DUP", "code", repeats=("code",), lists="later"),
    Seed("VOU_BARCODE", "code", {"code": pl.col("code") + "0"}, "warning"),
    Seed("VOU_POOL_UUID", "poolUuid", {"poolUuid": "summer"}),
    Seed(
        "VOU_UUID_CASE", "poolUuid", {"poolUuid": pl.lit("F") + pl.col("poolUuid").str.slice(1)}, "repair", pl.col("poolUuid").is_not_null()
    ),
    Seed("VOU_STATUS", "status", {"status": "GIVEN"}),
    Seed("VOU_CLIENTID", "clientId", {"clientId": "seven"}),
    Seed("VOU_CLIENTID", "clientId", {"clientId": "0"}),
    Seed("VOU_CLIENTUUID", "clientUuid", {"clientUuid": "x" * 256}),
    Seed("VOU_DATES", "expireIn", {"expireIn": "31.12.2090"}),
    Seed("VOU_DATES", "createdAt", {"createdAt": "2023-02-29T00:00:00Z"}),
    Seed("VOU_DATES", "redeemAt", {**_REDEEMED, "assignedAt": "2025-02-01T00:00:00Z", "redeemAt": "2025-01-31T23:59:59Z"}),
    Seed("VOU_DATES", "redeemAt", {**_REDEEMED, "assignedAt": None, "redeemAt": "2090-01-01T00:00:01Z"}),
    Seed("VOU_DATES", "assignedAt", {**_REDEEMED, "status": "ASSIGNED", "assignedAt": "2090-01-01T00:00:01Z", "redeemAt": None}),
    Seed("VOU_DATES", "redeemAt", {**_NOBODY, "status": "CANCELED", "redeemAt": "2025-01-01T00:00:00Z"}),
    Seed("VOU_ASSIGNED_NO_CLIENT", "status", {**_NOBODY, "status": "ASSIGNED"}, "warning"),
    Seed("VOU_CLIENT_UNASSIGNED", "clientId", {**_NOBODY, "status": None, "clientId": "7"}, "warning"),
    Seed("VOU_EXPIRED", "expireIn", {**_NOBODY, "status": "UNASSIGNED", "expireIn": "2020-01-01T00:00:00Z"}, "warning"),
)
