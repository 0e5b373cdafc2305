"""Types that a team defines itself: made, changed, tried, retired; and all types as they are shown."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from importer import typedocs
from importer.access import Person, require
from importer.destinations import table_sizes
from importer.errors import ImporterError, TypeProblem, WrongStatus
from importer.model import Dialect, Import, Inferred, RuleInfo, Status, Trial, TypeEntry, TypeForm, TypeInfo, TypeVersion
from importer.readers.csv import read_blocks
from importer.readers.header import Header, read_header
from importer.service.intake import Intake
from importer.sources.upload import drop_upload, read_upload, received_path

INFERRED_RECORDS = 50_000
INFERRED_BYTES = 16 << 20
TRIED_RECORDS = (100, 1_000)  # least and most
TRIED_BYTES = 256 << 10
MAX_DOCUMENT = 1_000_000  # bytes


class Typing(Intake):
    def type_list(self, person: Person) -> tuple[TypeEntry, ...]:
        """All types, retired ones too, with what was saved and loaded of them. `records` None: not known now."""
        require(person, "see")
        sizes = table_sizes(self.settings.destination_path, self.settings)
        saved = {t.name: t for t in self._catalog.newest_types()}
        return tuple(
            TypeEntry(schema.info(), len(typedocs.rules_of(schema)), None if sizes is None else sizes.get(name, 0), saved.get(name))
            for name, schema in self._types.all(retired=True).items()
        )

    def type_rules(self, person: Person, name: str, version: int | None = None) -> tuple[RuleInfo, ...]:
        """The rules of a type in words. Raises NotFound."""
        require(person, "see")
        return typedocs.rules_of(self._types.find(name, None if version is None else str(version)))

    def type_document(self, person: Person, name: str, version: int | None = None) -> str:
        """The text of a type: of an own one this version, or else the newest. Raises NotFound."""
        require(person, "see")
        found = self._catalog.newest_type(name) if version is None else self._catalog.type_version(name, version)
        return found.document if found else typedocs.bundled_text(self._types.find(name).name)

    def type_json(self, person: Person, name: str) -> str:
        """The newest document of a type as JSON. Raises NotFound."""
        data = typedocs.data_of(self.type_document(person, name), name)
        return json.dumps(data, ensure_ascii=False, indent=2, default=str)

    def type_versions(self, person: Person, name: str) -> tuple[TypeVersion, ...]:
        """All versions of an own type, the newest first; none for a bundled one."""
        require(person, "see")
        return tuple(self._catalog.type_versions(name))

    def save_type(self, person: Person, name: str, document: str, *, based_on: int | None = None) -> TypeVersion:
        """Saves a document as the next version; imports that ran keep the version they ran with.

        based_on: the version that was edited, 0 for a new type; where somebody saved another one meanwhile, WrongStatus is
        raised and nothing saved. With None it is saved in any case. The same text again makes no new version. Raises
        NotAllowed, and TypeProblem with the place of a mistake.
        """
        require(person, "manage types")
        newest = self._catalog.newest_type(name)
        if newest is None:
            typedocs.check_name(name)
        schema = typedocs.read_own(document, name, newest.version + 1 if newest else 1)
        self._types.demand_references(schema)
        if newest and not newest.retired and newest.document == document and based_on in (None, newest.version):
            return newest
        return self._catalog.save_type(name, schema.title, document, person.name, based_on=based_on)

    def retire_type(self, person: Person, name: str, *, retired: bool = True) -> None:
        """Takes an own type from the types that are offered, or brings it back; its versions and records stay."""
        require(person, "manage types")
        if self._catalog.retire_type(name, retired=retired):
            return
        raise WrongStatus(f"The type {name} is {'retired already' if retired else 'not retired'}.", fix="Nothing needs to be done.")

    def may_manage_types(self, person: Person) -> bool:
        """Whether a person may save and retire types, so that pages offer it to nobody else."""
        try:
            require(person, "manage types")
        except ImporterError:
            return False
        return True

    def read_type(self, person: Person, document: str, name: str = typedocs.UNSAVED) -> TypeInfo:
        """A document as a type, without saving it. Raises TypeProblem with the place of a mistake."""
        require(person, "see")
        return typedocs.read_own(document, name, 1).info()

    def type_form(self, person: Person, document: str) -> TypeForm:
        """A document as a form. Raises TypeProblem when it cannot be read at all."""
        require(person, "see")
        return typedocs.form_of(document)

    def edited_type(self, person: Person, document: str, form: TypeForm) -> str:
        """The document with the changes of the form; whatever else it holds stays. It may have mistakes."""
        require(person, "see")
        return typedocs.edited(document, form)

    def uploaded_document(self, person: Person, upload_id: str) -> str:
        """The text of a document that was uploaded; the upload is deleted. Raises TypeProblem when it cannot be one."""
        require(person, "check")
        source = read_upload(self.settings, upload_id, "upload")
        try:
            if source.bytes > MAX_DOCUMENT:
                raise TypeProblem(f"The file is larger than {MAX_DOCUMENT:,} bytes.", fix="Choose a type document.")
            text = received_path(source).read_bytes().decode("utf-8-sig")
            typedocs.data_of(text, "The document")
            return text
        except UnicodeDecodeError as error:
            raise TypeProblem("The file is no text in UTF-8.", fix="Save the document as UTF-8.") from error
        finally:
            drop_upload(source)

    def infer_type(self, person: Person, import_id: int) -> Inferred:
        """A document from the file of an import: from the profile of its check, or else from its first records."""
        job = self._see(person, import_id)
        path, dialect, header = self._opened(job)
        frame, _, whole = self._records(path, dialect, header, INFERRED_RECORDS, INFERRED_BYTES)
        profile = self._profile(import_id)
        title = Path(job.source.name).stem.replace("_", " ").replace("-", " ").strip() or "New type"
        document = typedocs.infer(title[:1].upper() + title[1:], header.columns, frame, profile)
        return Inferred(document, profile["records"] if profile else frame.height, whole or profile is not None)

    def try_type(self, person: Person, document: str, import_id: int, limit: int = 1_000, name: str = typedocs.UNSAVED) -> Trial:
        """What the rules of a document say about the first records of the file of an import; nothing is stored."""
        job = self._see(person, import_id)
        schema = typedocs.read_own(document, name, 1)
        path, dialect, header = self._opened(job)
        least, most = TRIED_RECORDS
        frame, malformed, _ = self._records(path, dialect, header, min(max(limit, least), most), TRIED_BYTES)
        try:
            return typedocs.try_rules(schema, dialect, header.names, header.columns, frame, malformed, datetime.now(UTC).date())
        except pl.exceptions.PolarsError as error:
            raise TypeProblem(f"A rule cannot be judged: {str(error).splitlines()[0]}", fix="Correct the document.") from error

    def use_type(self, person: Person, import_id: int, name: str) -> Import:
        """Makes a draft one of this type; its mapping is suggested anew. Raises WrongStatus for one that is past that."""
        require(person, "check")
        job = self._own(person, import_id)
        self._types.offered(name)
        if job.status is not Status.DRAFT:
            raise WrongStatus("Only a file that was not checked can change its type.", fix="Import the file again.")
        return self._catalog.update_draft(job.id, type=name, recipe=None)

    def _opened(self, job: Import) -> tuple[Path, Dialect, Header]:
        path = self._source(job)
        dialect = job.recipe.dialect if job.recipe else self._dialect(job, path)
        return path, dialect, read_header(path, dialect, self.settings)

    def _records(self, path: Path, dialect: Dialect, header: Header, limit: int, size: int) -> tuple[pl.DataFrame, pl.DataFrame, bool]:
        """The first well-formed and malformed records, and whether there are no others."""
        blocks = read_blocks(path, dialect, len(header.columns), header.body, replace(self.settings, block_bytes=size))
        frames, broken, known, whole = [], [], 0, True
        for block in blocks:
            if known >= limit:
                whole = False
                break
            frames.append(block.frame)
            broken.append(block.malformed)
            known = block.end.record
        if not frames:
            raise TypeProblem("The file has a header but no records.", fix="Choose a file with records.")
        frame, malformed = pl.concat(frames), pl.concat(broken)
        first, ill = frame.filter(pl.col("_record") <= limit), malformed.filter(pl.col("_record") <= limit)
        return first, ill, whole and known <= limit
