"""Who may do what, and the signed tokens of download links."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from importer.errors import NotAllowed

TOKEN_SECONDS = 12 * 3600

# What each role may do; a role has the rights of the ones before it.
RIGHTS = {
    "viewer": frozenset({"see"}),
    "analyst": frozenset({"see", "check", "load", "manage pools"}),
    "lead": frozenset({"see", "check", "load", "manage pools", "stop others", "manage types"}),
    "administrator": frozenset({"see", "check", "load", "manage pools", "stop others", "manage types", "manage"}),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever acts: a name, unique in the workspace, and roles."""

    name: str
    roles: frozenset[str] = field(default_factory=frozenset)


def require(person: Person, right: str) -> None:
    """Raises NotAllowed, naming the role that is missing."""
    if any(right in RIGHTS.get(role, ()) for role in person.roles):
        return
    enough = next(role for role, rights in RIGHTS.items() if right in rights)
    raise NotAllowed(f"{person.name} may not do this: it needs the role {enough}.", fix="Ask your administrator for the role.")


def new_secret() -> str:
    return secrets.token_urlsafe(32)


class DownloadTokens:
    """Tokens that say: this person was shown the link to the downloads of this import, not long ago."""

    def __init__(self, secret: str):
        self._serializer = URLSafeTimedSerializer(secret, salt="importer.download")

    def make(self, person: Person, import_id: int) -> str:
        return self._serializer.dumps([import_id, person.name, sorted(person.roles)])

    def read(self, token: str, import_id: int) -> Person:
        """The person a token was made for. Raises NotAllowed when it is not valid for this import, or too old."""
        try:
            given, name, roles = self._serializer.loads(token, max_age=TOKEN_SECONDS)
        except SignatureExpired as error:
            raise NotAllowed("The download link is too old.", fix="Open the import again and use the link there.") from error
        except (BadSignature, ValueError, TypeError) as error:
            raise NotAllowed("The download link is not valid.", fix="Open the import and use the link there.") from error
        if given != import_id:
            raise NotAllowed("The download link belongs to another import.", fix="Open the import and use the link there.")
        return Person(name, frozenset(roles))
