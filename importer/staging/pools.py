"""What the pool of an import says about the whole file."""

from __future__ import annotations

from dataclasses import dataclass

from importer.errors import FileProblem
from importer.schema import Pools
from importer.staging.database import Staging, sql_text


@dataclass(frozen=True, slots=True)
class PoolRoom:
    """A pool as it is before the load: its name, how many codes it may hold, and how many it holds."""

    name: str
    limit: int | None
    codes: int


def take_pooled(staging: Staging) -> None:
    """Records whose code is in a pool already, as pooled.parquet has them (_record, _line, rule, value, detail)."""
    if staging.folder.pooled.exists():
        path = sql_text(str(staging.folder.pooled))
        staging.db.execute(f"INSERT INTO extra SELECT _record, _line, rule, value, detail FROM read_parquet({path})")


def judge_room(staging: Staging, pools: Pools, room: PoolRoom) -> None:
    """Raises FileProblem where the new codes of the file do not fit into the pool; those it holds already need no room."""
    if room.limit is None:
        return
    again = staging.plan.extra[pools.again.code, pools.of].id
    new = int(
        staging.scalar(
            f"""SELECT count(*) FROM live ANTI JOIN duplicates USING (_record)
                WHERE _record NOT IN (SELECT _record FROM extra WHERE rule = {again})"""
        )
    )
    if new and room.codes + new > room.limit:
        words = pools.limit
        text = f"{words.message} The pool {room.name!r} can hold {room.limit:,} and holds {room.codes:,}; the file would add {new:,}."
        raise FileProblem(text, fix=words.hint, code=words.code)
