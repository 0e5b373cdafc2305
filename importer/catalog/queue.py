"""The queue: who may work on which import, until when, and what happens when a worker dies or a person cancels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from importer.catalog.drafts import load_imports
from importer.catalog.endings import NO_WORKER, cancel, give_up, settle_stages
from importer.catalog.store import Store
from importer.catalog.tables import imports
from importer.catalog.words import not_found, too_late, wrong_status
from importer.catalog.work import held
from importer.errors import LostLease
from importer.model import Import, StageStatus, Status


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on an import; it ends when the import gets a higher fence."""

    import_id: int
    fence: int


class Queue(Store):
    def claim(self, worker: str, at_once: int, lease_seconds: float, only: int | None = None) -> Claim | None:
        """Takes an import out of the queue, if fewer than `at_once` are running; `only` that one, when it is given.

        Fair between people: whoever has the fewest imports running comes first, then who waits longest.
        """
        now = self.now()
        running, waiting, mine = imports.alias("running"), imports.alias("waiting"), imports.alias("mine")
        busy = select(func.count()).where(running.c.status == Status.RUNNING, running.c.lease_until > now).scalar_subquery()
        of_owner = (
            select(mine.c.owner, func.count().label("imports")).where(mine.c.status == Status.RUNNING).group_by(mine.c.owner)
        ).subquery()
        first = (
            select(waiting.c.id)
            .outerjoin(of_owner, of_owner.c.owner == waiting.c.owner)
            .where(waiting.c.status == Status.QUEUED)
            .order_by(func.coalesce(of_owner.c.imports, 0), waiting.c.queue_number, waiting.c.id)
            .limit(1)
        )
        if only is not None:
            first = first.where(waiting.c.id == only)
        taken = (
            update(imports)
            .where(imports.c.id == first.scalar_subquery(), imports.c.status == Status.QUEUED, busy < at_once)
            .values(
                status=Status.RUNNING,
                fence=imports.c.fence + 1,
                worker=worker,
                lease_until=now + timedelta(seconds=lease_seconds),
                started_at=func.coalesce(imports.c.started_at, now),
                cancel_requested=False,
            )
            .returning(imports.c.id, imports.c.fence)
        )
        with self._write() as connection:
            row = connection.execute(taken).one_or_none()
        return None if row is None else Claim(*row)

    def has_work(self) -> bool:
        """Whether an import waits, or its worker is silent for too long. A hint that costs little, for who asks often."""
        silent = and_(imports.c.status == Status.RUNNING, imports.c.lease_until <= self.now())
        with self._read() as connection:
            found = connection.execute(select(imports.c.id).where(or_(imports.c.status == Status.QUEUED, silent)).limit(1))
            return found.first() is not None

    def release(self, import_id: int, fence: int) -> None:
        """Gives a claim back: the import waits in its old place (or is cancelled, when that was wanted). Raises LostLease."""
        with self._write() as connection:
            mine = held(import_id, fence)
            if not self._stop_wanted(connection, mine) and not self._wait_again(connection, mine, deaths=0):
                raise LostLease(f"Import #{import_id} is not held any more.", fix="Nothing needs to be done.")

    def take_back(self, import_id: int, fence: int, max_attempts: int) -> bool:
        """For the claim of a worker that is known to be dead: as `take_back_dead`; False when the claim had ended."""
        return bool(self._take_back(held(import_id, fence), max_attempts))

    def take_back_dead(self, max_attempts: int) -> list[int]:
        """Takes imports whose lease has run out from their workers; returns their ids.

        They are queued again; those whose workers died `max_attempts` times without a new part end with errors, and those
        that a person wanted to stop are cancelled.
        """
        return self._take_back(and_(imports.c.status == Status.RUNNING, imports.c.lease_until <= self.now()), max_attempts)

    def request_cancel(self, import_id: int, person: str) -> Import:
        """Cancels at once what does not run yet, and asks the worker of what runs to stop.

        Raises WrongStatus or NotFound.
        """
        mine = imports.c.id == import_id
        asked = update(imports).where(mine, imports.c.status == Status.RUNNING, imports.c.committing.is_(False))
        with self._write() as connection:
            now = self.now()
            done = (
                cancel(connection, and_(mine, imports.c.status == Status.QUEUED), "before it started", now, person)
                or cancel(connection, and_(mine, imports.c.status == Status.CHECKED), "before it was loaded", now, person)
                or connection.execute(asked.values(cancel_requested=True, cancelled_by=person)).rowcount
            )
            found = load_imports(connection, select(imports).where(mine))
            if not found:
                raise not_found(import_id)
            if not done:
                raise too_late(import_id) if found[0].is_running else wrong_status(import_id, found[0].status, "cancelled")
            return found[0]

    def held(self, claims: Iterable[Claim]) -> dict[Claim, bool]:
        """Those of the claims that are still valid, with whether a person wants their import to stop."""
        known = set(claims)
        mine = imports.c.id.in_([claim.import_id for claim in known])
        wanted = select(imports.c.id, imports.c.fence, imports.c.cancel_requested)
        with self._read() as connection:
            rows = connection.execute(wanted.where(mine, imports.c.status == Status.RUNNING)).all()
        return {claim: bool(stop) for number, fence, stop in rows if (claim := Claim(number, fence)) in known}

    def _take_back(self, dead: ColumnElement[bool], max_attempts: int) -> list[int]:
        last = and_(dead, imports.c.attempts + 1 >= max_attempts)
        with self._write() as connection:
            stopped = self._stop_wanted(connection, dead)
            given_up = give_up(connection, last, max_attempts, self.now())
            return sorted(stopped + given_up + self._wait_again(connection, dead, deaths=1))

    def _stop_wanted(self, connection: Connection, condition: ColumnElement[bool]) -> list[int]:
        return cancel(connection, and_(condition, imports.c.cancel_requested), "while it was running", self.now())

    def _wait_again(self, connection: Connection, condition: ColumnElement[bool], deaths: int) -> list[int]:
        again = update(imports).where(condition).values(status=Status.QUEUED, attempts=imports.c.attempts + deaths, **NO_WORKER)
        ids = list(connection.execute(again.returning(imports.c.id)).scalars())
        settle_stages(connection, ids, StageStatus.WAITING, self.now())
        return ids
