"""A type and a recipe compiled into expressions. The plan knows the vocabulary of rules, never a type's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time

import polars as pl

from importer.errors import DeclarationError
from importer.model import Pool, Recipe, Severity
from importer.schema import DTYPES, Check, Distinct, Field, Repair, TypeSchema, Wording
from importer.validation import values
from importer.validation.options import Options
from importer.validation.pools import misfit, with_prefix
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


def together(fields: Sequence[str]) -> str:
    """Fields as one name, by which a rule about them is found."""
    return "\0".join(fields)


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
    guarded: set[str] = field(default_factory=set)  # fields that checks use; none is judged where such a field is broken itself
    unbroken: list[pl.Expr] = field(default_factory=list)  # false or null where a check over the record may be broken
    checks: list[Judgement] = field(default_factory=list)
    late_drops: list[pl.Expr] = field(default_factory=list)
    malformed: dict[str, Rule] = field(default_factory=dict)
    extra: dict[tuple[str, str], Rule] = field(default_factory=dict)  # judged over the whole file, by code and field
    about: str = ""  # what besides the recipe decides what becomes of a record

    @property
    def rules(self) -> list[Rule]:
        judged = [j.rule for step in self.steps.values() for j in step.judgements] + [j.rule for j in self.checks]
        return sorted([*self.malformed.values(), *judged, *self.extra.values()], key=lambda r: r.id)


def compile_plan(
    schema: TypeSchema, recipe: Recipe, columns: Sequence[str], today: date, now: datetime | None = None, pool: Pool | None = None
) -> Plan:
    """The plan of an import. `columns` are the unique names of the source's columns; frame column i is called c{i}.

    today, now: the day and the moment (UTC; without it the day's beginning) that rules about the future compare with, fixed
    for the import so that a part is the same whenever it is worked on. pool: the one that the records go into, where the type has
    pools. Raises DeclarationError when a rule cannot be compiled,
    MappingProblem where an option is wrong.
    """
    moment = now.astimezone(UTC).replace(tzinfo=None) if now else datetime.combine(today, time())
    return _Compiler(schema, recipe, tuple(columns), {"_today": pl.lit(today), "_now": pl.lit(moment)}, pool).plan


class _Compiler:
    def __init__(self, schema: TypeSchema, recipe: Recipe, columns: tuple[str, ...], clock: dict[str, pl.Expr], pool: Pool | None):
        self.schema = schema
        self.options = recipe.options
        self.how = Options.of(recipe.options)
        self.clock = clock
        self.pool = pool if schema.pools else None
        self.plan = Plan(columns)
        self.number = 0
        self.constants: set[str] = set()
        self.step = FieldPlan()
        self.source_of: dict[str, tuple[str, str]] = {}  # the frame column and the source's column of each field
        self.dropped: dict[str, list[str]] = {}  # the flags that make a field empty
        for wording in MALFORMED:
            self.plan.malformed[wording.code] = self._rule(wording, Severity.ERROR, "", "")
        self._fields(recipe)
        self._pool()
        for check in schema.checks:
            if check.option is None or schema.option(check.option, recipe.options) == check.equals:
                self._check(check)
        self.plan.late_drops = [pl.when(~pl.any_horizontal(flags)).then(pl.col(n)).alias(n) for n, flags in self.dropped.items()]
        self._identity_rules()
        self._group_rules()
        self._whole_rules()

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
        self.source_of = {name: (internal(index[columns[0]]), columns[0]) for name, (_, columns) in mapped.items()}
        for name, (spec, columns) in mapped.items():
            self.step = self.plan.steps[name] = FieldPlan()
            sources = [internal(index[c]) for c in columns]
            texts = [self._text(spec, source, f"{source}:{name}", c) for source, c in zip(sources, columns, strict=True)]
            self.plan.fields[name] = DTYPES[spec.type]
            if spec.merges:
                for text, source, c in zip(texts, sources, columns, strict=True):
                    self._constraints(spec, pl.col(text), pl.col(text), source, c, pl.lit(value=False))
                self.step.typed.append(merged_list(texts).alias(name))
                self.step.quick.append(merged_list(sources).alias(name))
            else:
                self._typed(spec, texts[0], sources[0], columns[0])
                self.step.quick.append(self._as_loaded(spec, values.parse(spec, pl.col(sources[0]), self.how.zone)).alias(name))
            self.step.plain += [pl.col(source).alias(text) for source, text in zip(sources, texts, strict=True)]
            self.step.passes += [self._passes(spec, pl.col(source), values.sure(spec, pl.col(source))) for source in sources]
            self.step.unsuspected += [self._passes(spec, pl.col(source), values.unsuspected(spec, pl.col(source))) for source in sources]
            self.step.suspects = spec.suspects
            if (odd := self._misfit(spec)) is not None:
                for looks in (self.step.passes, self.step.unsuspected):
                    looks.append(~odd.fill_null(value=False))

    def _pool(self) -> None:
        """The pool as a constant of the import, and the rules about codes that are in a pool already."""
        pools = self.schema.pools
        if pools is None or self.pool is None or pools.of not in self.source_of:
            return
        self.plan.fields[pools.field] = DTYPES["integer"]
        self.plan.constants.append(pl.lit(self.pool.id, dtype=DTYPES["integer"]).alias(pools.field))
        self.plan.about = f"pool {self.pool.id} {self.pool.details.prefix} {self.pool.details.barcode}"
        for wording in (pools.elsewhere, pools.again):
            rule = self._rule(wording, Severity(wording.severity or "error"), self.source_of[pools.of][1], pools.of)
            self.plan.extra[wording.code, pools.of] = rule

    def _as_loaded(self, f: Field, value: pl.Expr) -> pl.Expr:
        """A code gets the prefix of its pool; other values stay as they were read."""
        if self.pool and self.schema.pools and f.name == self.schema.pools.of:
            return with_prefix(value, self.pool.details.prefix)
        return value

    def _misfit(self, f: Field) -> pl.Expr | None:
        """True where a loaded code does not fit the barcode of its pool."""
        if self.pool and self.schema.pools and f.name == self.schema.pools.of:
            return misfit(pl.col(f.name), self.pool.details.barcode)
        return None

    def _passes(self, f: Field, raw: pl.Expr, sure: pl.Expr | None) -> pl.Expr:
        """True where a source text needs no repair and breaks no rule of its field; false where that is not sure."""
        if sure is None or self.how.unprotect:
            sure = pl.lit(value=False)
        for missing in self._missing(f):
            sure = sure & (raw != missing)
        sure = sure.fill_null(value=False)
        must_look = f.required or self.how.strict_empty or any(repair.do == "copy" for repair in f.repairs)
        return sure if must_look else raw.is_null() | sure

    def _missing(self, f: Field) -> list[str]:
        return sorted(self.schema.missing(f))

    def _text(self, f: Field, source: str, name: str, column: str) -> str:
        """Adds the text of a field with "no value" as null and repairs made; returns its frame column."""
        text = self._given(f, source)
        for repair in f.repairs:
            if repair.do == "copy" and repair.source not in self.source_of:
                continue
            better, flag = self._copied(repair, text) if repair.do == "copy" else repaired(repair, f, text)
            rule = self._rule(repair.wording, Severity.REPAIR, column, f.name)
            # In one step with the texts, so that Polars works out what both share only once.
            self.step.texts.append(flag.fill_null(value=False).alias(internal(f"f{rule.id}")))
            self.step.judgements.append(Judgement(rule, None, source))
            text = better
        self.step.texts.append(text.alias(name))
        return name

    def _given(self, f: Field, source: str) -> pl.Expr:
        """The text of a cell with "no value" as null."""
        text = unprotected(pl.col(source)) if self.how.unprotect else pl.col(source)
        return without_missing(text, self._missing(f))

    def _copied(self, repair: Repair, text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
        """An empty text filled with that of another field as it stands in the file, and where that was done."""
        other = self.schema.field(repair.source)
        if other is None:
            raise DeclarationError(f"{repair.wording.code} copies from {repair.source}, which is no field.", fix="Correct it.")
        from_there = self._given(other, self.source_of[other.name][0])
        return pl.coalesce(text, from_there), text.is_null() & from_there.is_not_null()

    def _typed(self, f: Field, text: str, source: str, column: str) -> None:
        value = values.parse(f, pl.col(text), self.how.zone)
        self.step.typed.append(self._as_loaded(f, value).alias(f.name))
        broken = pl.lit(value=False)
        if values.can_fail(f):
            broken = pl.col(text).is_not_null() & pl.col(f.name).is_null()
            self._unreadable(f, text, broken, source, column)
        broken = self._constraints(f, pl.col(text), pl.col(f.name), source, column, broken)
        if (odd := self._misfit(f)) is not None and self.schema.pools and self.pool:
            wording = self.schema.pools.barcode
            said = replace(wording, message=wording.message.replace("{barcode}", self.pool.details.barcode))
            self._judge(said, f, odd & ~broken, source, column)
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
            if wording.severity == "warning":
                self._judge(wording, f, flag, source, column)
                continue
            self._judge(wording, f, flag & ~broken, source, column)
            broken = broken | flag.fill_null(value=False)
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
        if unknown := used - set(check.fields) - set(self.clock):
            raise DeclarationError(f"Check {check.wording.code} uses {min(unknown)}, which it does not name.", fix="Add the field.")
        if not any(f in self.plan.fields for f in check.fields):
            return
        self._add_unmapped(used)
        self.plan.unbroken.append(~broken.fill_null(value=False))
        for name in sorted(self.plan.steps.keys() & set(check.fields)):
            self.plan.guarded.add(name)
            broken = broken & ~pl.col(internal(f"broken {name}"))
        target = next(f for f in check.fields if f in self.plan.fields)
        source, column = self.source_of[target]
        severity = self._severity(check.wording.severity or "error")
        rule = self._rule(check.wording, severity, column, target)
        self.plan.checks.append(Judgement(rule, broken, source))
        if self.how.drop_bad and check.wording.severity == "optional":
            self.dropped.setdefault(target, []).append(internal(f"f{rule.id}"))

    def _add_unmapped(self, used: set[str]) -> None:
        """Fields that are not mapped count as empty; they become constant columns of the frame."""
        for name in sorted(used - set(self.plan.fields) - self.constants):
            self.constants.add(name)
            if name in self.clock:
                self.plan.constants.append(self.clock[name].alias(name))
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

    def _whole_rules(self) -> None:
        """Rules over the whole file that are about these fields together; their numbers are found by code and fields."""
        about = [(key.wording, key.fields) for key in self.schema.unique] + [(key.wording, key.fields) for key in self.schema.foreign_keys]
        about += [(rule.wording, (f,)) for rule in self.schema.consistent for f in rule.fields]
        about += [(rule.wording, (rule.field if isinstance(rule, Distinct) else rule.group,)) for rule in self.schema.whole]
        for wording, fields in about:
            if all(f in self.source_of for f in fields):
                severity = Severity(wording.severity or "error")
                rule = self._rule(wording, severity, self.source_of[fields[0]][1], fields[0])
                self.plan.extra[wording.code, together(fields)] = rule

    def _group_rules(self) -> None:
        group = self.schema.group
        if group is None or group.by not in self.plan.fields:
            return
        about = [(group.conflict, f) for f in group.heads(self.plan.fields)]
        about += [(group.incomplete, group.by), (group.apart, group.by)]
        several = [(group.units.group, group.units.fields)] if group.units else []
        several += [(c.wording, c.fields) for c in group.checks]
        several += [(group.compute.wording, tuple(group.compute.fields))] if group.compute else []
        about += [(wording, next((f for f in fields if f in self.plan.fields), group.by)) for wording, fields in several]
        for wording, name in about:
            self.plan.extra[wording.code, name] = self._rule(wording, Severity(wording.severity or "error"), self.source_of[name][1], name)
