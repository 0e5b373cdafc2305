"""An import as programs get it: one JSON-ready document, the same from the command line and the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from importer.access import Person
from importer.errors import NotFound
from importer.model import Import, Stage
from importer.service import Importer


def import_document(service: Importer, person: Person, job: Import, limit: int | None, *, brief: bool = False) -> dict[str, Any]:
    """The document of an import. `limit`: how many violations to list, None for all; brief: neither violations nor profile."""
    document: dict[str, Any] = {
        "import": job.id,
        "type": job.type,
        "file": job.source.name,
        "owner": job.owner,
        "created_at": job.created_at,
        "status": str(job.status),
        "outcome": str(job.outcome) if job.outcome else None,
        "reason": job.reason,
        "fix": job.fix,
        "stages": [_stage(job.process), _stage(job.load)],
        "dialect": _dialect(job),
        "columns": list(job.columns),
        "ledger": job.ledger.to_dict(),
        "rejected": job.ledger.rejected,
        "notices": list(job.notices),
        "error_list": _error_list(service, person, job),
    }
    if not brief:
        page = service.violations(person, job.id, limit=limit) if limit != 0 else None
        document["violations"] = [asdict(v) for v in page.items] if page else []
        document["profile"] = service.profile(person, job.id)
    return document


def _stage(stage: Stage) -> dict[str, Any]:
    return {"name": str(stage.name), "status": str(stage.status), "done": stage.done, "total": stage.total, "seconds": stage.seconds}


def _dialect(job: Import) -> dict[str, Any] | None:
    if job.recipe is None:
        return None
    d = job.recipe.dialect
    return {
        "format": d.format, "encoding": d.encoding, "delimiter": d.delimiter, "quote": d.quote, "escape": d.escape,
        "header_line": d.header_line if d.header else 0,
    }  # fmt: skip


def _error_list(service: Importer, person: Person, job: Import) -> str | None:
    try:
        return str(service.error_list(person, job.id)[0])
    except NotFound:
        return None
