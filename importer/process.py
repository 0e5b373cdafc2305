"""Stage 1 over the parts of a file: read, judge, profile, write; and go on from the last finished part."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from importer import __version__
from importer.catalog import Catalog
from importer.config import Settings
from importer.errors import EmptyFile, LedgerError, disk_error
from importer.identity import with_keys
from importer.model import Part, Position, Recipe
from importer.originals import layout, with_originals
from importer.profiling import Profile
from importer.readers.csv import Block, read_blocks
from importer.readers.header import Header
from importer.schema import TypeSchema
from importer.staging import ImportFolder
from importer.staging.folder import RECORDS, REJECTED, VIOLATIONS
from importer.validation import Plan, Validated, validate
from importer.validation.run import malformed_violations


@dataclass(frozen=True, slots=True)
class Progress:
    records: int
    bytes_done: int
    rate: float
    seconds_left: float | None


class Work(Protocol):
    """What stage 1 needs to know of an import."""

    @property
    def schema(self) -> TypeSchema: ...
    @property
    def keys(self) -> Sequence[str]: ...
    @property
    def recipe(self) -> Recipe: ...
    @property
    def header(self) -> Header: ...
    @property
    def plan(self) -> Plan: ...


def process_parts(
    catalog: Catalog, settings: Settings, folder: ImportFolder, work: Work, import_id: int, fence: int, tell: Callable[[Progress], None]
) -> None:
    """Makes every part that is not made yet, and the profile of the whole file.

    A part is the same whenever it is made: a part that was written but not recorded is simply written again. Raises
    EmptyFile when the file has no record, and what the reader and the folder raise.
    """
    _Process(catalog, settings, folder, work, import_id, fence, tell).run()


class _Process:
    def __init__(
        self,
        catalog: Catalog,
        settings: Settings,
        folder: ImportFolder,
        work: Work,
        import_id: int,
        fence: int,
        tell: Callable[[Progress], None],
    ):
        self.catalog = catalog
        self.settings = settings
        self.folder = folder
        self.work = work
        self.id = import_id
        self.fence = fence
        self.tell = tell
        self.columns = len(work.header.columns)
        self.names = [f"c{i}" for i in range(self.columns)]
        # Polars may change what it hashes or how it reads between versions, so parts of two versions are never mixed.
        self.digest = f"{work.recipe.digest}/{work.plan.about}/{__version__}/{pl.__version__}"

    def run(self) -> None:
        number, position, profile = self._restart_point()
        size = self.folder.source.stat().st_size
        started, first = time.monotonic(), position.record
        # Four hands: one reads the next block, this one judges, one writes what was judged before, and one profiles it.
        with ThreadPoolExecutor(1, thread_name_prefix="writer") as writer, ThreadPoolExecutor(1, thread_name_prefix="profiler") as profiler:
            making: tuple[Future[tuple[Part, dict[str, int]]], Future[None]] | None = None
            for block in _ahead(read_blocks(self.folder.source, self.work.recipe.dialect, self.columns, position, self.settings)):
                number += 1
                result = self._judge(number, block)
                self._record(making)
                making = writer.submit(self._write, number, block, result), profiler.submit(self._profile, number, block, profile)
                position = block.end
                self.tell(_progress(position, first, size, time.monotonic() - started))
            self._record(making)
        if position.record == 0:
            raise EmptyFile("The file has a header but no records.", fix="Export the file again with its records.", line=1)
        self.folder.write_json(self.folder.profile, profile.document())

    def _restart_point(self) -> tuple[int, Position, Profile]:
        """The last part that is whole, with the profile up to it; everything after it is made again."""
        done = self.catalog.parts(self.id)
        usable = 0
        for part, state in done:
            if state["digest"] != self.digest or part.number != usable + 1 or not self.folder.intact(part.number, state["sizes"]):
                break
            usable = part.number
        while usable and not self._profile_path(usable).is_file():
            usable -= 1
        if usable == 0:
            self.catalog.clear_parts(self.id, self.fence)
            self.folder.forget_parts()
            return 0, self.work.header.body, Profile(self.work.header.columns)
        self.catalog.log(self.id, f"Going on after part {usable}.")
        return usable, done[usable - 1][0].end, Profile.load(self._profile_path(usable))

    def _profile_path(self, number: int) -> Path:
        return self.folder.parts / f"{number:06}.profile"

    def _judge(self, number: int, block: Block) -> Validated:
        result = validate(self.work.plan, block.frame, block.holds)
        records = block.end.record - block.start.record
        if result.valid.height + result.rejected.height + block.malformed.height != records:
            raise LedgerError(
                f"Part {number} has {records} records, but {result.valid.height} valid, {result.rejected.height} rejected and "
                f"{block.malformed.height} malformed ones.",
                fix="Nothing was loaded. Report this.",
            )
        return result

    def _write(self, number: int, block: Block, result: Validated) -> tuple[Part, dict[str, int]]:
        """Writes the files of a part; it exists once it is recorded."""
        found = result.violations
        if block.malformed.height:
            found = pl.concat([found, malformed_violations(self.work.plan, block.malformed)]).sort("_record", "rule")
        records = with_keys(result.valid, self.work.schema.identity, self.work.keys)
        frames = {RECORDS: records, REJECTED: self._rejected(block, result.rejected), VIOLATIONS: found}
        sizes = {kind: self.folder.write_part(number, kind, frame) for kind, frame in frames.items() if frame.height}
        counts = (result.valid.height, result.rejected.height, block.malformed.height, found.height)
        return Part(number, block.start, block.end, block.end.record - block.start.record, *counts), sizes

    def _profile(self, number: int, block: Block, profile: Profile) -> None:
        """Adds a part to the profile and writes the profile up to it."""
        profile.add(block.frame, self.names)
        try:
            profile.save(self._profile_path(number))
        except OSError as error:
            raise disk_error(error) from error

    def _record(self, making: tuple[Future[tuple[Part, dict[str, int]]], Future[None]] | None) -> None:
        if making is None:
            return
        written, profiled = making
        part, sizes = written.result()
        profiled.result()
        self.catalog.add_part(self.id, self.fence, part, {"sizes": sizes, "digest": self.digest})
        # The profile before the last recorded part is never needed again.
        self._profile_path(part.number - 1).unlink(missing_ok=True)

    def _rejected(self, block: Block, rejected: pl.DataFrame) -> pl.DataFrame:
        """Rejected and malformed records in file order with their source bytes."""
        refused = with_originals(block, rejected, self.columns)
        if not block.malformed.height:
            return refused
        broken = block.malformed.with_columns(malformed=pl.lit(value=True), text=_readable(block.malformed["raw"]))
        return pl.concat([refused, broken.select(layout(self.columns))]).sort("_record")


def _readable(raw: pl.Series) -> pl.Series:
    r"""Source bytes as text; bytes that are no UTF-8 are written as \xNN. Malformed records only, so a loop will do."""
    return pl.Series([bytes(b).decode("utf-8", "backslashreplace") for b in raw], dtype=pl.String)


def _progress(position: Position, first: int, size: int, seconds: float) -> Progress:
    rate = (position.record - first) / seconds if seconds > 0 else 0.0
    share = position.offset / size if size else 1.0
    left = seconds * (1 - share) / share if share > 0 and first == 0 else None
    return Progress(position.record, position.offset, rate, left)


def _ahead(blocks: Iterator[Block]) -> Iterator[Block]:
    """Reads the next block in a thread while this one is worked on; NumPy and Polars let go of the interpreter lock."""
    ready: queue.Queue[Block | BaseException | None] = queue.Queue(maxsize=1)
    stopped = threading.Event()

    def hand_over(item: Block | BaseException | None) -> bool:
        while not stopped.is_set():
            try:
                ready.put(item, timeout=0.2)
                return True
            except queue.Full:
                continue
        return False

    def read() -> None:
        try:
            for block in blocks:
                if not hand_over(block):
                    return
            hand_over(None)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that works, which raises it there
            hand_over(error)

    threading.Thread(target=read, name="reader", daemon=True).start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
