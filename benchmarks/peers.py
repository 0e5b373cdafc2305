"""Other tools on the same file, with the same rules as far as each can say them. Run: python -m benchmarks.peers TOOL FILE FOLDER

Nothing but `benchmarks.rules` and the tool itself is needed. Each prints one JSON line with what it found.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.rules import BORN_AFTER, COLUMNS, COUNTRIES, EMAIL, IDENTIFIERS, PHONE, SEXES, TIME, UUID


def _read(source: Path) -> Any:
    """Text to types with Polars, for tools that judge frames. Broken records are cut and broken bytes replaced."""
    import polars as pl

    text = pl.read_csv(
        source,
        schema=dict.fromkeys(COLUMNS, pl.String),
        encoding="utf8-lossy",
        truncate_ragged_lines=True,
    )
    wrong = [
        (pl.col(name).is_not_null() & parsed.is_null()).alias(f"{name}_unreadable")
        for name, parsed in (
            ("birthDate", pl.col("birthDate").str.to_date("%Y-%m-%d", strict=False)),
            ("loyaltyPoints", pl.col("loyaltyPoints").cast(pl.Int64, strict=False)),
            ("newsletter", pl.col("newsletter").replace_strict({"true": True, "false": False}, default=None)),
            ("lastVisit", pl.col("lastVisit").str.to_datetime(TIME, strict=False)),
        )
    ]
    return text.with_columns(wrong).with_columns(
        pl.col("birthDate").str.to_date("%Y-%m-%d", strict=False),
        pl.col("loyaltyPoints").cast(pl.Int64, strict=False),
        pl.col("newsletter").replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean),
        pl.col("lastVisit").str.to_datetime(TIME, strict=False),
    )


def run_dataframely(source: Path, folder: Path) -> dict[str, Any]:
    import dataframely as dy
    import polars as pl

    unreadable = {f"{n}_unreadable": dy.Bool(check=lambda c: ~c) for n in ("birthDate", "loyaltyPoints", "newsletter", "lastVisit")}

    class Customer(dy.Schema):
        email = dy.String(nullable=True, regex=EMAIL)
        customerId = dy.String(nullable=True)
        uuid = dy.String(nullable=True, regex=UUID)
        phone = dy.String(nullable=True, regex=PHONE)
        firstName = dy.String(nullable=True)
        lastName = dy.String(nullable=True)
        birthDate = dy.Date(nullable=True, check=lambda c: c > pl.lit(BORN_AFTER).str.to_date())
        sex = dy.String(nullable=True, check=lambda c: c.is_in(SEXES))
        countryCode = dy.String(nullable=True, check=lambda c: c.is_in(COUNTRIES))
        city = dy.String(nullable=True)
        zipCode = dy.String(nullable=True)
        newsletter = dy.Bool(nullable=True)
        loyaltyPoints = dy.Int64(nullable=True)
        lastVisit = dy.Datetime(nullable=True)
        birthDate_unreadable = unreadable["birthDate_unreadable"]
        loyaltyPoints_unreadable = unreadable["loyaltyPoints_unreadable"]
        newsletter_unreadable = unreadable["newsletter_unreadable"]
        lastVisit_unreadable = unreadable["lastVisit_unreadable"]

        @dy.rule()
        def has_identifier(cls) -> pl.Expr:
            return pl.any_horizontal(pl.col(IDENTIFIERS).is_not_null())

        @dy.rule()
        def email_is_unique(cls) -> pl.Expr:
            return pl.col("email").is_null() | (pl.len().over("email") == 1)

    good, failed = Customer.filter(_read(source))
    return {"good": good.height, "bad": len(failed), "found": failed.counts()}


def run_pandera(source: Path, folder: Path) -> dict[str, Any]:
    import pandera.polars as pa
    import polars as pl

    def column(dtype: Any, *checks: Any) -> Any:
        return pa.Column(dtype, list(checks), nullable=True)

    readable = pa.Check(lambda data: data.lazyframe.select(~pl.col(data.key)))
    identified = pa.Check(lambda data: data.lazyframe.select(pl.any_horizontal(pl.col(IDENTIFIERS).is_not_null())))
    unique = pa.Check(lambda data: data.lazyframe.select(pl.col("email").is_null() | (pl.len().over("email") == 1)))
    schema = pa.DataFrameSchema(
        {
            "email": column(str, pa.Check.str_matches(EMAIL)),
            "customerId": column(str),
            "uuid": column(str, pa.Check.str_matches(UUID)),
            "phone": column(str, pa.Check.str_matches(PHONE)),
            "birthDate": column(pl.Date, pa.Check(lambda d: d.lazyframe.select(pl.col(d.key) > pl.lit(BORN_AFTER).str.to_date()))),
            "sex": column(str, pa.Check.isin(list(SEXES))),
            "countryCode": column(str, pa.Check.isin(list(COUNTRIES))),
            "newsletter": column(bool),
            "loyaltyPoints": column(int),
            "lastVisit": column(pl.Datetime("us")),
        }
        | {f"{n}_unreadable": column(bool, readable) for n in ("birthDate", "loyaltyPoints", "newsletter", "lastVisit")},
        checks=[identified, unique],
    )
    try:
        schema.validate(_read(source), lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases.group_by("column", "check").len()
        return {"found": {f"{c}: {k}"[:60]: n for c, k, n in cases.iter_rows()}, "bad": error.failure_cases.height}
    return {"bad": 0}


def run_frictionless(source: Path, folder: Path) -> dict[str, Any]:
    """It stops at the first byte that is not UTF-8, so it is given a copy of the file without such bytes."""
    from collections import Counter

    from frictionless import Checklist, Resource, Schema, checks

    types = {"birthDate": "date", "loyaltyPoints": "integer", "newsletter": "boolean", "lastVisit": "datetime"}
    limits: dict[str, dict[str, Any]] = {
        "email": {"pattern": EMAIL, "unique": True},
        "uuid": {"pattern": UUID},
        "phone": {"pattern": PHONE},
        "birthDate": {"minimum": "1900-01-02"},
        "sex": {"enum": list(SEXES)},
        "countryCode": {"enum": list(COUNTRIES)},
    }
    fields = [{"name": n, "type": types.get(n, "string"), "constraints": limits.get(n, {})} for n in COLUMNS]
    resource = Resource(path=source.name, basepath=str(source.parent), encoding="utf-8", schema=Schema.from_descriptor({"fields": fields}))
    identified = checks.row_constraint(formula=" or ".join(IDENTIFIERS))
    report = resource.validate(Checklist(checks=[identified]), limit_errors=10**9)
    errors = report.flatten(["type", "rowNumber"])
    return {"bad": len({row for _, row in errors}), "found": dict(Counter(kind for kind, _ in errors))}


def run_dlt(source: Path, folder: Path) -> dict[str, Any]:
    """Loads into DuckDB, merging by customer id. It has no rules; broken records are left out by the reader."""
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    import dlt
    import pyarrow as pa
    import pyarrow.csv as pc
    from dlt.common.normalizers.naming.snake_case import NamingConvention

    names = [NamingConvention().normalize_identifier(name) for name in COLUMNS]

    @dlt.resource(name="customers", write_disposition="merge", primary_key="customer_id")
    def rows() -> Any:
        blocks = pc.open_csv(
            source,
            # Any byte is a character of Latin-1, so that the reader does not stop at broken text.
            read_options=pc.ReadOptions(skip_rows=1, column_names=names, block_size=16 << 20, encoding="latin-1"),
            parse_options=pc.ParseOptions(newlines_in_values=True, invalid_row_handler=lambda row: "skip"),
            convert_options=pc.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
        for block in blocks:
            yield pa.Table.from_batches([block])

    destination = dlt.destinations.duckdb(str(folder / "dlt.duckdb"))
    pipeline = dlt.pipeline("customers", pipelines_dir=str(folder), destination=destination, dataset_name="loaded")
    pipeline.run(rows())
    with pipeline.sql_client() as client, client.execute_query("SELECT count(*) FROM customers") as cursor:
        return {"good": cursor.fetchall()[0][0]}


TOOLS: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "dataframely": run_dataframely,
    "pandera": run_pandera,
    "frictionless": run_frictionless,
    "dlt": run_dlt,
}

if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    print(json.dumps(TOOLS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3])), default=str))
