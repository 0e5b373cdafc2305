"""Errors as programs and browsers get them: problem details (RFC 9457), made here and nowhere else."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from importer.errors import ImporterError, NotAllowed, NotFound, OurFault

logger = logging.getLogger(__name__)


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


class KeyNeeded(NotAllowed):
    """Who calls is not known."""

    code = "KEY_NEEDED"
    title = "Who are you?"
    http_status = 401


class MethodNotAllowed(ImporterError):
    code = "METHOD_NOT_ALLOWED"
    title = "This address does not do that"
    http_status = 405


class UnknownHost(ImporterError):
    code = "UNKNOWN_HOST"
    title = "The server is not called by this name"


def problem(error: ImporterError, headers: Mapping[str, str] | None = None) -> Response:
    """The response for an error: its class gives type, title and status; its message and fix are the detail."""
    document = error.document()
    document["type"] = f"urn:importer:problem:{error.code.lower().replace('_', '-')}"
    document["status"] = error.http_status
    if document["line"] is None:
        del document["line"]
    own = {"Cache-Control": "no-store"}
    if error.http_status == 401:
        own["WWW-Authenticate"] = 'Bearer realm="importer"'
    return ProblemResponse(document, error.http_status, {**own, **(headers or {})})


def fault(method: str, path: str) -> Response:
    """The response for an exception nobody foresaw, to be called while it is handled.

    The log gets the trace, the caller a number to find it by. The query of the address may hold a token or the name of a
    file, therefore neither gets it.
    """
    reference = uuid.uuid4().hex[:8]
    logger.exception("Fault %s in %s %s", reference, method, path)
    return problem(
        OurFault(
            f"Something went wrong on our side (reference {reference}).",
            fix="Try again; if it happens again, give the reference to your administrator.",
        )
    )


def no_such_address(request: Request) -> NotFound:
    return NotFound(f"There is nothing at {request.url.path[:200]}.", fix="Check the address.", code="NO_SUCH_ADDRESS")
