"""The database of the catalogue: how it is opened, read and written, and what its errors mean for people."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from importer.catalog.migrations import migrate
from importer.errors import Damaged, DiskFull, ImporterError, StorageProblem, WorkspaceBusy

BUSY_SECONDS = 10.0
_WRITES = "importer_writes"


def utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """One catalogue. Any number of processes and threads may have it open at the same time."""

    def __init__(self, path: Path, now: Callable[[], datetime] = utc_now):
        """Opens the catalogue at `path` and makes or upgrades its tables.

        Raises Damaged (no catalogue, or one of a newer program), DiskFull, WorkspaceBusy or StorageProblem.
        """
        self.path = path
        self.now = now
        with _translated():
            _prepare(path)
            self._engine = _engine(path)
            try:
                with self._write() as connection:
                    migrate(connection)
            except BaseException:
                self._engine.dispose()
                raise

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        """All statements inside see the same moment."""
        with _translated(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """One transaction that is alone from its first statement on; committed at the end, or nothing of it happened."""
        with _translated(), self._engine.execution_options(**{_WRITES: True}).begin() as connection:
            yield connection


def _prepare(path: Path) -> None:
    """Makes the file, readable for its owner only (it holds the signing secret), and switches it to write-ahead logging.

    The switch needs the file alone and does not wait by itself when another process opens it at the same moment.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise StorageProblem(
            f"The workspace {path.parent} cannot be written ({error.strerror}).", fix="Check the folder and its rights."
        ) from error
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
            return
        except sqlite3.OperationalError as error:
            if _primary(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        finally:
            connection.close()
        time.sleep(0.02)


def _engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), pool_size=8, max_overflow=24, pool_timeout=BUSY_SECONDS)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where `begin` below says, not where the driver guesses
        for pragma in (
            f"busy_timeout = {int(BUSY_SECONDS * 1000)}",
            "synchronous = FULL",
            "foreign_keys = ON",
            "cache_size = -16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and then writes is refused when another one wrote in between: take the lock first.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITES) else "BEGIN")

    return engine


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if translated := _meaning(error.orig):
            raise translated from error
        raise
    except sqlite3.Error as error:
        if translated := _meaning(error):
            raise translated from error
        raise
    except PoolTimeout as error:
        raise _busy() from error


def _primary(error: BaseException | None) -> int:
    """SQLite's error number without its details (the low byte), -1 when there is none."""
    code: int = getattr(error, "sqlite_errorcode", -1)
    return code & 0xFF if code >= 0 else code


def _busy() -> WorkspaceBusy:
    return WorkspaceBusy("The workspace is in use by too many at the same time.", fix="Try again in a few seconds.")


def _meaning(error: BaseException | None) -> ImporterError | None:
    """What an error of SQLite means for a person; None when it is a fault of the program."""
    full = (sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_SHMSIZE)
    primary = _primary(error)
    if primary == sqlite3.SQLITE_FULL or getattr(error, "sqlite_errorcode", -1) in full:
        return DiskFull("There is no space left for the catalogue of imports.", fix="Free space on the disk, then try again.")
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _busy()
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return Damaged(
            "The catalogue of imports is damaged and cannot be read.",
            fix="Stop the importer and put back the last backup of the file catalog.sqlite. The loaded records are not affected.",
        )
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR):
        return StorageProblem(
            f"The catalogue of imports cannot be used ({error}).", fix="Check the workspace folder, its disk and its rights."
        )
    return None
