"""Compares what the importer found with what is wrong in the file."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.generate import Customers


@dataclass(frozen=True, slots=True)
class Exactness:
    """Errors by line and rule code: how many there are, were found, were missed, and were found but are not there."""

    contender: str
    seeded: int
    found: int
    missed: int
    invented: int
    balanced: bool

    @property
    def exact(self) -> bool:
        return self.missed == self.invented == 0 and self.balanced


def compare(contender: str, document: dict[str, Any], file: Customers) -> Exactness:
    """Reads the error list that the document names. Every error counts once for each time it stands there."""
    truth = pl.read_parquet(file.truth)
    seeded = Counter(zip(truth["line"].to_list(), truth["code"].to_list(), strict=True))
    with Path(document["error_list"]).open(encoding="utf-8-sig", newline="") as text:
        found = Counter((int(row["line"]), row["rule_code"]) for row in csv.DictReader(text))
    return Exactness(
        contender, seeded.total(), found.total(), (seeded - found).total(), (found - seeded).total(), balanced(document["ledger"], file)
    )


def balanced(ledger: dict[str, int], file: Customers) -> bool:
    """Whether every record is in exactly one state, and as many are rejected and duplicate as should be."""
    states = sum(number for state, number in ledger.items() if state != "records")
    duplicate = file.errors["duplicate"]
    rejected = sum(file.errors.values()) - duplicate
    return ledger["records"] == states == file.records and (ledger["duplicate"], ledger["rejected"]) == (duplicate, rejected)
