"""Protection of routes that change something against requests that other web sites send through a person's browser.

Streamlit sets a cookie with a token and checks it for its own upload route only. The function that compares the two is
private to Streamlit, therefore it is used here and nowhere else, and a test shows when it changes.
"""

from __future__ import annotations

from starlette.requests import Request
from streamlit.web.server.starlette.starlette_app_utils import validate_xsrf_token

COOKIE = "_streamlit_xsrf"
HEADER = "X-Xsrftoken"


def xsrf_ok(request: Request) -> bool:
    """Whether the request carries, in its header, the token that its cookie holds."""
    return validate_xsrf_token(request.headers.get(HEADER), request.cookies.get(COOKIE))
