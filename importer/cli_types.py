"""The commands `types ...`: list all types; add, show and retire those of a team."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from importer.errors import NotFound, TypeProblem
from importer.service import Importer

MAX_DOCUMENT = 1_000_000  # bytes of a type document


def add_commands(types: argparse.ArgumentParser) -> None:
    """The commands below `types`. What is given before them counts, too."""
    common = type(types)(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--workspace", help="folder of the workspace (default ./workspace, or IMPORTER_WORKSPACE)")
    common.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    commands = types.add_subparsers(metavar="add | show | retire", parser_class=type(types))

    def add(name: str, command: Callable[[Importer, argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text, parents=[common])
        sub.set_defaults(command=command)
        return sub

    new = add("add", _add_type, "save a Table Schema document (JSON or YAML) as the next version of a type")
    new.add_argument("file", type=Path, metavar="FILE")
    new.add_argument("--name", required=True, metavar="NAME", help="small letters, digits and underscores")
    show = add("show", _show_type, "print the document of a type")
    show.add_argument("name", metavar="NAME")
    show.add_argument("--version", type=int, metavar="N", help="a version of your team's type (default: the newest)")
    retire = add("retire", _retire_type, "take a type from those that are offered; its versions and records stay")
    retire.add_argument("name", metavar="NAME")
    retire.add_argument("--back", action="store_true", help="bring it back instead")


def list_types(service: Importer, options: argparse.Namespace) -> int:
    types = service.types(service.local_person())
    if options.json:
        print(json.dumps({"types": [{"name": t.name, "title": t.title, "version": t.version} for t in types]}, ensure_ascii=False))
        return 0
    for t in types:
        print(f"{t.name:16} {t.title} (version {t.version})")
    return 0


def _add_type(service: Importer, options: argparse.Namespace) -> int:
    saved = service.save_type(service.local_person(), options.name, _read_document(options.file))
    if options.json:
        print(json.dumps({"type": {"name": saved.name, "title": saved.title, "version": str(saved.version)}}, ensure_ascii=False))
    else:
        print(f"{saved.name:16} {saved.title} (version {saved.version})")
    return 0


def _read_document(path: Path) -> str:
    """The text of a type document; a limit keeps a file that is none out of memory."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_DOCUMENT + 1)
        if len(content) > MAX_DOCUMENT:
            raise TypeProblem(f"{path.name} is larger than {MAX_DOCUMENT:,} bytes.", fix="Choose a type document.")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise NotFound(
            f"The file {path.name!r} cannot be read ({error.strerror}).", fix="Check the path.", code="FILE_NOT_FOUND"
        ) from error
    except UnicodeDecodeError as error:
        raise TypeProblem(f"{path.name} is no text in UTF-8.", fix="Save the document as UTF-8.") from error


def _show_type(service: Importer, options: argparse.Namespace) -> int:
    me = service.local_person()
    text = service.type_document(me, options.name, options.version)
    if options.json:
        versions = [
            {"version": str(v.version), "title": v.title, "saved_by": v.saved_by, "saved_at": v.saved_at, "retired": v.retired}
            for v in service.type_versions(me, options.name)
        ]
        print(json.dumps({"name": options.name, "document": text, "versions": versions}, ensure_ascii=False, default=str))
    else:
        print(text, end="" if text.endswith("\n") else "\n")
    return 0


def _retire_type(service: Importer, options: argparse.Namespace) -> int:
    service.retire_type(service.local_person(), options.name, retired=not options.back)
    if options.json:
        print(json.dumps({"name": options.name, "retired": not options.back}))
    else:
        print(f"The type {options.name} is {'back' if options.back else 'retired'}.")
    return 0
