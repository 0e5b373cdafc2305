"""The one door: every use case is a method of `Importer`. Pages, API and command line call nothing deeper.

Every method takes the person who acts and raises ImporterError only; its message and fix are words for that person.
"""

from importer.access import Person
from importer.service.intake import SAMPLES
from importer.service.pools import Pools
from importer.service.running import Running
from importer.service.seeing import Page, Seeing
from importer.service.types import Typing

__all__ = ["SAMPLES", "Importer", "Page", "Person"]


class Importer(Running, Seeing, Typing, Pools):
    """All use cases on one workspace."""
