"""Runs a command as a process of its own and measures it and everything that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """wall and cpu in seconds; cpu is user and system time of the process and its descendants; memory in MB, of the
    largest process."""

    wall: float
    cpu: float
    memory: float
    status: int
    output: str


class RunFailed(Exception):
    """A command ended with a status that it should not have; the message has the end of its standard error."""


def run(
    command: Sequence[str],
    folder: Path,
    *,
    accept: Sequence[int] = (0,),
    timeout: float = 3_600,
    env: Mapping[str, str] | None = None,
) -> Run:
    """Runs a command in a folder. Raises RunFailed when its status is not to be accepted or it takes too long."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **(env or {})}, stdout=out, stderr=err, stdin=subprocess.DEVNULL, start_new_session=True
        )
        guard = threading.Timer(timeout, os.killpg, (process.pid, signal.SIGKILL))
        guard.start()
        try:
            # wait4 adds up the process and all descendants that were waited for, and knows the largest of them.
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            guard.cancel()
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode not in accept:
            trouble = err.read().decode(errors="replace").strip()[-2_000:]
            raise RunFailed(f"{' '.join(command)} ended with status {process.returncode}: {trouble}")
        return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode, out.read().decode())
