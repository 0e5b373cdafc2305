"""The page about a measurement, in Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks.exactness import Exactness
from benchmarks.generate import ERRORS, Customers
from benchmarks.measure import Run

CHECK, IMPORT, BARE = "importer, check", "importer, whole import", "DuckDB, bare load"
MILLION = 1_000_000
NOTES = {
    CHECK: "reads, judges every record by all rules, finds duplicates, profiles 14 columns, writes the error list and the rejected records",
    IMPORT: "the same, and loads the good records into an empty table",
    BARE: "`CREATE TABLE AS SELECT` from `read_csv`, all columns text, no rules, rejects stored: the yardstick",
    "dataframely": "the same rules on a Polars frame; no lines, broken records are cut silently, both of two duplicates fail",
    "pandera": "the same rules on a Polars frame; a row of the frame instead of a line, broken records are cut silently",
    "frictionless": "the same rules with row numbers; given a copy without broken bytes, because it stops at the first one",
    "dlt": "load into DuckDB only, merged by customer id; no rules, broken records are left out by the reader",
}


@dataclass(slots=True)
class Measured:
    file: Customers
    runs: dict[str, list[Run]]
    exactness: list[Exactness]

    @property
    def records(self) -> int:
        return self.file.records


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that has a limit. `limits` are (smallest number of records, limit), the last one that fits counts."""

    text: str
    over: str
    under: str
    figure: Callable[[Run], float]
    limits: Sequence[tuple[int, float]]

    def row(self, measured: Measured) -> list[str] | None:
        if not (self.over in measured.runs and self.under in measured.runs):
            return None
        pairs = zip(measured.runs[self.over], measured.runs[self.under], strict=True)
        ratios = [self.figure(a) / self.figure(b) for a, b in pairs]
        limit = ([None] + [limit for records, limit in self.limits if measured.records >= records])[-1]
        shown, kept = ("none", "") if limit is None else (f"{limit:.2f}", _kept(median(ratios) <= limit))
        return [f"{measured.records:,}", self.text, spread(ratios, 2), shown, kept]


def cpu(done: Run) -> float:
    return done.cpu


def wall(done: Run) -> float:
    return done.wall


GOALS = (
    Goal("CPU of the check, to the bare load", CHECK, BARE, cpu, [(MILLION, 1.2)]),
    Goal("CPU of the whole import, to the bare load", IMPORT, BARE, cpu, []),
    Goal("time of the whole import, to the bare load", IMPORT, BARE, wall, [(MILLION, 2.0)]),
    Goal("CPU of the check, to dataframely", CHECK, "dataframely", cpu, [(MILLION, 2.0)]),
    Goal("CPU of the whole import, to frictionless", IMPORT, "frictionless", cpu, [(0, 0.25)]),
)
MOST_MEMORY, MOST_GROWTH = 700, 1.3


def page(measured: Sequence[Measured], where: list[str], command: str) -> str:
    """Everything that was measured, and whether the limits were kept."""
    parts = [
        "# Benchmarks",
        "Every row is a process of its own, started on an empty workspace with the file in the page cache. The contenders take "
        "turns, so that a busy moment of the machine meets all of them. CPU is user and system time of the process and all that it "
        "started; memory is the peak of the largest process. Figures are medians, the range of the runs in brackets.",
        "\n".join(f"- {line}" for line in where),
        f"Made with `{command}`.",
        "## The file",
        *[_file(m) for m in measured],
        "Seeded errors: " + ", ".join(f"{kind} ({share:.1%}, {code})" for kind, (share, code) in ERRORS.items()) + ".",
        "## Figures",
        *[_figures(m) for m in measured],
        "\n".join(f"- **{name}**: {note}." for name, note in NOTES.items() if any(name in m.runs for m in measured)),
        "## Limits",
        table(["Records", "Ratio, pair by pair in turn", "Median (range)", "Limit", "Kept"], _limits(measured)),
        "## Exactness",
        "Every error is compared by its line and its rule, over all runs. The ledger adds up when every record is in exactly one "
        "state and as many are rejected and duplicate as were seeded.",
        table(["Records", "", "Runs", "Seeded", "Found", "Missed", "Invented", "Ledger adds up"], _exactness(measured)),
    ]
    return "\n\n".join(parts) + "\n"


def _file(measured: Measured) -> str:
    file = measured.file
    return (
        f"- {file.records:,} customers, 14 columns, {file.lines:,} lines, {file.bytes / 1e6:,.0f} MB, {sum(file.errors.values()):,} errors"
    )


def _figures(measured: Measured) -> str:
    rows = [
        [
            name,
            spread([r.wall for r in runs], 2),
            spread([r.cpu for r in runs], 2),
            spread([r.memory for r in runs], 0),
            f"{measured.records / median(r.wall for r in runs):,.0f}",
        ]
        for name, runs in measured.runs.items()
    ]
    return f"### {measured.records:,} records\n\n" + table(["", "Time, s", "CPU, s", "Memory, MB", "Records a second"], rows)


def _limits(measured: Sequence[Measured]) -> list[list[str]]:
    rows = [row for m in measured for goal in GOALS if (row := goal.row(m))]
    for smaller, larger in pairwise(measured):
        growth = _peak(larger) / _peak(smaller)
        limit, kept = (f"{MOST_GROWTH:.2f}", _kept(growth <= MOST_GROWTH)) if smaller.records >= MILLION else ("none", "")
        rows.append([f"{larger.records:,}", f"memory, to that at {smaller.records:,}", f"{growth:.2f}", limit, kept])
    for m in measured:
        peak = _peak(m)
        rows.append([f"{m.records:,}", "memory, MB", f"{peak:.0f}", f"{MOST_MEMORY}", _kept(peak <= MOST_MEMORY)])
    return rows


def _kept(kept: bool) -> str:
    return "yes" if kept else "**no**"


def _peak(measured: Measured) -> float:
    """What the importer needed at most."""
    return max(r.memory for name in (CHECK, IMPORT) for r in measured.runs[name])


def _exactness(measured: Sequence[Measured]) -> list[list[str]]:
    rows = []
    for m in measured:
        for name in (CHECK, IMPORT):
            of_it = [e for e in m.exactness if e.contender == name]
            counts = [max(getattr(e, what) for e in of_it) for what in ("seeded", "found", "missed", "invented")]
            rows.append([f"{m.records:,}", name, str(len(of_it)), *(f"{c:,}" for c in counts), _kept(all(e.balanced for e in of_it))])
    return rows


def spread(values: Sequence[float], digits: int) -> str:
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    left = ["---:" if name and rows and rows[0][i][:1].isdigit() else "---" for i, name in enumerate(header)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, left, *rows))


def machine(load: tuple[float, float, float]) -> list[str]:
    """Where and with what it was measured; `load` is the load average before it began."""
    models = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("polars", "duckdb", "numpy", "pyarrow"))
    return [
        f"Machine: {models[0] if models else platform.machine()}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GB, "
        f"{platform.system()} {platform.release()}",
        f"Load average before: {load[0]:.1f} (1 minute), {load[1]:.1f} (5 minutes)",
        f"Python {platform.python_version()}, {packages}",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    ]


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
