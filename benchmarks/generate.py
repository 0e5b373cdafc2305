"""Makes customers files with known errors: the same file for the same number and seed, the truth beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.rules import COLUMNS, COUNTRIES, SEXES

# kind: (share of the records, code of the rule that it breaks)
ERRORS = {
    "bad_email": (0.003, "CUST_EMAIL"),
    "impossible_date": (0.003, "CUST_BIRTHDATE"),
    "bad_enum": (0.003, "CUST_SEX"),
    "missing_id": (0.002, "CUST_NO_ID"),
    "duplicate": (0.003, "CUST_DUP"),
    "not_a_number": (0.003, "TYPE_INTEGER"),
    "few_fields": (0.001, "ROW_FEW_FIELDS"),
    "many_fields": (0.001, "ROW_MANY_FIELDS"),
    "bad_utf8": (0.001, "ROW_ENCODING"),
}
_KINDS = ("good", *ERRORS)
_FIRST_NAMES = """
Anna Marie José Zoë Łukasz Paul Petra Olga Ivan Jean Luc Eva Karl Nora Mia Leo Max Tom Ida Ugo Ada Rui Ana Jan Piotr
Sara Emma Noah Liam Aoife
"""
_LAST_NAMES = """
Martin Durand Müller Schmidt García Rossi Novák Kowalski Smith Jones Brown Svensson Hansen Silva Costa Dubois Moreau
Weber Fischer O'Neil Popescu Horváth Nagy Ferrari Bianchi
"""
_CITIES = "Paris Lyon Berlin München Madrid Roma Praha London Lisboa Porto Wien Gdańsk Nice Lille Köln Genève"
_QUOTED_CITIES = {'"Washington, DC"': 0.008, '"""L\'Aquila"""': 0.006, '"Saint\nDenis"': 0.002}
_PART = 250_000
_BAD_BYTES = ("\x01\x02", b"\xfc\xff")  # text that is no text cannot be put together as text


@dataclass(frozen=True, slots=True)
class Customers:
    """A generated file. truth has one row for each error: line (1-based, physical), kind, code."""

    path: Path
    truth: Path
    records: int
    lines: int
    bytes: int
    errors: dict[str, int]


def customers(path: Path, records: int, seed: int = 7) -> Customers:
    """Writes a customers file and its truth (the same name, ending in .truth.parquet)."""
    random = np.random.default_rng(seed)
    kinds, twins = _plan(random, records)
    # The record of a pair that comes first is the duplicate; the later one, which is good, has its identifiers.
    identities = np.arange(records)
    identities[twins[:, 1]] = twins[:, 0]
    starts = np.empty(records, np.int64)
    line = 2
    with path.open("wb") as out:
        out.write((",".join(COLUMNS) + "\n").encode())
        for first in range(0, records, _PART):
            part = slice(first, min(first + _PART, records))
            lengths = _write(out, random, kinds[part], identities[part])
            starts[part] = line + np.cumsum(lengths) - lengths
            line += int(lengths.sum())
    truth = path.with_suffix(".truth.parquet")
    wrong = np.flatnonzero(kinds)
    found = pl.DataFrame({"line": starts[wrong], "kind": pl.Series([_KINDS[k] for k in kinds[wrong]], dtype=pl.String)})
    found = found.with_columns(code=pl.col("kind").replace_strict({k: code for k, (_, code) in ERRORS.items()}))
    found.write_parquet(truth)
    counts = dict(sorted(found["kind"].value_counts().iter_rows()))
    return Customers(path, truth, records, line - 1, path.stat().st_size, counts)


def _plan(random: np.random.Generator, records: int) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """The kind of every record, and pairs of records (earlier, later) that are the same customer."""
    numbers = [int(records * share) for share, _ in ERRORS.values()]
    pairs = numbers[list(ERRORS).index("duplicate")]
    chosen = random.choice(records, sum(numbers) + pairs, replace=False).astype(np.int64)
    kinds = np.zeros(records, np.int8)
    start = 0
    for kind, number in enumerate(numbers, 1):
        kinds[chosen[start : start + number]] = kind
        start += number
    duplicate = _KINDS.index("duplicate")
    twins = np.sort(np.column_stack([np.flatnonzero(kinds == duplicate), chosen[start:]]), axis=1)
    kinds[twins[:, 0]] = duplicate
    kinds[twins[:, 1]] = 0
    return kinds, twins


def _write(out: BinaryIO, random: np.random.Generator, kinds: NDArray[np.int8], identities: NDArray[np.int64]) -> NDArray[np.int64]:
    """Writes some records; returns how many lines each takes."""
    frame = _values(random, kinds, identities)
    fields = [pl.when(_is("missing_id")).then(pl.lit("")).otherwise(pl.col(name)).alias(name) for name in COLUMNS[:4]]
    frame = frame.with_columns(
        *fields,
        birthDate=pl.when(_is("impossible_date")).then(pl.lit("2001-02-30")).otherwise("birthDate"),
        sex=pl.when(_is("bad_enum")).then(pl.lit("X")).otherwise("sex"),
        city=pl.when(_is("bad_utf8")).then(pl.lit(f"M{_BAD_BYTES[0]}nchen")).otherwise("city"),
        loyaltyPoints=pl.when(_is("not_a_number")).then(pl.lit("12O0")).otherwise("loyaltyPoints"),
    )
    whole = pl.concat_str(COLUMNS, separator=",")
    record = (
        pl.when(_is("few_fields"))
        .then(pl.concat_str(COLUMNS[:-2], separator=","))
        .when(_is("many_fields"))
        .then(whole + ",extra,more")
        .otherwise(whole)
    )
    written = frame.select(record.alias("record"), lines=1 + pl.col("city").str.count_matches("\n", literal=True))
    text = written["record"].str.join("\n").item() + "\n"
    out.write(text.encode().replace(_BAD_BYTES[0].encode(), _BAD_BYTES[1]))
    return written["lines"].cast(pl.Int64).to_numpy()


def _values(random: np.random.Generator, kinds: NDArray[np.int8], identities: NDArray[np.int64]) -> pl.DataFrame:
    """Good values for all columns, apart from the e-mail addresses that shall be bad."""
    number = len(kinds)
    identity = pl.Series(identities)
    # The address depends on nothing but the identity, so that a later part can repeat that of an earlier one.
    names = _LAST_NAMES.lower().encode("ascii", "ignore").decode().replace("'", "").split()
    local = pl.DataFrame({"i": identity, "name": pl.Series(names).gather(identity * 7919 % len(names))}).select(
        pl.concat_str(pl.lit("user"), "i", pl.lit("."), "name")
    )
    days = pl.Series(random.integers(-12_000, 13_000, number).astype(np.int32)).cast(pl.Date)
    seconds = pl.Series(random.integers(1_500_000_000, 1_790_000_000, number) * 1_000_000).cast(pl.Datetime("us"))
    cities = dict.fromkeys(_CITIES.split(), (1 - sum(_QUOTED_CITIES.values())) / len(_CITIES.split())) | _QUOTED_CITIES
    frame = pl.DataFrame(
        {
            "kind": kinds,
            "email": local.to_series(),
            "customerId": "C" + identity.cast(pl.String).str.zfill(9),
            "uuid": _uuids(random, number),
            "phone": "+33" + pl.Series(random.integers(100_000_000, 999_999_999, number)).cast(pl.String),
            "firstName": _pick(random, _FIRST_NAMES.split(), number),
            "lastName": _pick(random, _LAST_NAMES.split(), number),
            "birthDate": days.dt.strftime("%Y-%m-%d"),
            "sex": _pick(random, SEXES, number),
            "countryCode": _pick(random, COUNTRIES, number),
            "city": _pick(random, list(cities), number, list(cities.values())),
            "zipCode": pl.Series(random.integers(10_000, 99_999, number)).cast(pl.String),
            "newsletter": _pick(random, ("true", "false"), number),
            "loyaltyPoints": pl.Series(random.integers(0, 100_000, number)).cast(pl.String),
            "lastVisit": seconds.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )
    address = pl.when(_is("bad_email")).then(pl.col("email")).otherwise(pl.col("email") + "@example.com")
    missing = [pl.Series(name, random.random(number) < 0.05) for name in ("phone", "birthDate", "lastVisit")]
    empty = [pl.when(gap).then(pl.lit("")).otherwise(pl.col(gap.name)).alias(gap.name) for gap in missing]
    return frame.with_columns(address, *empty)


def _is(kind: str) -> pl.Expr:
    return pl.col("kind") == _KINDS.index(kind)


def _pick(random: np.random.Generator, values: Sequence[str], number: int, shares: Sequence[float] | None = None) -> pl.Series:
    return pl.Series(values).gather(random.choice(len(values), number, p=shares))


def _uuids(random: np.random.Generator, number: int) -> pl.Series:
    digits = np.frombuffer(random.bytes(16 * number).hex().encode(), np.uint8).reshape(number, 32)
    text = np.full((number, 36), ord("-"), np.uint8)
    for start, end, at in ((0, 8, 0), (8, 12, 9), (12, 16, 14), (16, 20, 19), (20, 32, 24)):
        text[:, at : at + end - start] = digits[:, start:end]
    return pl.Series(text.view("S36").ravel()).cast(pl.String)


def kept_customers(folder: Path, records: int) -> Customers:
    """The file of so many records in the folder, made unless it is there already, as this program would make it."""
    folder.mkdir(parents=True, exist_ok=True)
    path, facts = folder / f"customers_{records}.csv", folder / f"customers_{records}.json"
    maker = hashlib.sha256(b"".join(Path(__file__).with_name(name).read_bytes() for name in ("generate.py", "rules.py"))).hexdigest()
    known = json.loads(facts.read_text()) if facts.is_file() else {}
    if known.pop("maker", None) == maker and path.is_file() and path.stat().st_size == known["bytes"]:
        return Customers(path, path.with_suffix(".truth.parquet"), **known)
    made = customers(path, records)
    numbers = {"records": records, "lines": made.lines, "bytes": made.bytes, "errors": made.errors}
    facts.write_text(json.dumps({"maker": maker, **numbers}))
    return made
