"""Good customers, and what can be wrong with one."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.types import Seed, numbers, pick, some, times, uuids

_FIRST = "Anna Zoë Łukasz Paul Petra Ivan Eva Nora Mia Leo Ida Ada Rui Jan Sara Emma Noah Aoife"
_LAST = "Martin;Müller;García;Novák;Kowalski;Smith;Brown;Silva;O'Neil;Popescu;Nagy;van den Berg;Lopez, Jr.;Mc\"Gill"
_CITIES = 'Paris;Lyon;Berlin;Praha;London;Lisboa;Wien;Gdańsk;Genève;Köln;Washington, DC;Saint\nDenis;L"Aquila'
_COUNTRIES = "FR DE PL GB ES IT CZ PT AT CH US"


def good(random: np.random.Generator, first: int, number: int) -> pl.DataFrame:
    record = numbers(first, number).cast(pl.String)
    return pl.DataFrame(
        {
            "email": "user" + record + "@example.com",
            "customId": "C" + record.str.zfill(9),
            "uuid": some(random, uuids(random, number), 0.4),
            "phone": some(random, "+33" + pl.Series(random.integers(100_000_000, 999_999_999, number)).cast(pl.String), 0.7),
            "firstName": pick(random, _FIRST.split(), number),
            "lastName": pick(random, _LAST.split(";"), number),
            "birthDate": some(random, times(random, "1940-01-01", "2008-01-01", number).str.head(10), 0.9),
            "sex": pick(random, ["FEMALE", "MALE", "NOT_SPECIFIED", "OTHER", None], number),
            "countryCode": pick(random, _COUNTRIES.split(), number),
            "city": pick(random, _CITIES.split(";"), number),
            "avatarUrl": some(random, "https://example.com/people/" + record + ".png", 0.3),
            "agreements.email": pick(random, ["true", "false", None], number),
            "tags": pick(random, ["vip", "new", "left, came back", None], number),
        }
    )


_NO_ID = {"email": None, "customId": None, "uuid": None, "phone": None}
SEEDS = (
    Seed("CUST_EMAIL", "email", {"email": pl.col("email").str.replace("@", " at ", literal=True)}),
    Seed("CUST_ID_CHARS", "customId", {"customId": pl.col("customId") + "\u00ad7"}),
    Seed("CUST_ID_TRIM", "email", {"email": "  " + pl.col("email")}, "repair"),
    Seed("CUST_UUID", "uuid", {"uuid": "12345"}),
    Seed("CUST_UUID_CASE", "uuid", {"uuid": "3F2504E0-4F89-41D3-9A0C-0305E82C3301"}, "repair"),
    Seed("CUST_PHONE", "phone", {"phone": "please call"}),
    Seed("CUST_TEXT", "firstName", {"firstName": "\ufe0f"}),
    Seed("CUST_BIRTHDATE", "birthDate", {"birthDate": "2001-02-30"}),
    Seed("CUST_BIRTHDATE", "birthDate", {"birthDate": "2999-01-01"}),
    Seed("CUST_SEX", "sex", {"sex": "F"}),
    Seed("CUST_COUNTRY", "countryCode", {"countryCode": "XX"}),
    Seed("CUST_COUNTRY_CASE", "countryCode", {"countryCode": "fr"}, "repair"),
    Seed("CUST_AVATAR", "avatarUrl", {"avatarUrl": "picture.png"}),
    Seed("CUST_AGREEMENT", "agreements.email", {"agreements.email": "perhaps"}),
    Seed("CUST_AGREEMENT_SPELLING", "agreements.email", {"agreements.email": "Yes"}, "repair"),
    Seed("CUST_NO_ID", "email", _NO_ID),
    Seed("CUST_PHONE_ONLY", "phone", {**_NO_ID, "phone": "+331" + pl.col("customId").str.tail(8)}, "warning"),
    Seed("CUST_DUP", "email", severity="warning", repeats=("email", "customId")),
    Seed("CUST_ID_CONFLICT", "customId", severity="warning", repeats=("customId",), lists="both"),
)
