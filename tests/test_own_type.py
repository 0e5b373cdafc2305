"""A type of a team's own, with a field of every kind, from a file to the destination."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

from importer.access import Person
from importer.model import Dialect, Import, Ledger
from importer.service import Importer

KINDS = {
    "s": ("string", "a"), "i": ("integer", "1"), "n": ("number", "1.5"), "b": ("boolean", "true"), "d": ("date", "2024-03-09"),
    "m": ("datetime", "2024-03-09T10:00:00Z"), "t": ("time", "10:00:00"), "y": ("year", "2024"), "ym": ("yearmonth", "2024-03"), "du": ("duration", "P1D"),
    "l": ("list", "a;b"), "o": ("object", '{"a": 1}'), "a": ("array", "[1]"), "g": ("geopoint", "1, 2"), "x": ("any", "x"),
    "gj": ("geojson", '{"type": "Point", "coordinates": [1, 2]}'),
}  # fmt: skip


def test_every_kind_of_field_is_checked_loaded_and_shown(
    service: Importer, me: Person, file: Callable[..., Path], import_file: Callable[..., Import]
) -> None:
    fields = [{"name": name, "type": kind, **({"delimiter": ";"} if kind == "list" else {})} for name, (kind, _) in KINDS.items()]
    service.save_type(me, "own", json.dumps({"title": "Own", "fields": fields}))

    def line(*cells: str) -> str:
        return "\t".join(cells) + "\n"

    good = [cell for _, cell in KINDS.values()]
    bad = ["" if kind in ("string", "any", "list") else "?" for kind, _ in KINDS.values()]
    text = line(*KINDS) + line(*good) + line(*bad) + line("z", *("" for _ in good[1:]))
    job = import_file(file(text, "own.tsv"), "own", dialect=Dialect(delimiter="\t", quote=None))
    assert job.ledger == Ledger(records=3, created=2, rejected=1)
    codes = {v.code for v in service.violations(me, job.id, limit=100).items}
    assert codes == {f"TYPE_{kind.upper()}" for kind, _ in KINDS.values()} - {"TYPE_STRING", "TYPE_ANY", "TYPE_LIST"}
    page = service.records(me, "own")
    row = dict(zip(page.columns, page.rows[0], strict=True))
    assert (row["i"], row["n"], row["b"], row["y"], row["o"]) == (1, 1.5, True, 2024, '{"a": 1}')
    assert (row["d"], row["m"], row["t"], row["l"]) == (date(2024, 3, 9), datetime(2024, 3, 9, 10), time(10), ["a", "b"])
