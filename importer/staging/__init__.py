"""What stage 1 found of one import: parts as Parquet files, and a DuckDB database over exactly those in the manifest."""

from importer.staging.database import Staging, connect, sql_list, sql_name, sql_text
from importer.staging.folder import ImportFolder

__all__ = ["ImportFolder", "Staging", "connect", "sql_list", "sql_name", "sql_text"]
