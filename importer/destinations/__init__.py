"""Where records go."""

from importer.destinations.browse import browse, pool_sizes, table_sizes
from importer.destinations.embedded import EmbeddedDestination
from importer.destinations.load import LoadCounts, Staged
from importer.destinations.pools import Pooled

__all__ = ["EmbeddedDestination", "LoadCounts", "Pooled", "Staged", "browse", "pool_sizes", "table_sizes"]
