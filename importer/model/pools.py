"""Pools: where the codes of a type are kept apart. A person makes one and chooses it for an import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

BARCODES = ("EAN_13", "EAN_8", "EAN_128", "CODE_39", "ITF_14", "CODE_128", "POSTNET", "QR-CODE", "UPC-A", "UPC-E")


@dataclass(frozen=True, slots=True)
class PoolDetails:
    """What a person says about a pool.

    prefix: digits put before every code. limit: how many codes it can hold; limit_per_profile: how many of them one customer
    can have (kept and shown; None: as many as wanted). starts_on, ends_on: first and last day on which codes are given out.
    """

    name: str
    prefix: str = ""
    barcode: str = "CODE_128"
    limit: int | None = None
    limit_per_profile: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    description: str = ""

    def state(self, today: date) -> str:
        """planned, open or ended."""
        if self.starts_on and today < self.starts_on:
            return "planned"
        return "ended" if self.ends_on and today > self.ends_on else "open"


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool of the type `type`."""

    id: int
    type: str
    details: PoolDetails

    @property
    def name(self) -> str:
        return self.details.name


@dataclass(frozen=True, slots=True)
class PoolUse:
    """A pool with the number of codes in it; None while an import is being written."""

    pool: Pool
    codes: int | None

    @property
    def left(self) -> int | None:
        """How many codes still fit; None where there is no limit or the number is not known."""
        limit = self.pool.details.limit
        return None if limit is None or self.codes is None else max(limit - self.codes, 0)
