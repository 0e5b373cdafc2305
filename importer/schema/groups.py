"""Lines that make one record of a higher kind, such as the items of an order: how a type document says it.

Nothing here judges or loads; staging and destinations do. See `group` in importer/types/transactions.yaml.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from importer.schema.words import Wording


@dataclass(frozen=True, slots=True)
class GroupCheck:
    """A rule over the lines of a group. `broken` is SQL with sum, min, max and count; `unless` an option that turns it off."""

    wording: Wording
    fields: tuple[str, ...]
    broken: str
    unless: str | None = None


@dataclass(frozen=True, slots=True)
class Compute:
    """Fields of a group that are worked out from its lines (SQL) where the option says so."""

    option: str
    wording: Wording
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Units:
    """Fields that hold one unit, such as a currency: within a group always, in the file unless the option allows several."""

    fields: tuple[str, ...]
    group: Wording
    file: Wording
    option: str


@dataclass(frozen=True, slots=True)
class Group:
    """Lines with the same value of the field `by` are one group. Fields that begin with `items` belong to the line and are kept in
    the table `table`; all others belong to the group, and its lines must agree in them."""

    by: str
    items: str
    table: str
    title: str
    conflict: Wording
    incomplete: Wording
    apart: Wording
    units: Units | None
    compute: Compute | None
    checks: tuple[GroupCheck, ...]
    salt: str | None = None  # a field that gets a text of its own, always the same one for a group, where it is empty
    salt_prefix: str = ""

    def heads(self, fields: Collection[str]) -> list[str]:
        """Those of the fields that belong to the group, without the one that its lines share."""
        return [f for f in fields if f != self.by and not f.startswith(self.items)]

    def lines(self, fields: Collection[str]) -> list[str]:
        """Those of the fields that belong to the line."""
        return [f for f in fields if f.startswith(self.items)]
