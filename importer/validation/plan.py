"""A type and a recipe compiled into expressions. The plan knows the vocabulary of rules, never a type's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from importer.errors import DeclarationError
from importer.model import Recipe, Severity
from importer.schema import DTYPES, Check, Field, TypeSchema, Wording
from importer.validation import values
from importer.validation.options import Options
from importer.validation.texts import merged_list, repaired, unprotected, without_missing

# Malformed records get one rule for each code that the readers use; what exactly is wrong comes with the record.
MALFORMED = (
    Wording(
        "ROW_FEW_FIELDS",
        "Has fewer values than the header has columns.",
        "Add the missing values, or quote a value that holds a line break.",
    ),
    Wording("ROW_MANY_FIELDS", "Has more values than the header has columns.", "Put quotes around a value that holds the delimiter."),
    Wording("ROW_QUOTE", "A quote is opened and not closed properly.", "Close the quote, and double a quote that belongs to the text."),
    Wording("ROW_ENCODING", "Holds bytes that are no text in the encoding of the file.", "Save the file as UTF-8, or choose its encoding."),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule on one source column. `id` is its number in the plan and stands in the violations of every part."""

    id: int
    code: str
    column: str
    field: str
    severity: Severity
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """A rule with its flag (true where it is broken; None: among the texts of the plan) and the frame column it is about."""

    rule: Rule
    flag: pl.Expr | None
    source: str


def internal(name: object) -> str:
    """A name in the working frame that no field can have: fields never hold a zero byte."""
    return f"\0{name}"


@dataclass(slots=True)
class FieldPlan:
    """One mapped field. Most values pass a cheap look (`passes`: needs no repair and breaks no rule) and are `quick` to read;
    where one does not, the part goes through texts (with repairs made), typed values, and flags."""

    passes: list[pl.Expr] = field(default_factory=list)
    unsuspected: list[pl.Expr] = field(default_factory=list)  # the same where the source holds none of `suspects`
    suspects: tuple[bytes, ...] = ()
    quick: list[pl.Expr] = field(default_factory=list)
    plain: list[pl.Expr] = field(default_factory=list)  # the source texts under the names of `texts`
    texts: list[pl.Expr] = field(default_factory=list)
    typed: list[pl.Expr] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    drops: list[pl.Expr] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """What to do with the frame of a part, field by field and then over the whole record."""

    columns: tuple[str, ...]
    fields: dict[str, pl.DataType] = field(default_factory=dict)
    steps: dict[str, FieldPlan] = field(default_factory=dict)
    constants: list[pl.Expr] = field(default_factory=list)  # fields that are not mapped but asked for, and the day
    unbroken: list[pl.Expr] = field(default_factory=list)  # false or null where a check over the record may be broken
    checks: list[Judgement] = field(default_factory=list)
    late_drops: list[pl.Expr] = field(default_factory=list)
    malformed: dict[str, Rule] = field(default_factory=dict)
    extra: dict[tuple[str, str], Rule] = field(default_factory=dict)  # judged over the whole file, by code and field

    @property
    def rules(self) -> list[Rule]:
        judged = [j.rule for step in self.steps.values() for j in step.judgements] + [j.rule for j in self.checks]
        return sorted([*self.malformed.values(), *judged, *self.extra.values()], key=lambda r: r.id)


def compile_plan(schema: TypeSchema, recipe: Recipe, columns: Sequence[str], today: date) -> Plan:
    """The plan of an import. `columns` are the unique names of the source's columns; frame column i is called c{i}.

    today: the day that rules about the future compare with, fixed for the import so that a part is the same whenever it
    is worked on. Raises DeclarationError when a rule cannot be compiled, MappingProblem where an option is wrong.
    """
    return _Compiler(schema, recipe, tuple(columns), today).plan


class _Compiler:
    def __init__(self, schema: TypeSchema, recipe: Recipe, columns: tuple[str, ...], today: date):
        self.schema = schema
        self.options = recipe.options
        self.how = Options.of(recipe.options)
        self.today = today
        self.plan = Plan(columns)
        self.number = 0
        self.constants: set[str] = set()
        self.step = FieldPlan()
        self.unreadable: dict[str, pl.Expr] = {}
        self.source_of: dict[str, tuple[str, str]] = {}
        for wording in MALFORMED:
            self.plan.malformed[wording.code] = self._rule(wording, Severity.ERROR, "", "")
        self._fields(recipe)
        for check in schema.checks:
            if check.option is None or self.options.get(check.option, True) == check.equals:
                self._check(check)
        self._identity_rules()

    def _rule(self, wording: Wording, severity: Severity, column: str, name: str) -> Rule:
        rule = Rule(self.number, wording.code, column, name, severity, wording.message, wording.hint)
        self.number += 1
        return rule

    def _fields(self, recipe: Recipe) -> None:
        index = {c: i for i, c in enumerate(self.plan.columns)}
        mapped: dict[str, tuple[Field, list[str]]] = {}
        for m in recipe.mapping:
            if m.field and (found := self.schema.resolve(m.field, m.type)):
                mapped.setdefault(m.field, (found, []))[1].append(m.column)
        for name, (spec, columns) in mapped.items():
            self.step = self.plan.steps[name] = FieldPlan()
            sources = [internal(index[c]) for c in columns]
            texts = [self._text(spec, source, f"{source}:{name}", c) for source, c in zip(sources, columns, strict=True)]
            self.plan.fields[name] = DTYPES[spec.type]
            self.source_of[name] = (sources[0], columns[0])
            if spec.merges:
                for text, source, c in zip(texts, sources, columns, strict=True):
                    self._constraints(spec, pl.col(text), pl.col(text), source, c, pl.lit(value=False))
                self.step.typed.append(merged_list(texts).alias(name))
                self.step.quick.append(merged_list(sources).alias(name))
            else:
                self._typed(spec, texts[0], sources[0], columns[0])
                self.step.quick.append(values.parse(spec, pl.col(sources[0]), self.how.zone).alias(name))
            self.step.plain += [pl.col(source).alias(text) for source, text in zip(sources, texts, strict=True)]
            self.step.passes += [self._passes(spec, pl.col(source), values.sure(spec, pl.col(source))) for source in sources]
            self.step.unsuspected += [self._passes(spec, pl.col(source), values.unsuspected(spec, pl.col(source))) for source in sources]
            self.step.suspects = spec.suspects

    def _passes(self, f: Field, raw: pl.Expr, sure: pl.Expr | None) -> pl.Expr:
        """True where a source text needs no repair and breaks no rule of its field; false where that is not sure."""
        if sure is None or self.how.unprotect:
            sure = pl.lit(value=False)
        for missing in self._missing(f):
            sure = sure & (raw != missing)
        sure = sure.fill_null(value=False)
        return sure if f.required or self.how.strict_empty else raw.is_null() | sure

    def _missing(self, f: Field) -> list[str]:
        return sorted(self.schema.missing(f))

    def _text(self, f: Field, source: str, name: str, column: str) -> str:
        """Adds the text of a field with "no value" as null and repairs made; returns its frame column."""
        text = pl.col(source)
        if self.how.unprotect:
            text = unprotected(text)
        text = without_missing(text, self._missing(f))
        for repair in f.repairs:
            better, flag = repaired(repair, f, text)
            rule = self._rule(repair.wording, Severity.REPAIR, column, f.name)
            # In one step with the texts, so that Polars works out what both share only once.
            self.step.texts.append(flag.fill_null(value=False).alias(internal(f"f{rule.id}")))
            self.step.judgements.append(Judgement(rule, None, source))
            text = better
        self.step.texts.append(text.alias(name))
        return name

    def _typed(self, f: Field, text: str, source: str, column: str) -> None:
        value = values.parse(f, pl.col(text), self.how.zone)
        self.step.typed.append(value.alias(f.name))
        broken = pl.lit(value=False)
        if values.can_fail(f):
            broken = pl.col(text).is_not_null() & pl.col(f.name).is_null()
            self.unreadable[f.name] = broken
            self._unreadable(f, text, broken, source, column)
        broken = self._constraints(f, pl.col(text), pl.col(f.name), source, column, broken)
        if self.how.drop_bad and f.optional:
            # A record is judged as it would be loaded: what is dropped counts as empty in checks over the record.
            self.step.drops.append(pl.when(~broken.fill_null(value=False)).then(pl.col(f.name)).alias(f.name))

    def _unreadable(self, f: Field, text: str, broken: pl.Expr, source: str, column: str) -> None:
        """Judges whether a value can be read; a time that the clocks of the zone skip or repeat has words of its own."""
        if f.type == "datetime" and values.has_clock_changes(self.how.zone):
            clock = broken & values.parse(f, pl.col(text)).is_not_null()
            self._judge(f.wording("clock"), f, clock, source, column)
            broken = broken & ~clock
        self._judge(f.wording("type"), f, broken, source, column)

    def _constraints(self, f: Field, text: pl.Expr, value: pl.Expr, source: str, column: str, broken: pl.Expr) -> pl.Expr:
        """Adds a judgement for each constraint; one that is broken keeps those after it from being judged."""
        rules = dict(f.constraints or {})
        order = {"required": rules.pop("required", None), "characters": f.characters} | rules
        if self.how.strict_empty and not f.required:
            empty = pl.col(source).is_null()
            self._judge(f.wording("empty"), f, empty, source, column)
        for rule, limit in order.items():
            if limit is None or limit is False:
                continue
            wording = f.wording(rule)
            flag = values.broken(rule, limit, f, text, value)
            if wording.severity != "warning":
                flag = flag & ~broken
                broken = broken | flag.fill_null(value=False)
            self._judge(wording, f, flag, source, column)
        return broken

    def _judge(self, wording: Wording, f: Field, flag: pl.Expr, source: str, column: str) -> None:
        severity = self._severity(wording.severity or ("optional" if f.optional else "error"))
        self.step.judgements.append(Judgement(self._rule(wording, severity, column, f.name), flag, source))

    def _severity(self, declared: str) -> Severity:
        if declared == "optional":
            return Severity.WARNING if self.how.drop_bad else Severity.ERROR
        return Severity(declared)

    def _check(self, check: Check) -> None:
        try:
            broken = pl.sql_expr(check.broken)
            used = set(broken.meta.root_names())
        except (pl.exceptions.PolarsError, ValueError) as error:
            raise DeclarationError(f"Check {check.wording.code} cannot be read: {error}", fix="Correct the type document.") from error
        if unknown := used - set(check.fields) - {"_today"}:
            raise DeclarationError(f"Check {check.wording.code} uses {min(unknown)}, which it does not name.", fix="Add the field.")
        if not any(f in self.plan.fields for f in check.fields):
            return
        self._add_unmapped(used)
        self.plan.unbroken.append(~broken.fill_null(value=False))
        for name in check.fields:
            if name in self.unreadable and not (self.how.drop_bad and (f := self.schema.field(name)) and f.optional):
                broken = broken & ~self.unreadable[name]
        target = next(f for f in check.fields if f in self.plan.fields)
        source, column = self.source_of[target]
        severity = self._severity(check.wording.severity or "error")
        rule = self._rule(check.wording, severity, column, target)
        self.plan.checks.append(Judgement(rule, broken, source))
        if self.how.drop_bad and check.wording.severity == "optional":
            kept = pl.when(~pl.col(internal(f"f{rule.id}"))).then(pl.col(target)).alias(target)
            self.plan.late_drops.append(kept)

    def _add_unmapped(self, used: set[str]) -> None:
        """Fields that are not mapped count as empty; they become constant columns of the frame."""
        for name in sorted(used - set(self.plan.fields) - self.constants):
            self.constants.add(name)
            if name == "_today":
                self.plan.constants.append(pl.lit(self.today).alias(name))
            elif spec := self.schema.field(name):
                self.plan.constants.append(pl.lit(None, dtype=DTYPES[spec.type]).alias(name))

    def _identity_rules(self) -> None:
        identity = self.schema.identity
        if identity is None:
            return
        keys = identity.keys(self.options, self.plan.fields)
        for wording in filter(None, (identity.duplicate, identity.conflict, identity.unknown)):
            for name in keys:
                severity = Severity(wording.severity or "error")
                self.plan.extra[wording.code, name] = self._rule(wording, severity, self.source_of[name][1], name)
