"""Puts known errors into a file of any import type and looks whether the importer finds exactly those.

    python -m benchmarks.seeded --type customers --records 200000

Ends with status 1 when the importer missed an error or found one that is not there. See `benchmarks.types`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks import types
from benchmarks.measure import run
from benchmarks.types import Grouped, Seed

ROOT = Path(__file__).resolve().parent.parent
SLICE = 50_000
_TRUTH = pl.Schema({"line": pl.Int64(), "column": pl.String(), "code": pl.String(), "severity": pl.String()})


@dataclass(frozen=True, slots=True)
class Seeded:
    """A file with errors, and what is wrong in it: line (physical, 1-based), column, code and severity of every violation."""

    path: Path
    truth: pl.DataFrame
    records: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was seeded and not listed, what was listed and not seeded (line, column, code, severity), and whether every
    record was counted."""

    seeded: int
    missed: tuple[tuple[int, str, str, str], ...]
    invented: tuple[tuple[int, str, str, str], ...]
    counted: bool

    @property
    def exact(self) -> bool:
        return not self.missed and not self.invented and self.counted


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Rows of a slice that one seed has: `changed` are broken; the first of those repeat the carried records, the others
    the rows `firsts`; `forward` are good records that come again in the next slice. `listed` are those of a group that does not
    repeat which the importer shall list for the seed, and `others` those that it rejects with them."""

    changed: NDArray[np.int64]
    firsts: NDArray[np.int64]
    forward: NDArray[np.int64]
    listed: NDArray[np.int64]
    others: NDArray[np.int64]


def write(path: Path, type_name: str, records: int, seed: int = 7, at_once: int = SLICE) -> Seeded:
    """Writes so many records of a type, slice by slice; the same file for the same numbers."""
    good, seeds = types.load(type_name)
    grouped = types.grouped(type_name)
    random = np.random.default_rng(seed)
    carried = [pl.DataFrame()] * len(seeds)  # for each seed that repeats: what comes again of records of the slice before
    truth, line = [pl.DataFrame(schema=_TRUTH)], 2
    with path.open("wb") as out:
        for first in range(0, records, at_once):
            frame = good(random, first, min(at_once, records - first))
            if first == 0:
                out.write((",".join(frame.columns) + "\n").encode())
            chosen = _choose(random, frame, seeds, [c.height for c in carried], grouped)
            frame = _broken(frame, seeds, chosen, carried)
            lengths = frame.select(pl.sum_horizontal(1, pl.all().str.count_matches("\n", literal=True))).to_series().to_numpy()
            starts = line + np.cumsum(lengths, dtype=np.int64) - lengths
            line += int(lengths.sum())
            truth += [_truth(*each, starts) for each in zip(seeds, chosen, carried, strict=True)]
            truth += [_others(grouped, c.others, starts) for c in chosen if grouped]
            carried = [_carried(frame, s, c.forward, starts) for s, c in zip(seeds, chosen, strict=True)]
            _write(out, random, frame)
    return Seeded(path, pl.concat(truth).sort("line", "code"), records)


def _choose(
    random: np.random.Generator, frame: pl.DataFrame, seeds: tuple[Seed, ...], waiting: list[int], grouped: Grouped | None
) -> list[_Chosen]:
    """Rows for every seed, no group of them for two; `waiting` are the numbers of records that are carried."""
    free = np.ones(frame.height, bool)
    group = frame[grouped.column].rank("dense").to_numpy().astype(np.int64) if grouped else np.arange(frame.height)
    chosen = []
    for seed, carried in zip(seeds, waiting, strict=True):
        number = max(round(seed.share * frame.height), 2) * (2 if seed.repeats else 1)
        fits = free if seed.where is None else free & frame.select(seed.where.fill_null(value=False)).to_series().to_numpy()
        candidates = np.flatnonzero(fits)
        rows = np.sort(random.choice(candidates, min(number, len(candidates)), replace=False))
        rows = rows[np.unique(group[rows], return_index=True)[1]]
        mine = np.flatnonzero(np.isin(group, group[rows]))
        free[mine] = False
        chosen.append(_paired(np.sort(rows), carried) if seed.repeats else _in_groups(seed, np.sort(rows), mine, group))
    return chosen


def _in_groups(seed: Seed, rows: NDArray[np.int64], mine: NDArray[np.int64], group: NDArray[np.int64]) -> _Chosen:
    """Of one row in each of some groups, and all rows of those: which are changed, listed and rejected."""
    changed = mine if seed.whole else rows
    firsts = mine[np.unique(group[mine], return_index=True)[1]]
    listed = {"all": mine, "first": firsts}.get(seed.lists, changed)
    others = np.setdiff1d(mine, listed) if seed.severity == "error" else rows[:0]
    return _Chosen(changed, rows[:0], rows[:0], listed, others)


def _paired(rows: NDArray[np.int64], carried: int) -> _Chosen:
    """Of rows in ascending order: some repeat carried ones, some go forward, and of the others every second one repeats the one before."""
    again, rest = rows[:carried], rows[carried:]
    left = len(rest) - len(rest) // 4
    pairs = rest[: left // 2 * 2]
    return _Chosen(np.concatenate([again, pairs[1::2]]), pairs[::2], rest[left:], rows[:0], rows[:0])


def _broken(frame: pl.DataFrame, seeds: tuple[Seed, ...], chosen: list[_Chosen], carried: list[pl.DataFrame]) -> pl.DataFrame:
    which = np.full(frame.height, -1, np.int64)
    for i, c in enumerate(chosen):
        which[c.changed] = i
    marked = frame.with_columns(pl.Series("\0", which))
    changes: dict[str, pl.Expr] = {}
    for i, seed in enumerate(seeds):
        for column, value in seed.values.items():
            new = value if isinstance(value, pl.Expr) else pl.lit(value, dtype=pl.String)
            changes[column] = pl.when(pl.col("\0") == i).then(new).otherwise(changes.get(column, pl.col(column)))
    result = marked.with_columns(e.alias(name) for name, e in changes.items()).drop("\0")
    for seed, c, before in zip(seeds, chosen, carried, strict=True):
        for column in seed.repeats:
            earlier = result[column].gather(c.firsts)
            old = before[column].head(len(c.changed) - len(earlier)) if before.height else earlier.clear()
            result = result.with_columns(result[column].scatter(c.changed, pl.concat([old, earlier])))
    return result


def _truth(seed: Seed, chosen: _Chosen, carried: pl.DataFrame, starts: NDArray[np.int64]) -> pl.DataFrame:
    lines = [starts[chosen.listed]]
    if seed.repeats and seed.lists != "earlier":
        lines.append(starts[chosen.changed])
    if seed.repeats and seed.lists != "later":
        old = carried["\0"].head(len(chosen.changed) - len(chosen.firsts)).to_numpy() if carried.height else starts[:0]
        lines += [old, starts[chosen.firsts]]
    found = pl.DataFrame({"line": np.concatenate(lines)})
    return found.with_columns(column=pl.lit(seed.column), code=pl.lit(seed.code), severity=pl.lit(seed.severity))


def _others(grouped: Grouped, rows: NDArray[np.int64], starts: NDArray[np.int64]) -> pl.DataFrame:
    found = pl.DataFrame({"line": starts[rows]})
    return found.with_columns(column=pl.lit(grouped.column), code=pl.lit(grouped.code), severity=pl.lit("error"))


def _carried(frame: pl.DataFrame, seed: Seed, rows: NDArray[np.int64], starts: NDArray[np.int64]) -> pl.DataFrame:
    if not seed.repeats:
        return pl.DataFrame()
    return frame.select(seed.repeats)[rows].with_columns(pl.Series("\0", starts[rows]))


def _write(out: BinaryIO, random: np.random.Generator, frame: pl.DataFrame) -> None:
    """Writes records: cells that need quotes are quoted, and all cells of one record in twenty."""
    generous = pl.Series(random.random(frame.height) < 0.05)
    cells = [
        pl.when(pl.col(c).str.contains('[,"\r\n]') | (generous & (pl.col(c) != "")))
        .then('"' + pl.col(c).str.replace_all('"', '""', literal=True) + '"')
        .otherwise(pl.col(c).fill_null(""))
        for c in frame.columns
    ]
    text = frame.select(pl.concat_str(cells, separator=",").str.join("\n")).item()
    out.write(text.encode() + b"\n")


def compare(document: dict[str, Any], seeded: Seeded) -> Comparison:
    """Compares the document of `check --json` with the truth. Repairs count only where that rule was seeded."""
    truth = Counter(seeded.truth.select("line", "column", "code", "severity").iter_rows())
    repairs = {code for _, _, code, severity in truth if severity == "repair"}
    found = Counter(
        (v["line"], v["column"], v["code"], str(v["severity"]))
        for v in document["violations"]
        if str(v["severity"]) != "repair" or v["code"] in repairs
    )
    ledger = document["ledger"]
    states = sum(number for state, number in ledger.items() if state != "records")
    rejected = seeded.truth.filter(severity="error")["line"].n_unique()
    counted = ledger["records"] == states == seeded.records and ledger["rejected"] == rejected
    missed, invented = truth - found, found - truth
    return Comparison(truth.total(), tuple(sorted(missed.elements())), tuple(sorted(invented.elements())), counted)


def judge(file: Seeded, type_name: str) -> bool:
    """Checks a file beside a bare load of it, and says how exact and how fast that was."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["check", str(file.path), "--type", type_name, "--json", "--workspace", f"{folder}/workspace"]
        if pool := types.pool(type_name):
            said = [word for name, value in pool.items() for word in (f"--{name}", value)]
            run([sys.executable, "-m", "importer", "pools", "create", "--type", type_name, *said, *words[-2:]], ROOT)
            words += ["--pool", pool["name"]]
        check = run([sys.executable, "-m", "importer", *words], ROOT, accept=(0, 1))
        bare = run([sys.executable, "-m", "benchmarks.limits", str(file.path), f"{folder}/bare.duckdb"], ROOT)
    found = compare(json.loads(check.output), file)
    print(f"{type_name}: {file.records:,} records, {found.seeded:,} violations seeded")
    print(f"  missed {len(found.missed):,}, invented {len(found.invented):,}, records counted: {'yes' if found.counted else 'NO'}")
    for title, some in (("missed", found.missed), ("invented", found.invented)):
        for violation in some[:10]:
            print(f"    {title}: line {violation[0]}, {violation[1]}: {violation[2]} ({violation[3]})")
    for title, done in (("check", check), ("bare load", bare)):
        print(f"  {title:10} {done.wall:7.2f} s {done.cpu:7.2f} s CPU {done.memory:6.0f} MB")
    return found.exact


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seeded", description=__doc__.partition("\n")[0])
    parser.add_argument("--type", choices=types.names(), action="append", help="an import type; again for more (default: all)")
    parser.add_argument("--records", type=int, default=200_000, help="records of the file (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="another number makes another file (default: %(default)s)")
    chosen = parser.parse_args()
    exact = True
    for name in chosen.type or types.names():
        with tempfile.TemporaryDirectory() as folder:
            exact &= judge(write(Path(folder) / f"{name}.csv", name, chosen.records, chosen.seed), name)
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main())
