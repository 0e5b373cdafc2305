"""Import types: Table Schema documents (version 2, JSON or YAML) with this importer's additions, read into values.

`load_types()` reads every document of `importer/types/`, `read_schema()` one of a team's own. A document that is declared wrongly
raises DeclarationError with the place. Nothing here knows the name of a type.
"""

from importer.schema.groups import Group
from importer.schema.keys import check_references
from importer.schema.limits import bound
from importer.schema.model import (
    CUSTOM_TYPES,
    DATA_TYPES,
    DTYPES,
    META_COLUMNS,
    TAKEN,
    WORK_COLUMNS,
    Check,
    Field,
    ForeignKey,
    Identity,
    OpenFields,
    Repair,
    TypeSchema,
    Unique,
)
from importer.schema.pools import Pools
from importer.schema.read import bundled_names, find_type, load_types, read_schema, read_type
from importer.schema.whole import Consistent, Differ, Distinct, Ignored, LoadModes
from importer.schema.words import Wording

__all__ = [
    "CUSTOM_TYPES",
    "DATA_TYPES",
    "DTYPES",
    "META_COLUMNS",
    "TAKEN",
    "WORK_COLUMNS",
    "Check",
    "Consistent",
    "Differ",
    "Distinct",
    "Field",
    "ForeignKey",
    "Group",
    "Identity",
    "Ignored",
    "LoadModes",
    "OpenFields",
    "Pools",
    "Repair",
    "TypeSchema",
    "Unique",
    "Wording",
    "bound",
    "bundled_names",
    "check_references",
    "find_type",
    "load_types",
    "read_schema",
    "read_type",
]
