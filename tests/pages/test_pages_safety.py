"""Requests need the token of the page, and errors reach people as words."""

from __future__ import annotations

import logging

import pytest
from starlette.requests import Request
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from importer.errors import EmptyFile, LedgerError
from pages.widgets.screen import describe
from pages.widgets.xsrf import COOKIE, HEADER, xsrf_ok


def request(header: str | None, cookie: str | None) -> Request:
    headers = []
    if header is not None:
        headers.append((HEADER.lower().encode(), header.encode()))
    if cookie is not None:
        headers.append((b"cookie", f"{COOKIE}={cookie}".encode()))
    return Request({"type": "http", "method": "PUT", "path": "/", "headers": headers})


def test_the_token_of_the_cookie_in_the_header_is_accepted() -> None:
    token = generate_xsrf_token_string()
    assert xsrf_ok(request(token, token))


@pytest.mark.parametrize("header", [None, "", "2|00000000|00|0", "nonsense"])
def test_a_request_without_the_token_of_its_cookie_is_refused(header: str | None) -> None:
    assert not xsrf_ok(request(header, generate_xsrf_token_string()))


def test_the_token_of_another_browser_is_refused() -> None:
    assert not xsrf_ok(request(generate_xsrf_token_string(), generate_xsrf_token_string()))


def test_a_header_without_a_cookie_is_refused() -> None:
    assert not xsrf_ok(request(generate_xsrf_token_string(), None))


def test_an_error_of_the_importer_is_shown_as_what_happened_and_what_to_do() -> None:
    problem = describe(EmptyFile("The file is empty.", fix="Choose another file."))
    assert (problem.title, problem.message, problem.fix) == (
        "The file has no records",
        "The file is empty.",
        "Choose another file.",
    )


@pytest.mark.parametrize("error", [ValueError("secret"), LedgerError("counts differ", fix="Report it.")])
def test_a_fault_of_ours_is_a_reference_that_the_log_explains(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="importer.pages"):
        problem = describe(error)
    reference = problem.message.removeprefix("Reference ")
    assert len(reference) == 6
    assert "secret" not in problem.message + problem.title + problem.fix
    record = next(r for r in caplog.records if reference in r.getMessage())
    assert record.exc_info is not None
    assert record.exc_info[1] is error
