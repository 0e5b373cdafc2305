"""Good promotions, and what can be wrong with one."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.types import Seed, integers, numbers, pick, prices, some, times, uuids

_NAMES = '10 % off shoes;2 for 1 on coffee;Free delivery;Summer sale, all of it;Birthday gift;Points × 3;The "big" weekend;Rabais d\'été'
_TEXTS = "Online and in our stores.;Only while stocks last,\nnot together with other offers.;Für alle Mitglieder;;Ask at the counter"
_KINDS = ["NONE", "PERCENT", "AMOUNT", "2_FOR_1", "POINTS", "MULTIBUY", "EXACT_PRICE", "DIGITAL_CASHBACK", None]
_STEPS = (
    '[{"usageThreshold": 1, "discountValue": 5}, {"usageThreshold": 3, "discountValue": 10.5}]',
    '[{"discountValue":2,"usageThreshold":2}]',
)


def good(random: np.random.Generator, first: int, number: int) -> pl.DataFrame:
    record = numbers(first, number).cast(pl.String)
    frame = pl.DataFrame(
        {
            "code": "PROMO-" + record.str.zfill(8),
            "type": pick(random, ["GENERAL", "MEMBERS_ONLY", "HANDBILL", "CUSTOM"], number),
            "redeemType": pick(random, ["FULL", "PARTIAL"], number),
            "name": pick(random, _NAMES.split(";"), number),
            "headerName": "Plan " + record,
            "visibilityStatus": pick(random, ["DRAFT", "PUBLISH", "HIDE", None], number),
            "description": pick(random, _TEXTS.split(";"), number),
            "startAt": some(random, times(random, "2024-01-01", "2025-01-01", number), 0.9),
            "expireAt": some(random, times(random, "2090-01-01", "2092-01-01", number), 0.9),
            "displayFrom": some(random, times(random, "2024-01-01", "2025-01-01", number), 0.4),
            "displayTo": some(random, times(random, "2090-01-01", "2092-01-01", number), 0.4),
            "lastingTime": some(random, integers(random, 0, 864_000, number), 0.3),
            "discountType": pick(random, _KINDS, number),
            "discountValue": prices(random, 0.01, 100, number),
            "discountMode": pick(random, ["STATIC", "STEP", None, None], number),
            "discountModeDetails.discountSteps": pick(random, _STEPS, number),
            "discountModeDetails.discountUsageTrigger": pick(random, ["TRANSACTION", "REDEEM", None], number),
            "details.discountType.outerScope": pick(random, ["true", "false", None], number),
            "details.discountType.requiredItemsCount": integers(random, 3, 5, number),
            "details.discountType.discountedItemsCount": integers(random, 1, 3, number),
            "itemScope": pick(random, ["LINE_ITEM", "BASKET", None], number),
            "minBasketValue": some(random, prices(random, 0, 50, number), 0.5),
            "maxBasketValue": some(random, prices(random, 50, 500, number), 0.5),
            "priority": some(random, integers(random, 0, 1_000, number), 0.5),
            "redeemLimitPerClient": some(random, integers(random, 1, 10, number), 0.7),
            "requireRedeemedPoints": some(random, integers(random, 0, 5_000, number), 0.2),
            "images.url": some(random, "https://example.com/promotions/" + record + ".png", 0.6),
            "catalogIndexItems": "SKU-" + integers(random, 1, 99_999, number),
            "targetType": pick(random, ["ALL", "SEGMENT", None], number),
            "targetSegment": "segment-" + integers(random, 1, 50, number),
            "tags": pick(random, ["summer", "shoes", None], number),
            "importHash": some(random, uuids(random, number), 0.1),
            "params.colour": pick(random, ["#ff0000", "dark blue", None], number),
        }
    )
    steps = (pl.col("discountMode") == "STEP").fill_null(value=False)
    worthless = steps | pl.col("discountType").is_in(["NONE", "2_FOR_1", "MULTIBUY"]).fill_null(value=True)
    return frame.with_columns(
        pl.when(steps).then("discountModeDetails.discountSteps"),
        pl.when(pl.col("targetType") == "SEGMENT").then("targetSegment"),
        pl.when(~worthless).then("discountValue"),
    )


_PERCENT = {"discountType": "PERCENT", "discountMode": None, "discountModeDetails.discountSteps": None}
_STEP = {"discountMode": "STEP", "discountType": "PERCENT", "discountValue": None}
_SCOPE, _REQUIRED, _DISCOUNTED = (f"details.discountType.{n}" for n in ("outerScope", "requiredItemsCount", "discountedItemsCount"))
SEEDS = (
    *(Seed(f"PROMO_REQ_{name}", name, {name: None}) for name in ("code", "type", "redeemType", "name", "headerName")),
    Seed("PROMO_CODE", "code", {"code": pl.col("code") + " B"}),
    Seed("PROMO_CODE", "code", {"code": pl.col("code") + "-" * 120}),
    Seed("PROMO_CODE_DUP", "code", severity="warning", repeats=("code",)),
    *(Seed("PROMO_ENUM", name, {name: "general"}) for name in ("type", "redeemType", "visibilityStatus", "itemScope")),
    Seed("PROMO_ENUM", "targetType", {"targetType": "SEGMENTS"}),
    Seed("PROMO_ENUM", "discountType", {"discountType": "PERCENTAGE"}),
    Seed("PROMO_TEXT", "name", {"name": "\ufe0f"}),
    Seed("PROMO_TEXT", "tags", {"tags": "\ufe0e"}),
    Seed("PROMO_DATE", "startAt", {"startAt": "01.06.2026"}),
    Seed("PROMO_DATE", "displayTo", {"displayTo": "2026-02-30T00:00:00Z"}),
    Seed("PROMO_DATES", "expireAt", {"startAt": "2095-01-01T00:00:00Z", "expireAt": "2095-01-01T01:00:00+01:00"}),
    Seed("PROMO_DATES", "displayTo", {"displayFrom": "2090-01-02T00:00:00Z", "displayTo": "2090-01-01T00:00:00Z"}),
    Seed("PROMO_EXPIRED", "expireAt", {"startAt": "2020-01-01T00:00:00Z", "expireAt": "2020-02-01T00:00:00Z"}, "warning"),
    Seed("PROMO_NUMBER", "lastingTime", {"lastingTime": "1 day"}),
    Seed("PROMO_NUMBER", "priority", {"priority": "-1"}),
    Seed("PROMO_NUMBER", "redeemLimitPerClient", {"redeemLimitPerClient": "0"}),
    Seed("PROMO_NUMBER", "discountValue", {"discountValue": "10 %"}),
    Seed("PROMO_NUMBER", "minBasketValue", {"minBasketValue": "-5"}),
    Seed("PROMO_BOOLEAN", _SCOPE, {_SCOPE: "maybe"}),
    Seed("PROMO_PERCENT_RANGE", "discountValue", {**_PERCENT, "discountValue": "100.5"}),
    Seed("PROMO_PERCENT_RANGE", "discountValue", {**_PERCENT, "discountValue": "0"}),
    Seed("PROMO_VALUE_RANGE", "discountValue", {**_PERCENT, "discountType": "AMOUNT", "discountValue": "-3"}),
    Seed("PROMO_VALUE_MISSING", "discountType", {**_PERCENT, "discountValue": None}),
    Seed("PROMO_STEPS", "discountMode", {**_STEP, "discountModeDetails.discountSteps": None}),
    *(
        Seed("PROMO_STEPS", "discountModeDetails.discountSteps", {**_STEP, "discountModeDetails.discountSteps": text})
        for text in (
            '[{"usageThreshold": 3, "discountValue": 5}, {"usageThreshold": 3, "discountValue": 10}]',
            '[{"usageThreshold": 3, "discountValue": 5}, {"usageThreshold": 1, "discountValue": 10}]',
            '[{"usageThreshold": 3}]',
            "5 from 1, 10 from 3",
        )
    ),
    Seed("PROMO_MULTIBUY", _DISCOUNTED, {_REQUIRED: "2", _DISCOUNTED: "3"}),
    Seed("PROMO_BASKET_RANGE", "maxBasketValue", {"minBasketValue": "100", "maxBasketValue": "99.99"}),
    Seed("PROMO_TARGET", "targetType", {"targetType": "SEGMENT", "targetSegment": None}),
    Seed("PROMO_TARGET", "targetSegment", {"targetType": "ALL", "targetSegment": "segment-1"}, "warning"),
    Seed("PROMO_ITEMS", "itemScope", {"itemScope": "LINE_ITEM", "catalogIndexItems": None}, "warning"),
    Seed("PROMO_URL", "images.url", {"images.url": "summer.png"}),
    Seed("PROMO_IMPORT_HASH", "importHash", {"importHash": "run 7"}),
)
