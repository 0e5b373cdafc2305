"""The one `Importer` of this process, shared by the pages and the HTTP routes, and who is using it."""

from __future__ import annotations

import os
from functools import lru_cache

from importer.config import Settings, load_settings
from importer.service import Importer, Person


def settings() -> Settings:
    """The settings of the workspace that the environment names."""
    return _open(os.environ.get("IMPORTER_WORKSPACE", ""))[0]


def importer() -> Importer:
    """The importer of that workspace; the same object for every session and route."""
    return _open(os.environ.get("IMPORTER_WORKSPACE", ""))[1]


def local_person() -> Person:
    """Who is in front of the screen while nobody signs in."""
    return Person(name=settings().person, roles=frozenset({"administrator"}))


@lru_cache(maxsize=4)
def _open(workspace: str) -> tuple[Settings, Importer]:
    chosen = load_settings(workspace or None)
    return chosen, Importer(chosen)
