"""Imports to look at, without a service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from importer.model import Goal, Import, Ledger, Source, Stage, StageName, Status

MakeImport = Callable[..., Import]


@pytest.fixture
def make_import() -> MakeImport:
    """A draft of customers; arguments replace its fields."""

    def make(**changes: Any) -> Import:
        item = Import(
            id=12,
            type="customers",
            status=Status.DRAFT,
            goal=Goal.RUN,
            source=Source("people.csv", 1000, "ab" * 32, "source", "upload"),
            owner="local",
            created_at=datetime(2026, 11, 3, 12, tzinfo=UTC),
            process=Stage(StageName.PROCESS),
            load=Stage(StageName.LOAD),
            ledger=Ledger(),
        )
        return replace(item, **changes)

    return make
