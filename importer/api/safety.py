"""What holds for every request and response, of pages and routes alike."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from importer.api.problems import UnknownHost, fault, problem, reference
from importer.errors import NotFound

logger = logging.getLogger(__name__)
METRICS = "/_stcore/metrics"
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^:\[\]]+)(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "frame-ancestors 'self'",
    "Referrer-Policy": "same-origin",
}


class SafetyMiddleware:
    """Answers only to the host names of the settings (any port), hides metrics, and adds protective headers.

    A web site can give its own name the address of this machine and then read from it as if it were its own; such requests
    carry that site's name in their Host header.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]):
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif not self._is_ours(scope):
            await _refuse_host(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        given = Headers(scope=scope).getlist("host")
        match = _HOST.fullmatch(given[0]) if len(given) == 1 else None
        return match is not None and match["name"].strip("[]").rstrip(".").lower() in self._hosts

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_safely(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _protect(message)
            await send(message)

        if scope["path"].rstrip("/").endswith(METRICS):
            hidden = problem(NotFound("There is nothing at this address.", fix="Check the address."))
            await hidden(scope, receive, send_safely)
            return
        try:
            await self._app(scope, receive, send_safely)
        except Exception:
            if started:
                raise  # it is too late for an answer; the server must break the connection off
            number = reference()
            logger.exception("Fault %s in %s %s", number, scope["method"], scope["path"])
            await fault(number)(scope, receive, send_safely)


def _protect(message: Message) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in _HEADERS.items():
        if name == "Content-Security-Policy":
            headers.append(name, value)  # several policies hold together
        else:
            headers[name] = value


async def _refuse_host(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return

    async def send_safely(message: Message) -> None:
        if message["type"] == "http.response.start":
            _protect(message)
        await send(message)

    error = UnknownHost(
        "The address in the browser has a host name that this server does not answer to.",
        fix="Use one of its own names, or let an administrator add the name to the setting allowed_hosts.",
    )
    await problem(error)(scope, receive, send_safely)
