"""Good custom events, and what can be wrong with one."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.types import Seed, integers, numbers, pick, some, times, uuids

_PLACES = 'Paris;Lyon;Berlin;Gdańsk;Saint\nDenis;Washington, DC;The "old" mill;Genève'


def good(random: np.random.Generator, first: int, number: int) -> pl.DataFrame:
    """Visits: about as many events as customers, some of whom come again."""
    record = numbers(first, number).cast(pl.String)
    who = integers(random, 0, first + number, number)
    frame = pl.DataFrame(
        {
            "client.email": "user" + who + "@example.com",
            "client.customId": "C" + who.str.zfill(9),
            "client.uuid": some(random, uuids(random, number), 0.3),
            "client.id": some(random, integers(random, 1, 999_999_999, number), 0.2),
            "action": pl.repeat("shop.visit", number, eager=True),
            "label": "Visited " + pick(random, _PLACES.split(";"), number),
            "time": times(random, "2024-01-01", "2026-01-01", number),
            "eventSalt": "visit-" + record.str.zfill(9),
            "events.email": "user" + who + "@example.com",
            "events.minutes": integers(random, 1, 120, number),
            "events.weather": pick(random, ["sunny", "rain, later snow", None], number),
        }
    )
    # Some customers are known by their own id only, and some parameters are not given.
    unnamed, silent = (pl.Series(random.random(number) < share) for share in (0.1, 0.5))
    return frame.with_columns(
        pl.when(~unnamed).then("client.email"),
        pl.when(~silent).then("events.email"),
    )


_NO_CLIENT = {"client.email": None, "client.customId": None, "client.uuid": None, "client.id": None}
SEEDS = (
    Seed("EVT_NO_CLIENT", "client.email", _NO_CLIENT),
    Seed("EVT_EMAIL", "client.email", {"client.email": "ada at example.com"}),
    Seed("EVT_EMAIL", "events.email", {"events.email": "nobody"}),
    Seed("EVT_UUID", "client.uuid", {"client.uuid": "12345"}),
    Seed("EVT_UUID_CASE", "client.uuid", {"client.uuid": "3F2504E0-4F89-41D3-9A0C-0305E82C3301"}, "repair"),
    Seed("EVT_CLIENTID", "client.id", {"client.id": "0"}),
    Seed("EVT_ID_CHARS", "client.customId", {"client.customId": pl.col("client.customId") + "\u00ad7"}),
    Seed("EVT_ID_CHARS", "eventSalt", {"eventSalt": "a\u2028" + pl.col("eventSalt")}),
    Seed("EVT_ID_TRIM", "client.customId", {"client.customId": pl.col("client.customId") + " "}, "repair"),
    Seed("EVT_ID_LENGTH", "client.customId", {"client.customId": pl.col("client.customId") + "7" * 250}, "warning"),
    Seed("EVT_ACTION", "action", {"action": None, "label": "No action"}),
    Seed("EVT_ACTION", "action", {"action": "shop visit"}),
    Seed("EVT_ACTION", "action", {"action": "shop." + "x" * 32}),
    Seed("EVT_TRANSACTION", "action", {"action": "transaction.charge"}),
    Seed("EVT_LABEL", "label", {"label": None}, "repair"),
    Seed("EVT_TEXT", "label", {"label": "\ufe0f"}),
    Seed("EVT_TIME", "time", {"time": "9 March 2026"}),
    Seed("EVT_TIME", "time", {"time": "2026-02-30T10:00:00Z"}),
    Seed("EVT_TIME_MISSING", "time", {"time": None}, "warning"),
    Seed("TIME_FUTURE", "time", {"time": "2999-01-01T00:00:00Z"}, "warning"),
    Seed("EVT_PARAM_EMAIL", "events.email", {"client.email": "ada@example.com", "events.email": "eva@example.com"}),
    # A visit with the salt of that of a customer who differs in one of the identifiers.
    Seed(
        "EVT_SALT_REUSE", "client.customId", {"client.customId": pl.col("client.customId") + "-other"},
        repeats=("eventSalt", "client.email", "client.uuid", "client.id", "events.email"), lists="both",
    ),
    # The same visit of the same customer, written once more.
    Seed("EVT_SALT_DUP", "eventSalt", severity="warning", repeats=("eventSalt", *_NO_CLIENT, "events.email")),
    # Another customer, who is known by nothing but the own id.
    Seed(
        "EVT_SALT_REUSE",
        "client.customId",
        {**_NO_CLIENT, "client.customId": "X" + pl.col("client.customId"), "events.email": None},
        repeats=("eventSalt",),
        lists="both",
    ),
)
