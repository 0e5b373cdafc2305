"""Runs a command as a process of its own and measures it and everything that it started.

As a program (python measure.py FOLDER OUTPUT ERRORS TIMEOUT COMMAND ...) it runs the command and prints the figures as
JSON. `run` starts it that way, because a process takes over the peak memory of the one that forks it: it must be small.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
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


def run(command: Sequence[str], folder: Path, *, accept: Sequence[int] = (0,), timeout: float = 3_600) -> Run:
    """Runs a command in a folder. Raises RunFailed when its status is not to be accepted or it takes too long."""
    with tempfile.TemporaryDirectory() as scratch:
        output, errors = Path(scratch, "output"), Path(scratch, "errors")
        # Without site packages the launcher needs some 10 MB.
        launcher = [sys.executable, "-I", "-S", __file__, str(folder), str(output), str(errors), str(timeout)]
        # Where compiled modules may not be kept, every run would compile its own code again, and that of no library.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        done = subprocess.run([*launcher, *command], capture_output=True, text=True, check=True, env=environment)
        figures = json.loads(done.stdout)
        if figures["status"] not in accept:
            trouble = errors.read_text(errors="replace").strip()[-2_000:]
            raise RunFailed(f"{' '.join(command)} ended with status {figures['status']}: {trouble}")
        return Run(**figures, output=output.read_text())


def _measured(folder: str, output: str, errors: str, timeout: float, command: Sequence[str]) -> dict[str, float]:
    with Path(output).open("wb") as out, Path(errors).open("wb") as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err, stdin=subprocess.DEVNULL, start_new_session=True)
        guard = threading.Timer(timeout, os.killpg, (process.pid, signal.SIGKILL))
        guard.start()
        # wait4 adds up the process and all descendants that were waited for, and knows the largest of them.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        guard.cancel()
    cpu = usage.ru_utime + usage.ru_stime
    return {"wall": wall, "cpu": cpu, "memory": usage.ru_maxrss / 1024, "status": os.waitstatus_to_exitcode(status)}


if __name__ == "__main__":
    print(json.dumps(_measured(*sys.argv[1:4], float(sys.argv[4]), sys.argv[5:])))
