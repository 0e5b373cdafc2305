"""Starts, watches and ends one child process per running import.

Any number of supervisors may live on one workspace, such as the app's and those of command lines: the catalogue gives each
import to one of them only and keeps the limit. What a supervisor knows beyond the catalogue is which processes are its
own children, so that it need not wait for the lease of one that died.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import importer
from importer.catalog import Catalog, Claim
from importer.config import Settings
from importer.errors import ImporterError, LostLease

TICK_SECONDS = 0.3
CANCEL_TICK_SECONDS = 0.05  # between two looks at a child that shall stop
GRACE_SECONDS = 1.0  # after a cancel a child may stop by itself, counted from the last look that did not see the cancel
KILL_SECONDS = 0.5  # how long it may take after SIGTERM
STOP_SECONDS = 3.0  # the same when the supervisor itself stops
JUMP_SECONDS = 2.0  # a clock that is off by this much was set, or the machine slept
LOG_LINES = 20

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Child:
    claim: Claim
    process: subprocess.Popen[bytes]
    log: Path
    cancel_seen: float | None = None
    terminated: float | None = None
    lost_seen: float | None = None


class Supervisor:
    """The queue's engine. `tick` does all there is to do at a moment; `start` calls it again and again in a thread.

    `only`: take no import but this one. `command` says how to start the worker of a claim.
    """

    def __init__(self, catalog: Catalog, settings: Settings, only: int | None = None, command: Callable[[Claim], list[str]] | None = None):
        self._catalog = catalog
        self._settings = settings
        self._only = only
        self._command = command or self._worker_command
        self._name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._children: dict[Claim, _Child] = {}
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._looked = time.monotonic()
        self._clock = _Clock(settings.lease_seconds)

    def start(self) -> None:
        """Starts the thread; a second call changes nothing."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Makes the next tick come at once, for example because an import was queued."""
        self._wake.set()

    def stop(self, leave: bool = False) -> None:
        """Ends the thread and the children; their imports wait in the queue and go on at the next start.

        With `leave` the children are left running and finish their imports alone.
        """
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if not leave:
            self._end_children()
        self._children.clear()

    def tick(self) -> None:
        """Takes note of children that ended, stops those that shall, takes back dead imports and starts what has room."""
        self._reap()
        self._watch()
        if not self._clock.steady():
            return  # leases cannot be judged now; live workers renew theirs meanwhile
        if not self._catalog.has_work():
            return
        for import_id in self._catalog.take_back_dead(self._settings.max_attempts):
            self._end_silent(import_id)
            self._catalog.log(import_id, "The worker went silent. The import was taken from it.", "warning")
        while claim := self._catalog.claim(self._name, self._settings.imports_at_once, self._settings.lease_seconds, self._only):
            self._start_child(claim)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.tick()
            except ImporterError as error:
                logger.warning("The supervisor could not do its work: %s", error.message)
            except Exception:
                logger.exception("A fault in the supervisor; it goes on")
            stopping = any(child.cancel_seen for child in self._children.values())
            self._wake.wait(CANCEL_TICK_SECONDS if stopping else TICK_SECONDS)
            self._wake.clear()

    # Starting ------------------------------------------------------------------------------------------------------

    def _worker_command(self, claim: Claim) -> list[str]:
        workspace = str(self._settings.workspace.absolute())
        number, fence = str(claim.import_id), str(claim.fence)
        return [sys.executable, "-m", "importer.worker", number, "--fence", fence, "--workspace", workspace]

    def _start_child(self, claim: Claim) -> None:
        log = self._settings.imports_path / str(claim.import_id) / "worker.log"
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("ab") as output:
                process = subprocess.Popen(
                    self._command(claim),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,  # Ctrl+C in the terminal of the supervisor is not meant for the worker
                    env=_environment(),
                )
        except OSError as error:
            logger.error("The worker of import %s could not be started: %s", claim.import_id, error)
            self._catalog.log(claim.import_id, "The worker could not be started.", "error")
            self._catalog.take_back(claim.import_id, claim.fence, self._settings.max_attempts)
            return
        self._children[claim] = _Child(claim, process, log)
        logger.info("Import %s is worked on by process %s", claim.import_id, process.pid)

    # Watching ------------------------------------------------------------------------------------------------------

    def _reap(self) -> None:
        for claim, child in list(self._children.items()):
            code = child.process.poll()
            if code is None:
                continue
            # First the catalogue: when it cannot be written now, the child is looked at again in the next tick.
            self._settle(child, code)
            del self._children[claim]

    def _settle(self, child: _Child, code: int) -> None:
        """After the end of a child: whatever it left running goes to somebody else, or is cancelled."""
        claim = child.claim
        if code:
            logger.warning("The worker of import %s ended by %s\n%s", claim.import_id, _cause(code), _last_lines(child.log))
        if self._catalog.take_back(claim.import_id, claim.fence, self._settings.max_attempts):
            if child.cancel_seen is None:
                self._catalog.log(claim.import_id, f"The worker ended unexpectedly, by {_cause(code)}.", "warning")
            else:
                self._catalog.log(claim.import_id, "The import was stopped.", "info")

    def _watch(self) -> None:
        """Stops children that a person wants to stop, and those whose import is not theirs any more and that stay."""
        if not self._children:
            return
        held = self._catalog.held(self._children)
        now = time.monotonic()
        for claim, child in self._children.items():
            if claim not in held:
                child.lost_seen = child.lost_seen or now
                if now - child.lost_seen >= self._settings.lease_seconds:
                    _kill(child.process)
            elif held[claim]:
                self._stop_child(child, now)
        self._looked = now

    def _stop_child(self, child: _Child, now: float) -> None:
        """A child that shall stop is left alone for a moment, then asked, then killed; one step at a call."""
        if child.cancel_seen is None:
            child.cancel_seen = max(self._looked, now - TICK_SECONDS)
        elif child.terminated is None:
            if now - child.cancel_seen >= GRACE_SECONDS:
                child.terminated = now
                child.process.terminate()
        elif now - child.terminated >= KILL_SECONDS:
            _kill(child.process)

    def _end_silent(self, import_id: int) -> None:
        """A child of ours whose lease ran out hangs or was paused; it must not wake up beside its successor."""
        for claim in [claim for claim in self._children if claim.import_id == import_id]:
            process = self._children.pop(claim).process
            _kill(process)
            process.wait()

    def _end_children(self) -> None:
        children = list(self._children.values())
        for child in children:
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            try:
                child.process.wait(max(deadline - time.monotonic(), 0.0))
            except subprocess.TimeoutExpired:
                _kill(child.process)
                child.process.wait()
            try:
                self._catalog.release(child.claim.import_id, child.claim.fence)
            except LostLease:
                continue  # it had ended its import
            except ImporterError as error:
                logger.warning("Import %s could not be released: %s", child.claim.import_id, error.message)


class _Clock:
    """Whether the clock of the machine went as it should since the last look, and long enough before that.

    Leases are times of day. When the clock is set forward, or the machine slept, every lease looks as if it had run out;
    live workers need a moment to renew theirs.
    """

    def __init__(self, seconds: float):
        self._seconds = seconds
        self._offset = time.time() - time.monotonic()
        self._unsteady_until = 0.0

    def steady(self) -> bool:
        offset, now = time.time() - time.monotonic(), time.monotonic()
        if offset - self._offset > JUMP_SECONDS:
            self._unsteady_until = now + self._seconds
        self._offset = offset
        return now >= self._unsteady_until


def _environment() -> dict[str, str]:
    """The child finds this very package, from any working directory, and nothing of that directory by accident."""
    root = str(Path(importer.__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kills a child that was not waited for yet (so that its number is still its own) and all that it started."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _cause(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {-code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"signal {-code}"


def _last_lines(path: Path) -> str:
    try:
        with path.open("rb") as f:
            f.seek(max(path.stat().st_size - 8000, 0))
            return "\n".join(f.read().decode("utf-8", "replace").splitlines()[-LOG_LINES:])
    except OSError:
        return ""
