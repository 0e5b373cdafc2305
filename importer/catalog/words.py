"""What people are told when an import is not in a state for what they want."""

from __future__ import annotations

from importer.errors import NotFound, WrongStatus
from importer.model import Status

_IS = {
    Status.DRAFT: "was not checked yet",
    Status.QUEUED: "waits for its turn",
    Status.RUNNING: "is running",
    Status.CHECKED: "is checked and waits for a decision",
    Status.FINISHED: "has ended",
    Status.CANCELLED: "was cancelled",
}
_POSSIBLE = {
    Status.DRAFT: "Check it, or discard it.",
    Status.QUEUED: "Wait until it has run, or cancel it.",
    Status.RUNNING: "Wait until it has ended, or cancel it.",
    Status.CHECKED: "Start the load, check it again with other settings, or discard it.",
    Status.FINISHED: "Look at its result, or run the file again as a new import.",
    Status.CANCELLED: "Resume it, or run the file again as a new import.",
}


def not_found(import_id: int) -> NotFound:
    return NotFound(f"There is no import #{import_id}.", fix="Look for it in the list of imports.", import_id=import_id)


def wrong_status(import_id: int, status: Status, wish: str) -> WrongStatus:
    """`wish` completes the sentence "so it cannot be ..."."""
    return WrongStatus(
        f"Import #{import_id} {_IS[status]}, so it cannot be {wish}.", fix=_POSSIBLE[status], import_id=import_id, status=status
    )


def too_late(import_id: int) -> WrongStatus:
    return WrongStatus(
        f"Import #{import_id} is writing its records to the destination, so it cannot be cancelled any more.",
        fix="Wait until it has ended.",
        import_id=import_id,
    )


def file_gone(import_id: int) -> WrongStatus:
    return WrongStatus(
        f"The file of import #{import_id} was deleted when the time to keep it was over, so it cannot run.",
        fix="Upload the file again.",
        import_id=import_id,
    )
