"""The part of the command line that is about pools: `pools` and `pools create`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from importer.errors import BadPool
from importer.model import BARCODES, PoolDetails, PoolUse
from importer.service import Importer


def add_pools(pools: argparse.ArgumentParser, common: argparse.ArgumentParser, count: Callable[[str], int]) -> None:
    """Adds `create` to the command `pools`, which lists without a further word. count: reads a number."""
    sub = pools.add_subparsers(metavar="create").add_parser("create", help="make a pool", description="make a pool", parents=[common])
    sub.set_defaults(command=create_pool)
    sub.add_argument("--name", required=True)
    sub.add_argument("--type", metavar="TYPE", help="the import type; needed where several have pools")
    sub.add_argument("--prefix", default="", metavar="DIGITS", help="digits put before every code")
    sub.add_argument("--barcode", default="CODE_128", metavar="KIND", help=", ".join(BARCODES))
    sub.add_argument("--size-limit", type=count, metavar="N", help="how many codes the pool can hold")
    sub.add_argument("--profile-limit", type=count, metavar="N", help="how many codes one customer can have")
    sub.add_argument("--starts-on", type=date.fromisoformat, metavar="DAY", help="first day on which codes are given out (2026-12-01)")
    sub.add_argument("--ends-on", type=date.fromisoformat, metavar="DAY", help="last day on which codes are given out")
    sub.add_argument("--description", default="", metavar="TEXT")


def list_pools(service: Importer, options: argparse.Namespace) -> int:
    uses = service.pools(service.local_person())
    if options.json:
        print(json.dumps({"pools": [_document(use) for use in uses]}, ensure_ascii=False, default=str))
        return 0
    for use in uses:
        pool, codes = use.pool, "?" if use.codes is None else f"{use.codes:,}"
        full = codes if pool.details.limit is None else f"{codes} of {pool.details.limit:,}"
        print(f"{pool.id:>6}  {_state(use):8} {full:>24}  {pool.details.barcode:8} {pool.details.prefix:8} {pool.type:12} {pool.name}")
    return 0


def create_pool(service: Importer, options: argparse.Namespace) -> int:
    me = service.local_person()
    types = [t.name for t in service.types(me) if t.pools]
    if options.type is None and len(types) != 1:
        raise BadPool("Several types have pools.", fix=f"Say with --type which one it is for: {', '.join(types)}.")
    details = PoolDetails(
        name=options.name, prefix=options.prefix, barcode=options.barcode, limit=options.size_limit,
        limit_per_profile=options.profile_limit, starts_on=options.starts_on, ends_on=options.ends_on, description=options.description,
    )  # fmt: skip
    pool = service.create_pool(me, options.type or types[0], details)
    if options.json:
        print(json.dumps({"pool": _document(PoolUse(pool, 0))}, ensure_ascii=False, default=str))
    else:
        print(f"Pool {pool.id} {pool.name!r} is there; name it with --pool in check and run.")
    return 0


def _document(use: PoolUse) -> dict[str, Any]:
    return {"id": use.pool.id, "type": use.pool.type, **asdict(use.pool.details), "state": _state(use), "codes": use.codes}


def _state(use: PoolUse) -> str:
    return use.pool.details.state(datetime.now(UTC).date())
