"""The HTTP routes on a real server: uploads, downloads, problems, and what protects them."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from importer.access import DownloadTokens, Person
from importer.api import SafetyMiddleware, routes
from importer.api import uploads as uploads_module
from importer.config import Settings
from importer.errors import DiskFull, NotFound
from importer.sources.upload import Upload

LIMIT = 10_000_000
ME = Person("local", frozenset({"administrator"}))
TOKEN = {"X-Token": "good"}


class FakeImporter:
    """The methods that the routes use, on real uploads and real tokens."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.tokens = DownloadTokens("secret")
        self.uploads: list[Upload] = []
        self.name = "import-12-errors.csv"
        self.health_error: Exception | None = None

    def local_person(self) -> Person:
        return ME

    def begin_upload(self, person: Person, name: str) -> Upload:
        assert person == ME
        self.uploads.append(Upload(self.settings, name))
        return self.uploads[-1]

    def check_download_token(self, token: str, import_id: int) -> Person:
        return self.tokens.read(token, import_id)

    def error_list(self, person: Person, import_id: int) -> tuple[Path, str]:
        return self.settings.workspace / f"{import_id}.csv", self.name

    def rejected_records(self, person: Person, import_id: int) -> tuple[Path, str]:
        raise NotFound(f"Import {import_id} has no such list.", fix="Check the file first.")

    def health(self) -> dict[str, Any]:
        if self.health_error:
            raise self.health_error
        return {"status": "ok"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> FakeImporter:
    return FakeImporter(Settings(workspace=tmp_path_factory.mktemp("workspace"), max_upload_bytes=LIMIT))


@pytest.fixture(scope="module")
def server(service: FakeImporter) -> Iterator[str]:
    """A running server with the routes, a page, a socket and Streamlit's metrics; yields its address."""

    async def page(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("a page", headers={"Content-Security-Policy": "default-src 'self'"})

    async def broken(_request: Request) -> PlainTextResponse:
        raise RuntimeError("a fault of a page")

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    def from_our_page(request: Request) -> bool:
        return request.headers.get("X-Token") == "good"

    app = Starlette(
        routes=[
            *routes(service, from_our_page),  # type: ignore[arg-type]
            Route("/_stcore/metrics", page),
            Route("/broken", broken),
            WebSocketRoute("/_stcore/stream", echo),
            Route("/", page),
        ],
        middleware=[Middleware(SafetyMiddleware, hosts=service.settings.hosts)],
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        running = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, ws="none", lifespan="off"))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        running.should_exit = True
        thread.join()


@pytest.fixture
def client(server: str, service: FakeImporter) -> Iterator[httpx.Client]:
    service.uploads.clear()
    with httpx.Client(base_url=server, timeout=20) as opened:
        yield opened


def files(service: FakeImporter) -> list[str]:
    folder = service.settings.uploads_path
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["code"]) == (status, code)
    assert document["type"].startswith("urn:")
    assert document["title"]
    assert document["detail"]
    return dict(document)


def pieces(size: int, piece: int = 65536) -> Iterator[bytes]:
    for at in range(0, size, piece):
        yield b"x" * min(piece, size - at)


# Uploads ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_is_received_byte_for_byte(client: httpx.Client, service: FakeImporter, chunked: bool) -> None:
    body = bytes(range(256)) * 36_000
    content = (body[at : at + 100_000] for at in range(0, len(body), 100_000)) if chunked else body
    answer = client.put("/api/v1/uploads", params={"name": "Kunden & Co #1 Ä.csv"}, content=content, headers=TOKEN)
    assert answer.status_code == 200
    told = answer.json()
    assert told == {"id": service.uploads[0].id, "name": "Kunden & Co #1 Ä.csv", "bytes": len(body)}
    assert (service.settings.uploads_path / f"{told['id']}.data").read_bytes() == body
    assert service.uploads[0].bytes == len(body)


def test_a_file_is_written_in_pieces_of_four_megabytes(
    client: httpx.Client, service: FakeImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    write = Upload.write
    monkeypatch.setattr(Upload, "write", lambda self, piece: (sizes.append(len(piece)), write(self, piece))[1])
    client.put("/api/v1/uploads", params={"name": "a.csv"}, content=pieces(9_500_000), headers=TOKEN)
    assert sum(sizes) == 9_500_000
    assert len(sizes) == 3
    assert all(4 << 20 <= size < 5 << 20 for size in sizes[:-1])


def test_a_request_from_another_web_site_is_refused(client: httpx.Client, service: FakeImporter) -> None:
    before = files(service)
    answer = client.put("/api/v1/uploads", params={"name": "a.csv"}, content=b"a,b\n")
    assert_problem(answer, 403, "XSRF")
    assert not service.uploads
    assert files(service) == before


@pytest.mark.parametrize("name", ["", ".", "..", "../a.csv", "a/b.csv", "a\\b.csv", "a\x00.csv", "a\n.csv", "ä" * 128])
def test_a_name_that_is_no_plain_file_name_is_refused(client: httpx.Client, service: FakeImporter, name: str) -> None:
    before = files(service)
    answer = client.put("/api/v1/uploads", params={"name": name}, content=b"a,b\n", headers=TOKEN)
    assert_problem(answer, 422, "FILE_UNSAFE")
    assert files(service) == before


def test_a_file_without_a_name_is_refused(client: httpx.Client) -> None:
    assert_problem(client.put("/api/v1/uploads", content=b"a,b\n", headers=TOKEN), 422, "FILE_UNSAFE")


def test_an_empty_file_is_refused(client: httpx.Client, service: FakeImporter) -> None:
    before = files(service)
    assert_problem(client.put("/api/v1/uploads", params={"name": "a.csv"}, headers=TOKEN), 422, "FILE_EMPTY")
    assert files(service) == before


def test_a_file_that_says_it_is_too_large_is_refused_before_it_is_read(server: str, service: FakeImporter) -> None:
    service.uploads.clear()
    connection = http.client.HTTPConnection(server.removeprefix("http://"), timeout=20)
    connection.putrequest("PUT", "/api/v1/uploads?name=a.csv")
    for name, value in {"Content-Length": str(LIMIT + 1), "Expect": "100-continue", **TOKEN}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert b"10,000,001 bytes" in answer.read()
    assert not service.uploads
    connection.close()


def test_a_sender_who_does_not_wait_reads_why_the_file_was_refused(client: httpx.Client, service: FakeImporter) -> None:
    answer = client.put("/api/v1/uploads", params={"name": "a.csv"}, content=b"x" * (3 * LIMIT), headers=TOKEN)
    assert "30,000,000 bytes" in assert_problem(answer, 413, "FILE_SIZE")["detail"]
    assert not service.uploads


def test_a_file_that_does_not_say_its_size_is_stopped_at_the_limit(client: httpx.Client, service: FakeImporter) -> None:
    before = files(service)
    answer = client.put("/api/v1/uploads", params={"name": "a.csv"}, content=pieces(LIMIT + 1), headers=TOKEN)
    assert_problem(answer, 413, "FILE_SIZE")
    assert files(service) == before


def test_a_refused_sender_who_goes_on_slowly_is_not_listened_to_for_long(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads_module, "DRAIN_SECONDS", 0.3)
    with socket.create_connection(address(server), timeout=10) as sender:
        sender.sendall(b"PUT /api/v1/uploads?name=a.csv HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\nslow")
        began = time.monotonic()
        assert sender.recv(100).startswith(b"HTTP/1.1 403")
        assert time.monotonic() - began < 3


def test_a_broken_connection_leaves_nothing_behind(server: str, service: FakeImporter) -> None:
    before = files(service)
    service.uploads.clear()
    with socket.create_connection(address(server), timeout=10) as sender:
        head = "PUT /api/v1/uploads?name=a.csv HTTP/1.1\r\nHost: localhost\r\nX-Token: good\r\nContent-Length: 9000000\r\n\r\n"
        sender.sendall(head.encode() + b"x" * 5_000_000)
        wait_for(lambda: service.uploads and service.uploads[0].bytes)
        assert len(files(service)) == len(before) + 1
    wait_for(lambda: files(service) == before)


def test_a_full_disk_is_told_and_leaves_nothing_behind(
    client: httpx.Client, service: FakeImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(service)

    def fail(_self: Upload, _piece: bytes) -> None:
        raise DiskFull("There is no space left.", fix="Free some.")

    monkeypatch.setattr(Upload, "write", fail)
    answer = client.put("/api/v1/uploads", params={"name": "a.csv"}, content=b"a,b\n", headers=TOKEN)
    assert assert_problem(answer, 507, "DISK_FULL")["detail"] == "There is no space left. Free some."
    assert files(service) == before


def test_the_server_answers_others_while_a_file_is_written_slowly(
    client: httpx.Client, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = threading.Event()

    def slow(_self: Upload, _piece: bytes) -> None:
        writing.set()
        time.sleep(1.0)

    monkeypatch.setattr(Upload, "write", slow)
    sender = threading.Thread(
        target=httpx.put, args=(f"{server}/api/v1/uploads?name=a.csv",), kwargs={"content": b"x", "headers": TOKEN, "timeout": 20}
    )
    sender.start()
    assert writing.wait(5)
    began = time.monotonic()
    assert client.get("/api/v1/health").status_code == 200
    assert time.monotonic() - began < 0.7
    sender.join()


def address(server: str) -> tuple[str, int]:
    host, _, port = server.removeprefix("http://").partition(":")
    return host, int(port)


def wait_for(condition: Callable[[], object], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


# Downloads -------------------------------------------------------------------------------------------------------------


def test_a_list_is_sent_to_who_has_the_link(client: httpx.Client, service: FakeImporter) -> None:
    (service.settings.workspace / "12.csv").write_bytes("line,value\r\n2,ä\r\n".encode())
    answer = client.get("/api/v1/imports/12/errors.csv", params={"token": service.tokens.make(ME, 12)})
    assert (answer.status_code, answer.content) == (200, "line,value\r\n2,ä\r\n".encode())
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="import-12-errors.csv"'
    assert answer.headers["cache-control"] == "no-store"


def test_a_file_name_cannot_leave_its_folder_or_its_header(
    client: httpx.Client, service: FakeImporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    (service.settings.workspace / "12.csv").write_bytes(b"x")
    monkeypatch.setattr(service, "name", '../../e"\r\nX-Bad: 1/ü.csv')
    answer = client.get("/api/v1/imports/12/errors.csv", params={"token": service.tokens.make(ME, 12)})
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''_.._e_X-Bad_%201_%C3%BC.csv"
    assert "x-bad" not in answer.headers


@pytest.mark.parametrize("token", [None, "", "wrong", "other"])
def test_without_a_valid_token_nothing_is_sent(client: httpx.Client, service: FakeImporter, token: str | None) -> None:
    (service.settings.workspace / "12.csv").write_bytes(b"x")
    given = service.tokens.make(ME, 13) if token == "other" else token
    answer = client.get("/api/v1/imports/12/errors.csv", params=None if given is None else {"token": given})
    assert_problem(answer, 401, "KEY_NEEDED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_list_that_is_not_there_is_not_found(client: httpx.Client, service: FakeImporter) -> None:
    for number, kind in ((12, "rejected"), (99, "errors")):
        answer = client.get(f"/api/v1/imports/{number}/{kind}.csv", params={"token": service.tokens.make(ME, number)})
        assert_problem(answer, 404, "NOT_FOUND")
    for number in ("0", "x", "-1", "9" * 30, "%2e%2e"):
        assert client.get(f"/api/v1/imports/{number}/errors.csv").status_code == 404


# Everything else -------------------------------------------------------------------------------------------------------


def test_health_is_told(client: httpx.Client) -> None:
    assert client.get("/api/v1/health").json() == {"status": "ok"}
    assert client.head("/api/v1/health").status_code == 200


def test_imports_over_http_need_a_key(client: httpx.Client) -> None:
    answer = client.post("/api/v1/imports", params={"type": "customers"}, content=b"a,b\n")
    assert "API keys are needed" in assert_problem(answer, 401, "KEY_NEEDED")["detail"]
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v2/health", "/api/v1/health/", "/api/v1/imports/12"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_address_is_a_problem_and_not_a_page(client: httpx.Client, method: str, path: str) -> None:
    assert_problem(client.request(method, path), 404, "NO_SUCH_ADDRESS")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/v1/uploads", "PUT"),
        ("DELETE", "/api/v1/imports", "POST"),
        ("PUT", "/api/v1/imports/1/errors.csv", "GET, HEAD"),
        ("OPTIONS", "/api/v1/health", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_the_right_one(client: httpx.Client, method: str, path: str, allowed: str) -> None:
    answer = client.request(method, path)
    assert_problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/api/v1/health?token=a-secret", "/broken?token=a-secret"])
def test_a_fault_shows_a_reference_and_logs_the_trace(
    client: httpx.Client, service: FakeImporter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    monkeypatch.setattr(service, "health_error", RuntimeError("a fault of the service"))
    with caplog.at_level(logging.ERROR):
        answer = client.get(path)
    detail = assert_problem(answer, 500, "OUR_FAULT")["detail"]
    reference = detail.partition("(reference ")[2][:8]
    assert len(reference) == 8
    assert "a fault of" not in answer.text
    assert f"Fault {reference} in GET" in caplog.text
    assert "RuntimeError: a fault of" in caplog.text
    assert "a-secret" not in caplog.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/api/v1/health", "/api/v1/nothing", "/_stcore/metrics", "/nothing"])
def test_every_response_carries_the_protective_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'self'" in headers.get_list("content-security-policy", split_commas=True)


def test_a_policy_of_a_page_is_kept_beside_ours(client: httpx.Client) -> None:
    assert "default-src 'self'" in client.get("/").headers["content-security-policy"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:99", "127.0.0.1:8501", "[::1]", "[::1]:8501", "localhost."])
def test_the_server_answers_to_its_own_names(client: httpx.Client, host: str) -> None:
    assert client.get("/api/v1/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:8501", "127.0.0.1@evil", "::1", "", "a b"])
@pytest.mark.parametrize("path", ["/", "/api/v1/health"])
def test_the_server_does_not_answer_to_other_names(client: httpx.Client, host: str, path: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert_problem(answer, 400, "UNKNOWN_HOST")
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"


def test_metrics_are_hidden(client: httpx.Client) -> None:
    for path in ("/_stcore/metrics", "/_stcore/metrics/", "/base/_stcore/metrics"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(("host", "sent"), [("localhost", "websocket.accept"), ("evil.example", "websocket.close")])
def test_a_socket_is_opened_for_our_own_names_only(service: FakeImporter, host: str, sent: str) -> None:
    import asyncio

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    messages: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        messages.append(message["type"])

    guarded = SafetyMiddleware(app, hosts=service.settings.hosts)
    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": [(b"host", host.encode())]}
    with ThreadPoolExecutor(1) as apart:  # other tests may keep an event loop in this thread
        apart.submit(asyncio.run, guarded(scope, receive, send)).result()
    assert messages == [sent]
