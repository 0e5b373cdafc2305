"""Rules to Polars expressions: one part of text columns becomes typed valid records and long-form violations."""

from importer.validation.plan import Plan, Rule, compile_plan
from importer.validation.run import Validated, validate

__all__ = ["Plan", "Rule", "Validated", "compile_plan", "validate"]
