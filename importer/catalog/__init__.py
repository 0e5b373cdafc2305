"""The catalogue: every import with its stages, parts and log, the queue, and what is kept beside them.

Every change of state is one conditional statement; whoever comes second changes nothing and is told so.
"""

from importer.catalog.drafts import Drafts
from importer.catalog.history import History
from importer.catalog.notes import Notes
from importer.catalog.pools import Pools
from importer.catalog.queue import Claim, Queue
from importer.catalog.store import utc_now
from importer.catalog.types import TypeDocuments
from importer.catalog.work import Work

__all__ = ["Catalog", "Claim", "utc_now"]


class Catalog(Drafts, Queue, Work, History, Notes, TypeDocuments, Pools):
    """`Catalog(path)` opens it (see `store.Store`), `close()` closes it. Errors of the database are `ImporterError`s."""
