"""The tables of the catalogue. Statements written with them run on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """A time in UTC with its zone, whatever the database keeps. Naive times are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("A time without a zone cannot be stored.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text that may come from outside: what no database can store (lone surrogates, NUL) becomes a replacement sign."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


class Document(TypeDecorator[Any]):
    """A JSON document. It is never searched by the database, therefore plain text serves both of them alike."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def folded(text: str) -> str:
    """Text as it is searched: without regard to case and to how accents are composed."""
    return unicodedata.normalize("NFC", text).casefold()


# SQLite numbers rows by itself only in a column of exactly the type INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")
metadata = MetaData()


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, default=0)


imports = Table(
    "imports",
    metadata,
    Column("id", Id, primary_key=True),
    Column("type", String(200), nullable=False),
    Column("status", String(20), nullable=False),
    Column("goal", String(20), nullable=False),
    Column("outcome", String(30)),
    Column("owner", Words, nullable=False),
    Column("source_name", Words, nullable=False),
    Column("source_folded", Words, nullable=False),
    Column("source_bytes", BigInteger, nullable=False),
    Column("source_sha256", String(64), nullable=False),
    Column("source_path", Words),
    Column("source_method", String(20), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("keep_until", UtcTime),
    _count("records"),
    _count("created"),
    _count("updated"),
    _count("unchanged"),
    _count("duplicate"),
    _count("rejected"),
    _count("unprocessed"),
    _count("warnings"),
    _count("repairs"),
    _count("violations"),
    Column("reason", Words),
    Column("fix", Words),
    Column("error_code", String(100)),
    Column("error_line", BigInteger),
    Column("queue_number", BigInteger),  # order of the queue: a sequence, because clocks jump
    Column("worker", Words),
    Column("fence", BigInteger, nullable=False, default=0),
    Column("lease_until", UtcTime),
    Column("attempts", Integer, nullable=False, default=0),  # deaths of workers since the last new part
    Column("furthest_part", BigInteger, nullable=False, default=-1),
    Column("cancel_requested", Boolean, nullable=False, default=False),
    Column("cancelled_by", Words),
    Column("committing", Boolean, nullable=False, default=False),  # the destination may hold the records from here on
    Column("notices", Document, nullable=False),
    Column("columns", Document, nullable=False),
    Column("recipe", Document),
    sqlite_autoincrement=True,  # the number of a deleted import is never given again: its folder may still be there
)
# Begins with the id and holds all that a list is filtered by: a page is found by reading this index backwards, never the
# wide rows. (Measured: see `test_catalog.py`.)
Index(
    "imports_list",
    imports.c.id,
    imports.c.status,
    imports.c.outcome,
    imports.c.type,
    imports.c.owner,
    imports.c.source_folded,
)
Index("imports_queue", imports.c.status, imports.c.queue_number)
# The summary of the week is read from these two alone.
Index("imports_created", imports.c.created_at, imports.c.status)
Index(
    "imports_finished",
    imports.c.status,
    imports.c.finished_at,
    imports.c.created,
    imports.c.updated,
    imports.c.unchanged,
    imports.c.rejected,
)


def _of_import(*, key: bool) -> Column[int]:
    return Column("import_id", Id, ForeignKey("imports.id", ondelete="CASCADE"), primary_key=key, nullable=False)


stages = Table(
    "stages",
    metadata,
    _of_import(key=True),
    Column("name", String(20), primary_key=True),
    Column("status", String(20), nullable=False, default="waiting"),
    _count("done"),
    Column("total", BigInteger),
    _count("bytes_done"),
    Column("bytes_total", BigInteger),
    Column("rate", Float),
    Column("seconds_left", Float),
    Column("step", Words, nullable=False, default=""),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("seconds", Float),
)

parts = Table(
    "parts",
    metadata,
    _of_import(key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("start", Document, nullable=False),
    Column("end", Document, nullable=False),
    _count("records"),
    _count("valid"),
    _count("rejected"),
    _count("malformed"),
    _count("violations"),
    Column("state", Document, nullable=False),
)

log = Table(
    "log",
    metadata,
    Column("id", Id, primary_key=True),
    _of_import(key=False),
    Column("at", UtcTime, nullable=False),
    Column("level", String(20), nullable=False),
    Column("text", Words, nullable=False),
)
Index("log_import", log.c.import_id, log.c.id)

custom_fields = Table(
    "custom_fields",
    metadata,
    Column("type", String(200), primary_key=True),
    Column("name", Words, primary_key=True),
    Column("data_type", String(20), nullable=False),
    Column("added_at", UtcTime, nullable=False),
)

# The types that a team defines itself. A version never changes; `retired` is the same in all versions of a name.
type_documents = Table(
    "type_documents",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("title", Words, nullable=False),
    Column("document", Words, nullable=False),
    Column("saved_by", Words, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    Column("retired", Boolean, nullable=False, default=False),
)

pools = Table(
    "pools",
    metadata,
    Column("id", Id, primary_key=True),
    Column("type", String(200), nullable=False),
    Column("name", Words, nullable=False),
    Column("name_folded", Words, nullable=False),  # unique for each type without regard to case
    Column("prefix", String(40), nullable=False, default=""),
    Column("barcode", String(20), nullable=False),
    Column("limit", BigInteger),
    Column("limit_per_profile", BigInteger),
    Column("starts_on", Date),
    Column("ends_on", Date),
    Column("description", Words, nullable=False, default=""),
    Column("created_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,  # loaded records hold the number: it is never given again
)
Index("pools_name", pools.c.type, pools.c.name_folded, unique=True)

settings = Table(
    "settings",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("value", Text, nullable=False),
)

schema_version = Table(
    "schema_version",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),  # always 1: there is one row
    Column("version", Integer, nullable=False),
)
