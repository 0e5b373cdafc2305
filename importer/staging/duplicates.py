"""Records of a file that are about the same thing: which of them give way, and which contradict each other.

Hashes of the parts narrow down, texts settle. Everything is a set operation over the parts in the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from importer.identity import conflicting
from importer.schema import Identity
from importer.staging.database import Staging, sql_name, sql_text


def find_duplicates(staging: Staging, identity: Identity, options: Mapping[str, Any]) -> int:
    """Fills duplicates, alias and extra; returns how many records give way to a later one.

    Where two records with one key are an error, the first stays and the others are set aside.
    """
    keys = identity.keys(options, staging.plan.fields)
    if not keys or "records" not in staging.views:
        return 0
    _same_key(staging, identity, keys)
    kinds = dict(staging.db.execute("SELECT _kind, count(*) FROM records GROUP BY _kind").fetchall())
    for kind, key in enumerate(keys):
        if kind and kinds.get(kind) and key not in identity.alone and not identity.together:
            _other_key(staging, identity, keys, kind)
    if conflicting(identity, keys):
        _conflicts(staging, identity)
    return int(staging.scalar("SELECT count(*) FROM duplicates"))


def _same_key(staging: Staging, identity: Identity, keys: Sequence[str]) -> None:
    """Records with the same first filled identifier."""
    if not staging.find_repeated("_key"):
        return
    staging.db.execute(
        f"""CREATE TEMP TABLE keyed AS
            SELECT _record, _line, _kind AS kind, {key_sql(identity, keys)} AS key, {value_sql(identity, keys)} AS value
            FROM live SEMI JOIN repeated_key USING (_key)"""
    )
    last_wins = identity.duplicate.severity != "error"
    order, end = ("max", "_record < other") if last_wins else ("min", "_record > other")
    staging.db.execute(
        f"""CREATE TEMP TABLE repeats AS
            SELECT _record, _line, kind, value, other_line FROM (
                SELECT *, {order}(_record) OVER same AS other, {order}(_line) OVER same AS other_line
                FROM keyed WINDOW same AS (PARTITION BY kind, key)
            ) WHERE {end}"""
    )
    if last_wins:
        staging.db.execute("INSERT INTO duplicates SELECT _record, _line, other_line FROM repeats")
    for kind, name in enumerate(keys[:1] if identity.together else keys):
        rule = staging.plan.extra[identity.duplicate.code, name].id
        detail = detail_sql(identity.duplicate.detail, "other_line")
        staging.db.execute(f"INSERT INTO extra SELECT _record, _line, {rule}, value, {detail} FROM repeats WHERE kind = {kind}")
    if not last_wins:
        staging.set_aside()


def _other_key(staging: Staging, identity: Identity, keys: Sequence[str], kind: int) -> None:
    """Records known by a lower identifier that an earlier record, known by a higher one, carries too.

    Taken one after the other, the later one is about the customer of the earlier one.
    """
    name = keys[kind]
    same = f"{_same_text(identity, name, 'low')} = {_same_text(identity, name, 'high')}"
    staging.db.execute(
        f"""INSERT INTO alias
            SELECT low._record, min(high._record)
            FROM (SELECT * FROM live ANTI JOIN duplicates USING (_record) WHERE _kind = {kind}) low
            JOIN (SELECT * FROM live ANTI JOIN duplicates USING (_record)
                  WHERE _kind < {kind} AND {sql_name(name)} IS NOT NULL) high ON {same} AND high._record < low._record
            GROUP BY low._record"""
    )


def _conflicts(staging: Staging, identity: Identity) -> None:
    """One identifier together with two values of another: `_key` of the records that go by the first, and `_other`."""
    assert identity.conflict is not None
    staging.find_repeated("_other")
    first, second = identity.conflict_fields
    for (name, hashed), (other_name, other_hashed) in (((first, "_key"), (second, "_other")), ((second, "_other"), (first, "_key"))):
        staging.db.execute(
            f"""CREATE OR REPLACE TEMP TABLE suspect AS SELECT {hashed} FROM live SEMI JOIN repeated{hashed} USING ({hashed})
                WHERE _kind = 0 AND _other IS NOT NULL GROUP BY {hashed} HAVING min({other_hashed}) <> max({other_hashed})"""
        )
        if not staging.scalar("SELECT count(*) FROM suspect"):
            continue
        rule = staging.plan.extra[identity.conflict.code, name].id
        mine, yours = _same_text(identity, name, "r"), _same_text(identity, other_name, "r")
        staging.db.execute(
            f"""INSERT INTO extra
                SELECT _record, _line, {rule}, value, NULL FROM (
                    SELECT _record, _line, r.{sql_name(name)}::VARCHAR AS value,
                           min({yours}) OVER same AS least, max({yours}) OVER same AS most
                    FROM live r SEMI JOIN suspect USING ({hashed}) WHERE {mine} IS NOT NULL AND {yours} IS NOT NULL
                    WINDOW same AS (PARTITION BY {mine})
                ) WHERE least <> most"""
        )


def detail_sql(template: str, line: str) -> str:
    """SQL for the message of one violation that names another line; NULL where the rule has no such message."""
    return f"replace({sql_text(template)}, '{{line}}', {line}::VARCHAR)" if template else "NULL"


def key_sql(identity: Identity, keys: Sequence[str], table: str = "") -> str:
    """The text of the first filled identifier (of all of them, where they go together), in the form that is compared."""
    texts = [f"lower({table}{sql_name(k)})" if k in identity.caseless else f"{table}{sql_name(k)}::VARCHAR" for k in keys]
    return f"concat_ws(chr(31), {', '.join(texts)})" if identity.together else f"coalesce({', '.join(texts)})"


def value_sql(identity: Identity, keys: Sequence[str]) -> str:
    """The identifier as it is shown."""
    texts = ", ".join(f"{sql_name(k)}::VARCHAR" for k in keys)
    return f"concat_ws(', ', {texts})" if identity.together else f"coalesce({texts})"


def _same_text(identity: Identity, name: str, table: str) -> str:
    column = f"{table}.{sql_name(name)}"
    return f"lower({column})" if name in identity.caseless else f"{column}::VARCHAR"
