"""Errors as programs and browsers get them: problem details (RFC 9457), made here and nowhere else."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from importer.errors import ImporterError, NotAllowed, NotFound, OurFault


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


class KeyNeeded(NotAllowed):
    """Who calls is not known."""

    code = "KEY_NEEDED"
    title = "Who are you?"
    http_status = 401


class MethodNotAllowed(NotAllowed):
    code = "METHOD_NOT_ALLOWED"
    title = "This address does not do that"
    http_status = 405


class UnknownHost(NotAllowed):
    code = "UNKNOWN_HOST"
    title = "The server is not called by this name"
    http_status = 400


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


def reference() -> str:
    """A number under which the log keeps the trace of a fault; it is all that the caller gets to know."""
    return uuid.uuid4().hex[:8]


def fault(number: str) -> Response:
    """The response for an exception that nobody foresaw and that was logged under this number."""
    return problem(
        OurFault(
            f"Something went wrong on our side (reference {number}).",
            fix="Try again; if it happens again, give the reference to your administrator.",
        )
    )


def no_such_address(request: Request) -> NotFound:
    return NotFound(f"There is nothing at {request.url.path[:200]}.", fix="Check the address.", code="NO_SUCH_ADDRESS")
