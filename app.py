"""The entry of `streamlit run app.py`: the pages, the HTTP routes, and the life of the worker."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from importer.api import SafetyMiddleware, routes
from pages.widgets.service import importer
from pages.widgets.xsrf import xsrf_ok


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Imports what pages need before the first person comes, and runs the worker as long as the server runs.

    Streamlit collects garbage after every run of a page. With the modules below loaded one collection takes 70 to
    190 ms in which nobody else is served; frozen, they are left out of it.
    """
    import altair  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow  # noqa: F401

    gc.collect()
    gc.freeze()
    service = importer()
    await asyncio.to_thread(service.start_worker)
    try:
        yield {}
    finally:
        await asyncio.to_thread(service.stop_worker)


app = st.App(
    Path(__file__).parent.absolute() / "pages" / "shell.py",
    routes=routes(importer(), xsrf_ok),
    lifespan=lifespan,
    middleware=[Middleware(SafetyMiddleware, hosts=importer().settings.hosts)],
)
