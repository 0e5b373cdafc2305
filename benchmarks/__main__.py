"""Measures the importer beside its yardsticks, in turns, and writes a page about it.

    python -m benchmarks --records 100000,1000000,10000000 --runs 3 --peers --markdown docs/benchmarks.md

Ends with status 1 when the importer missed an error or found one that is not there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.exactness import Exactness, compare
from benchmarks.generate import Customers, kept_customers
from benchmarks.measure import Run, run
from benchmarks.page import BARE, CHECK, IMPORT, Measured, machine, page
from benchmarks.peers import TOOLS
from benchmarks.rules import COLUMNS
from importer.model import ColumnMap, Dialect, Recipe

ROOT = Path(__file__).resolve().parent.parent
# Slower tools are measured on small files only.
LARGEST = {"frictionless": 100_000, "dlt": 100_000, "dataframely": 1_000_000, "pandera": 1_000_000}
MAPPED = {
    "customerId": ("customId", None),
    "newsletter": ("agreements.email", None),
    "loyaltyPoints": ("attributes.loyaltyPoints", "integer"),
    "lastVisit": ("attributes.lastVisit", "datetime"),
}


@dataclass(frozen=True, slots=True)
class Contender:
    """`command` makes the command line for an empty folder; `accept` are the good exit statuses."""

    name: str
    command: Callable[[Path], list[str]]
    accept: tuple[int, ...] = (0,)
    judged: bool = False


@dataclass(slots=True)
class Session:
    """What the options say, and where things lie."""

    data: Path
    runs: int
    timeout: float
    peers_python: Path | None
    recipe: Path = field(init=False)

    def __post_init__(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.recipe = self.data / "recipe.json"
        self.recipe.write_text(json.dumps(recipe().to_dict(), indent=1))


def recipe() -> Recipe:
    """How the columns of the generated file are imported."""
    columns = [ColumnMap(column, *MAPPED.get(column, (column, None))) for column in COLUMNS]
    return Recipe("customers", "1", Dialect(), tuple(columns))


def contenders(session: Session, file: Customers) -> list[Contender]:
    """Ours, the yardstick and the other tools, in the order in which they take turns."""

    def ours(name: str, verb: str) -> Contender:
        words = [sys.executable, "-m", "importer", verb, str(file.path), "--type", "customers", "--recipe", str(session.recipe)]
        words += ["--json", "--limit", "0", "--workspace"]
        return Contender(name, lambda folder: [*words, str(folder / "workspace")], accept=(0, 1), judged=True)

    bare = [sys.executable, "-m", "benchmarks.limits", str(file.path)]
    all_of_them = [
        ours(CHECK, "check"),
        ours(IMPORT, "run"),
        Contender(BARE, lambda folder: [*bare, str(folder / "bare.duckdb")]),
    ]
    if session.peers_python is None:
        return all_of_them
    return all_of_them + [peer(session.peers_python, tool, file) for tool in TOOLS if file.records <= LARGEST[tool]]


def peer(python: Path, tool: str, file: Customers) -> Contender:
    source = readable_copy(file.path) if tool == "frictionless" else file.path
    return Contender(tool, lambda folder: [str(python), "-m", "benchmarks.peers", tool, str(source), str(folder)])


def readable_copy(path: Path) -> Path:
    """The file with broken bytes replaced, for a tool that stops at the first one."""
    copy = path.with_suffix(".readable.csv")
    if not copy.exists() or copy.stat().st_mtime < path.stat().st_mtime:
        copy.write_bytes(path.read_bytes().decode("utf-8", "replace").encode())
    return copy


def measure(session: Session, file: Customers) -> Measured:
    """All contenders on one file, as often as the session says, taking turns; each turn begins with another one."""
    warm(file.path)
    racing = contenders(session, file)
    measured = Measured(file, {contender.name: [] for contender in racing}, [])
    for turn in range(session.runs):
        first = turn % len(racing)
        for contender in racing[first:] + racing[:first]:
            done, exactness = measure_once(session, file, contender)
            measured.runs[contender.name].append(done)
            measured.exactness += [exactness] if exactness else []
            figures = f"{done.wall:8.2f} s {done.cpu:8.2f} s CPU {done.memory:6.0f} MB"
            say(f"{file.records:>10,} {turn + 1}/{session.runs} {contender.name:24} {figures}")
    return measured


def measure_once(session: Session, file: Customers, contender: Contender) -> tuple[Run, Exactness | None]:
    folder = session.data / "work"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.sync()  # or the disk would still be busy with what the one before wrote
    try:
        done = run(contender.command(folder), ROOT, accept=contender.accept, timeout=session.timeout)
        return done, compare(contender.name, json.loads(done.output), file) if contender.judged else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def warm(path: Path) -> None:
    """Reads the file once, so that no contender has to fetch it from the disk for the others."""
    with path.open("rb") as file:
        while file.read(1 << 20):
            pass


def environment_of_peers(python: Path) -> Path:
    """The interpreter that has the other tools; an environment is made for it where there is none."""
    if not python.exists():
        say("installing the other tools")
        venv.create(python.parent.parent, with_pip=True)
        requirements = Path(__file__).with_name("requirements.txt")
        run([str(python), "-m", "pip", "install", "--quiet", "-r", str(requirements)], ROOT)
    return python


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", default="100000,1000000", help="sizes of the files, with commas (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default: %(default)s)")
    parser.add_argument("--peers", action="store_true", help="measure other tools too")
    parser.add_argument("--peers-python", type=Path, help="the interpreter that has them, or shall get them (default: in the data folder)")
    parser.add_argument("--markdown", type=Path, help="where to write the page (default: standard output)")
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / "data", help="where files are kept (default: benchmarks/data)")
    parser.add_argument("--timeout", type=float, default=3_600, help="seconds that one run may take (default: %(default)s)")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    data = chosen.data.absolute()
    # Not resolved: the interpreter of a virtual environment is a link.
    python = (chosen.peers_python or data / "peers" / "bin" / "python").absolute()
    session = Session(data, chosen.runs, chosen.timeout, environment_of_peers(python) if chosen.peers or chosen.peers_python else None)
    load = os.getloadavg()
    sizes = sorted(int(size) for size in chosen.records.split(","))
    measured = [measure(session, kept_customers(data, size)) for size in sizes]
    text = page(measured, machine(load), " ".join(["python -m benchmarks", *(words_of(chosen))]))
    if chosen.markdown:
        chosen.markdown.parent.mkdir(parents=True, exist_ok=True)
        chosen.markdown.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0 if all(e.exact for m in measured for e in m.exactness) else 1


def words_of(chosen: argparse.Namespace) -> list[str]:
    peers = ["--peers"] if chosen.peers or chosen.peers_python else []
    return ["--records", chosen.records, "--runs", str(chosen.runs), *peers, "--markdown", "docs/benchmarks.md"]


if __name__ == "__main__":
    sys.exit(main())
