"""Files on their way in: written piece by piece while their hash is taken, under a name that nobody chose."""

from __future__ import annotations

import hashlib
import json
import shutil
import unicodedata
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from importer.config import Settings
from importer.errors import EmptyFile, FileTooLarge, NotFound, UnsafeFile, disk_error
from importer.model import Source

PIECE = 4 << 20


def safe_name(name: str) -> str:
    """The name of a file as it is shown. Raises UnsafeFile for anything that is not a plain file name."""
    plain = unicodedata.normalize("NFC", name)
    bad = not plain.strip() or plain in (".", "..") or len(plain.encode("utf-8", "replace")) > 255
    if bad or any(c in "/\\" or unicodedata.category(c) in ("Cc", "Cs") for c in plain):
        raise UnsafeFile("The name of the file is not a plain file name.", fix="Rename the file and choose it again.")
    return plain


class Upload:
    """A file that is being received. Call `finish` or `abort` in the end; what is aborted leaves nothing behind."""

    def __init__(self, settings: Settings, name: str):
        self.name = safe_name(name)
        self.id = uuid.uuid4().hex
        self.bytes = 0
        self._limit = settings.max_upload_bytes
        self._hash = hashlib.sha256()
        # The hash takes as long as the disk; beside it, it costs no time.
        self._hasher = ThreadPoolExecutor(1, thread_name_prefix="hash")
        self._hashed: Future[None] | None = None
        self._path = settings.uploads_path / self.id
        try:
            settings.uploads_path.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = self._path.with_suffix(".part").open("wb")
        except OSError as error:
            raise disk_error(error) from error

    def write(self, piece: bytes) -> None:
        """Raises FileTooLarge over the limit, and StorageProblem."""
        self.bytes += len(piece)
        if self.bytes > self._limit:
            raise too_large(self._limit)
        if self._hashed:
            self._hashed.result()
        self._hashed = self._hasher.submit(self._hash.update, piece)
        try:
            self._file.write(piece)
        except OSError as error:
            raise disk_error(error) from error

    def finish(self) -> str:
        """Keeps the file and returns the id of the upload. Raises EmptyFile when nothing was written."""
        self._file.close()
        self._hasher.shutdown()
        if not self.bytes:
            self.abort()
            raise EmptyFile("The file is empty: it has no bytes at all.", fix="Export the file again and check it before you choose it.")
        facts = {"name": self.name, "bytes": self.bytes, "sha256": self._hash.hexdigest()}
        try:
            self._path.with_suffix(".json").write_text(json.dumps(facts), encoding="utf-8")
            self._path.with_suffix(".part").replace(self._path.with_suffix(".data"))
        except OSError as error:
            raise disk_error(error) from error
        return self.id

    def abort(self) -> None:
        self._file.close()
        self._hasher.shutdown()
        for suffix in (".part", ".json"):
            self._path.with_suffix(suffix).unlink(missing_ok=True)


def too_large(limit: int) -> FileTooLarge:
    return FileTooLarge(
        f"The file is larger than {limit:,} bytes, the limit of this workspace.", fix="Split the file, or ask for a higher limit."
    )


def receive_path(settings: Settings, path: Path) -> str:
    """Takes a copy of a local file as if it had been uploaded. Raises NotFound, FileTooLarge, EmptyFile, StorageProblem."""
    if not path.is_file():
        raise NotFound(f"There is no file {path.name!r} at this place.", fix="Check the path.", code="FILE_NOT_FOUND")
    upload = Upload(settings, path.name)
    try:
        with path.open("rb") as source:
            while piece := source.read(PIECE):
                upload.write(piece)
    except BaseException:
        upload.abort()
        raise
    return upload.finish()


def read_upload(settings: Settings, upload_id: str, method: str) -> Source:
    """What was received under an id. Raises NotFound."""
    facts_path = settings.uploads_path / f"{upload_id}.json"
    if not upload_id.isalnum() or not facts_path.is_file() or not facts_path.with_suffix(".data").is_file():
        raise NotFound("This upload is not here any more.", fix="Choose the file again.")
    facts = json.loads(facts_path.read_text(encoding="utf-8"))
    return Source(facts["name"], facts["bytes"], facts["sha256"], str(facts_path.with_suffix(".data")), method)


def received_path(source: Source) -> Path:
    """Where a received file lies. Raises NotFound once it was taken."""
    if source.path is None:
        raise NotFound("The file is not here any more.", fix="Choose the file again.")
    return Path(source.path)


def take_upload(source: Source, target: Path) -> None:
    """Moves a received file to its import."""
    path = received_path(source)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
        path.with_suffix(".json").unlink(missing_ok=True)
    except OSError as error:
        raise disk_error(error) from error


def drop_upload(source: Source) -> None:
    """Deletes a received file that no import takes."""
    path = received_path(source)
    for one in (path, path.with_suffix(".json")):
        one.unlink(missing_ok=True)


def sweep_uploads(settings: Settings, before: float) -> int:
    """Deletes received files that no import took and that are older than `before` (seconds since the epoch)."""
    old = [p for p in settings.uploads_path.glob("*") if p.is_file() and p.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
