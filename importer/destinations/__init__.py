"""Where records go."""

from importer.destinations.browse import browse, table_sizes
from importer.destinations.embedded import EmbeddedDestination
from importer.destinations.load import LoadCounts, Staged

__all__ = ["EmbeddedDestination", "LoadCounts", "Staged", "browse", "table_sizes"]
