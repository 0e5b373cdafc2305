"""Type documents that people write: read with care, edited as a form, made from a file, put into words, tried on records."""

from importer.typedocs.form import edited, form_of
from importer.typedocs.infer import field_names, infer
from importer.typedocs.read import UNSAVED, bundled_text, check_name, data_of, read_own, text_of
from importer.typedocs.trial import try_rules
from importer.typedocs.words import rules_of

__all__ = [
    "UNSAVED",
    "bundled_text",
    "check_name",
    "data_of",
    "edited",
    "field_names",
    "form_of",
    "infer",
    "read_own",
    "rules_of",
    "text_of",
    "try_rules",
]
