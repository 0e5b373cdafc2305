"""Settings: from a TOML file and the environment, each with a stated default.

The file is `importer.toml` in the workspace (or the path in IMPORTER_CONFIG); the environment wins over it. The variable
of a setting is its name in upper case with the prefix IMPORTER_, for example IMPORTER_MAX_UPLOAD_BYTES.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from importer.errors import DeclarationError


@dataclass(frozen=True, slots=True)
class Settings:
    """Every limit of the importer. Sizes in bytes, times in seconds unless the name says otherwise."""

    workspace: Path = Path("workspace")
    max_upload_bytes: int = 5_000_000_000  # source: size limit of a feed, 5 GB
    max_record_bytes: int = 32 << 20  # a record longer than this is a quote that never closes, or no text file
    max_columns: int = 2_000
    block_bytes: int = 16 << 20  # how much of a file one part holds
    imports_at_once: int = 2
    lease_seconds: float = 8.0  # a worker that was silent for so long counts as dead; it speaks every progress_seconds
    progress_seconds: float = 0.5  # progress is written at most this often
    max_attempts: int = 3  # after how many deaths of its worker without progress an import is given up
    worker_memory_bytes: int = 0  # address-space limit of a worker; 0: none
    duckdb_memory: str = "256MB"
    duckdb_threads: int = 2
    load_slice_records: int = 491_520  # a multiple of DuckDB's row group (122,880)
    destination_wait_seconds: float = 600.0  # how long a load waits for another one to finish
    retention_days: int = 30  # files, staged records and error lists are deleted after this
    drafts_hours: int = 24  # an uploaded file that was never checked is deleted after this
    person: str = "local"  # who imports when nobody signs in
    allowed_hosts: str = "127.0.0.1,localhost,::1"
    preview_records: int = 100

    @property
    def catalog_path(self) -> Path:
        return self.workspace / "catalog.sqlite"

    @property
    def destination_path(self) -> Path:
        return self.workspace / "destination.duckdb"

    @property
    def imports_path(self) -> Path:
        return self.workspace / "imports"

    @property
    def uploads_path(self) -> Path:
        return self.workspace / "uploads"

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(h.strip().lower() for h in self.allowed_hosts.split(",") if h.strip())


def load_settings(workspace: str | os.PathLike[str] | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """Settings for a workspace.

    Raises DeclarationError when a value in the file or the environment is not of its setting's type or is unknown.
    """
    env = os.environ if env is None else env
    root = Path(workspace or env.get("IMPORTER_WORKSPACE") or "workspace").absolute()
    config = Path(env.get("IMPORTER_CONFIG") or root / "importer.toml")
    values: dict[str, Any] = {}
    if config.is_file():
        try:
            values.update(tomllib.loads(config.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise DeclarationError(f"The settings file {config.name} cannot be read: {error}.", fix="Correct the file.") from error
    known = {f.name: f for f in fields(Settings)}
    values |= {n: env[f"IMPORTER_{n.upper()}"] for n in known if n != "workspace" and f"IMPORTER_{n.upper()}" in env}
    if unknown := sorted(set(values) - set(known)):
        raise DeclarationError(f"There is no setting named {unknown[0]}.", fix=f"Known settings: {', '.join(sorted(known))}.")
    values["workspace"] = root
    kinds: dict[str, type[Any]] = {n: Path if n == "workspace" else type(f.default) for n, f in known.items()}
    return Settings(**{n: _convert(n, v, kinds[n]) for n, v in values.items()})


def _convert(name: str, value: Any, kind: type[Any]) -> Any:
    try:
        return kind(value)
    except (TypeError, ValueError) as error:
        raise DeclarationError(f"The setting {name} must be of type {kind.__name__}, not {value!r}.", fix="Correct it.") from error
