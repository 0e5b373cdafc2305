"""Which address does what. Every handler raises ImporterError or returns a response; the rest is done here."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from importer.api.problems import KeyNeeded, MethodNotAllowed, fault, no_such_address, problem, reference
from importer.api.uploads import upload_handler
from importer.errors import ImporterError, NotAllowed, NotFound

if TYPE_CHECKING:
    from importer.access import Person
    from importer.service import Importer

logger = logging.getLogger(__name__)
Handler = Callable[[Request], Awaitable[Response]]
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|]+')
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class Endpoint:
    """One address: a handler for each method it knows. Turns errors into problem details."""

    def __init__(self, **handlers: Handler):
        self._handlers = handlers
        if "GET" in handlers:
            self._handlers["HEAD"] = handlers["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return  # nobody is there to be answered
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        handler = self._handlers.get(request.method) or self._handlers.get("ANY")
        try:
            if handler is None:
                return self._wrong_method(request)
            return await handler(request)
        except ImporterError as error:
            return problem(error)
        except ClientDisconnect:
            raise
        except Exception:
            number = reference()
            # Without the query: it may hold a token or the name of a file.
            logger.exception("Fault %s in %s %s", number, request.method, request.url.path)
            return fault(number)

    def _wrong_method(self, request: Request) -> Response:
        allowed = ", ".join(sorted(self._handlers))
        error = MethodNotAllowed(f"{request.method} is not possible at this address.", fix=f"Possible: {allowed}.")
        return problem(error, {"Allow": allowed})


def routes(service: Importer, xsrf_ok: Callable[[Request], bool]) -> list[BaseRoute]:
    """All routes under /api. `xsrf_ok` says whether a request comes from a page of this server."""

    async def health(_request: Request) -> Response:
        return JSONResponse(await asyncio.to_thread(service.health), headers={"Cache-Control": "no-store"})

    async def create(_request: Request) -> Response:
        raise KeyNeeded("API keys are needed to import over HTTP.", fix="Use the pages or the command line.")

    async def nothing(request: Request) -> Response:
        raise no_such_address(request)

    lists = {"errors.csv": service.error_list, "rejected.csv": service.rejected_records}
    return [
        Route("/api/v1/health", Endpoint(GET=health)),
        Route("/api/v1/uploads", Endpoint(PUT=upload_handler(service, xsrf_ok))),
        Route("/api/v1/imports", Endpoint(POST=create)),
        *(Route(f"/api/v1/imports/{{id}}/{name}", Endpoint(GET=_download(service, find))) for name, find in lists.items()),
        Route("/api", Endpoint(ANY=nothing)),
        Route("/api/{rest:path}", Endpoint(ANY=nothing)),
    ]


def _download(service: Importer, find: Callable[[Person, int], tuple[Path, str]]) -> Handler:
    """A handler that sends a finished file to whoever has the link with its signed token."""

    def look_up(text: str, token: str) -> tuple[Path, str]:
        if not _NUMBER.fullmatch(text):
            raise NotFound("There is no such import.", fix="Look for it in the list of imports.")
        import_id = int(text)
        try:
            person = service.check_download_token(token, import_id)
        except NotAllowed as error:
            raise KeyNeeded(error.message, fix=error.fix) from error
        path, name = find(person, import_id)
        if not path.is_file():
            raise NotFound("This file is not here (any more).", fix="Open the import to see what there is.")
        return path, name

    async def send_file(request: Request) -> Response:
        path, name = await asyncio.to_thread(look_up, request.path_params["id"], request.query_params.get("token", ""))
        return FileResponse(path, media_type="text/csv; charset=utf-8", filename=_safe(name), headers={"Cache-Control": "no-store"})

    return send_file


def _safe(name: str) -> str:
    """A file name that can do no harm in a header or on a disk."""
    return _UNSAFE.sub("_", name).lstrip(".").strip()[-150:] or "download.csv"
