"""Receiving a file: streamed to the disk in pieces, so that neither its size nor a slow sender costs memory or time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from importer.errors import FileTooLarge, ImporterError, NotAllowed

if TYPE_CHECKING:
    from importer.service import Importer
    from importer.sources.upload import Upload

PIECE = 4 << 20
DRAIN_SECONDS = 2.0


def upload_handler(service: Importer, xsrf_ok: Callable[[Request], bool]) -> Callable[[Request], Awaitable[Response]]:
    """The handler of PUT /api/v1/uploads?name=...: the body is the file; answers its upload id, name and size."""

    async def receive(request: Request) -> Response:
        body = _Body(request)
        try:
            _allow(request, xsrf_ok, service.settings.max_upload_bytes)
            upload = await asyncio.to_thread(service.begin_upload, service.local_person(), request.query_params.get("name", ""))
            upload_id = await _receive(body, upload)
        except ImporterError:
            await body.drain()
            raise
        return JSONResponse({"id": upload_id, "name": upload.name, "bytes": upload.bytes}, headers={"Cache-Control": "no-store"})

    return receive


def _allow(request: Request, xsrf_ok: Callable[[Request], bool], limit: int) -> None:
    if not xsrf_ok(request):
        raise NotAllowed(
            "The page the file comes from is not valid any more.", fix="Reload the page and choose the file again.", code="XSRF"
        )
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > limit:
        raise FileTooLarge(
            f"The file has {int(length):,} bytes; the limit of this workspace is {limit:,}.",
            fix="Split the file, or ask for a higher limit.",
        )


async def _receive(body: _Body, upload: Upload) -> str:
    """Writes the body; whatever goes wrong, a broken connection included, nothing of it stays behind."""
    piece = bytearray()
    try:
        while not body.ended:
            piece += await body.read()
            if len(piece) >= PIECE or (piece and body.ended):
                await asyncio.to_thread(upload.write, bytes(piece))
                piece.clear()
        return await asyncio.to_thread(upload.finish)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(upload.abort))
        raise


class _Body:
    """The body of a request as it comes in."""

    def __init__(self, request: Request):
        self._request = request
        self.ended = False

    async def read(self) -> bytes:
        """What came next. Raises ClientDisconnect when the connection breaks off before the end."""
        message = await self._request.receive()
        self.ended = not message.get("more_body", False)
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        return bytes(message.get("body", b""))

    async def drain(self) -> None:
        """Throws away what the sender still sends, for a moment.

        Browsers that are cut off while they send do not read the answer: the person would learn of a broken connection and
        not of what is wrong. Who waits for leave to send (Expect) needs none of this.
        """
        if "expect" in self._request.headers:
            return
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self.ended:
                    await self.read()
        except (TimeoutError, ClientDisconnect):
            return
