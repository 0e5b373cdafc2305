"""The one `Importer` of this process, shared by the pages and the HTTP routes."""

from __future__ import annotations

import os
from functools import lru_cache

from importer.config import load_settings
from importer.service import Importer


def importer() -> Importer:
    """The importer of the workspace that the environment names; the same object for every session and route."""
    return _open(os.environ.get("IMPORTER_WORKSPACE", ""))


@lru_cache(maxsize=4)
def _open(workspace: str) -> Importer:
    return Importer(load_settings(workspace or None))
