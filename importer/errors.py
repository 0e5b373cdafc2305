"""Everything that can stop a file, a call, an import or a destination.

Bad records are values (rejections with violations), never exceptions. Exceptions are for "this cannot go on":

    ImporterError
      FileProblem          EmptyFile, FileTooLarge, UnsupportedFormat, UnknownEncoding, MissingHeader, BrokenFile, UnsafeFile
      MappingProblem       RequiredFieldUnmapped, UnknownField, BadExpression
      TypeProblem
      BadPool
      NotAllowed
      NotNow               WrongStatus, NotFound, AlreadyImported, WorkspaceBusy
      DestinationError     DestinationUnavailable, DestinationRefused, CredentialsRejected
      StorageProblem       DiskFull, Damaged
      WorkerStopped        LostLease
      OurFault             DeclarationError, LedgerError

Each says what happened (the message, one sentence) and what to do (`fix`, required); facts are attributes.
Errors of libraries are translated where they arise, with `raise ... from`. Anything that is not an `ImporterError`
is a bug: it is logged with its trace under a reference number, and the person sees that number only.
"""

from __future__ import annotations

import errno
from typing import Any


class ImporterError(Exception):
    """The root. `code` is stable and is what programs compare; `title` is the same for every error of a class."""

    code = "IMPORTER_ERROR"
    title = "The import cannot go on"
    http_status = 400

    def __init__(self, message: str, *, fix: str, line: int | None = None, code: str | None = None, **facts: Any):
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.line = line
        self.facts = facts
        if code:
            self.code = code

    def document(self) -> dict[str, Any]:
        """The error as programs get it: code, title, detail (what happened and what to do) and line (or None)."""
        return {"code": self.code, "title": self.title, "detail": f"{self.message} {self.fix}".strip(), "line": self.line}


class FileProblem(ImporterError):
    """The file as a whole cannot be imported."""

    code = "FILE_PROBLEM"
    title = "The file cannot be imported"
    http_status = 422


class EmptyFile(FileProblem):
    code = "FILE_EMPTY"
    title = "The file has no records"


class FileTooLarge(FileProblem):
    code = "FILE_SIZE"
    title = "The file is too large"
    http_status = 413


class UnsupportedFormat(FileProblem):
    code = "FILE_TYPES"
    title = "The format of the file is not supported"


class UnknownEncoding(FileProblem):
    code = "FILE_ENCODING"
    title = "The text encoding of the file is not supported"


class MissingHeader(FileProblem):
    code = "FILE_HEADER_MISSING"
    title = "The file has no header"


class BrokenFile(FileProblem):
    """The file breaks off or cannot be cut into records; `line` says where."""

    code = "FILE_BROKEN"
    title = "The file cannot be read to its end"


class UnsafeFile(FileProblem):
    code = "FILE_UNSAFE"
    title = "The file or its name is not safe to take"


class MappingProblem(ImporterError):
    code = "MAPPING_PROBLEM"
    title = "The mapping of columns to fields does not work"
    http_status = 422


class RequiredFieldUnmapped(MappingProblem):
    code = "MAPPING_REQUIRED"


class UnknownField(MappingProblem):
    code = "MAPPING_UNKNOWN_FIELD"


class BadExpression(MappingProblem):
    code = "MAPPING_EXPRESSION"


class TypeProblem(ImporterError):
    """A type document that a person wrote is wrong; the message names the place."""

    code = "TYPE_DOCUMENT"
    title = "The type document does not work"
    http_status = 422


class BadPool(ImporterError):
    """What was said about a pool cannot be."""

    code = "POOL"
    title = "The pool cannot be like this"
    http_status = 422


class NotAllowed(ImporterError):
    """The role or scope that is missing is named in the message."""

    code = "NOT_ALLOWED"
    title = "You are not allowed to do this"
    http_status = 403


class NotNow(ImporterError):
    code = "NOT_NOW"
    title = "This is not possible now"
    http_status = 409


class WrongStatus(NotNow):
    code = "WRONG_STATUS"


class NotFound(NotNow):
    code = "NOT_FOUND"
    title = "There is no such thing"
    http_status = 404


class AlreadyImported(NotNow):
    code = "ALREADY_IMPORTED"


class WorkspaceBusy(NotNow):
    code = "WORKSPACE_BUSY"


class DestinationError(ImporterError):
    code = "DESTINATION"
    title = "The destination did not take the records"
    http_status = 502


class DestinationUnavailable(DestinationError):
    """May work later; `retry_after` (seconds) is a fact."""

    code = "DESTINATION_UNAVAILABLE"


class DestinationRefused(DestinationError):
    code = "DESTINATION_REFUSED"


class CredentialsRejected(DestinationError):
    code = "DESTINATION_CREDENTIALS"


class StorageProblem(ImporterError):
    code = "STORAGE"
    title = "The workspace cannot be written or read"
    http_status = 507


class DiskFull(StorageProblem):
    code = "DISK_FULL"


class Damaged(StorageProblem):
    code = "STORAGE_DAMAGED"


class WorkerStopped(ImporterError):
    """The process that did the work ended; the message says which step it had reached."""

    code = "WORKER_STOPPED"
    title = "The import was interrupted"
    http_status = 500


class LostLease(WorkerStopped):
    """Another worker took the import over (or it has ended): this one must stop and may write nothing more about it."""

    code = "LOST_LEASE"


class OurFault(ImporterError):
    code = "OUR_FAULT"
    title = "A fault of the importer"
    http_status = 500


class DeclarationError(OurFault):
    """An import type is declared wrongly; the message names the place."""

    code = "DECLARATION"


class LedgerError(OurFault):
    """Counts do not add up; nothing may be shown as loaded."""

    code = "LEDGER"


def disk_error(error: OSError) -> StorageProblem:
    """What to tell a person when the workspace cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        return DiskFull("There is no space left for the import's working files.", fix="Free space on the disk, then resume.")
    return StorageProblem(f"The workspace cannot be written ({error.strerror or error}).", fix="Check the folder and its rights.")
