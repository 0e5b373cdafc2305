"""The command line. Exit status: 0 nothing rejected, 1 something rejected, 2 it could not be done or the call was wrong."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from importer.cli_pools import add_pools, list_pools
from importer.cli_types import add_commands, list_types
from importer.config import load_settings
from importer.documents import import_document
from importer.errors import ImporterError, MappingProblem, OurFault
from importer.model import Goal, Import, ImportFilter, Outcome, Recipe, Status
from importer.records_out import write_records
from importer.service import Importer

log = logging.getLogger(__name__)
POLL_SECONDS = 0.2
CANCEL_SECONDS = 3.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; never shows a traceback."""
    gc.freeze()  # what was imported stays until the end; looking at it again and again costs a tenth of a second
    gc.enable()
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    logging.basicConfig(level=logging.CRITICAL)
    try:
        options = _parser().parse_args(given)
        command: Callable[[Importer, argparse.Namespace], int] = options.command
        return command(Importer(load_settings(options.workspace)), options)
    except _WrongCall as error:
        return _failed({"code": "WRONG_CALL", "title": "The command is not right", "detail": str(error), "line": None}, as_json)
    except ImporterError as error:
        return _failed(error.document(), as_json)
    except KeyboardInterrupt:
        return _failed({"code": "INTERRUPTED", "title": "Interrupted", "detail": "Interrupted.", "line": None}, as_json)
    except BrokenPipeError:
        return 2
    except Exception:  # the border of the program: a person gets a reference, the log the trace
        reference = uuid.uuid4().hex[:8]
        log.critical("unexpected error, reference %s", reference, exc_info=True)
        fault = OurFault(f"Something went wrong on our side (reference {reference}).", fix="Give the reference to your administrator.")
        return _failed(fault.document(), as_json)


def _failed(document: dict[str, Any], as_json: bool) -> int:
    line = f" (line {document['line']})" if document["line"] else ""
    print(f"{document['title']}: {document['detail']}{line}", file=sys.stderr)
    if as_json:
        print(json.dumps({"error": document}, ensure_ascii=False))
    return 2


class _WrongCall(Exception):
    """The words of the call are off; the message says how."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _WrongCall(f"{message}. See: python -m importer --help")


def _parser() -> argparse.ArgumentParser:
    common = _Parser(add_help=False)
    common.add_argument("--workspace", help="folder of the workspace (default ./workspace, or IMPORTER_WORKSPACE)")
    common.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    common.add_argument("--limit", type=_count, help="how many violations (or imports) to list; default all")
    parser = _Parser(prog="python -m importer", description="Check a file against the rules of an import type, and load what is right.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def add(name: str, command: Callable[[Importer, argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text, parents=[common])
        sub.set_defaults(command=command)
        return sub

    add_commands(add("types", list_types, "list the import types; with add, show or retire: those of your team"))
    add("template", _template, "write an empty file of a type as CSV").add_argument("type", metavar="TYPE")
    for name, goal, text in (
        ("check", Goal.CHECK, "judge every record of a file, and change nothing"),
        ("run", Goal.RUN, "judge every record of a file and load those that are right"),
    ):
        sub = add(name, _import_file, text)
        sub.set_defaults(goal=goal)
        sub.add_argument("file", type=Path, metavar="FILE")
        sub.add_argument("--type", required=True, metavar="TYPE", help="see: python -m importer types")
        sub.add_argument("--recipe", type=Path, metavar="R.json", help="dialect, mapping and options; without it they are found out")
        sub.add_argument("--mode", help="what a record does to one that is there: overwrite or partial, where the type allows both")
        sub.add_argument(
            "--option",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="an option of the import, for example time_zone=Europe/Warsaw",
        )
        sub.add_argument("--records-out", type=Path, metavar="FILE", help="also write every record that was read, as text, to this CSV")
        sub.add_argument("--pool", metavar="NAME", help="the pool that the codes go into, where the type has pools")
    add_pools(add("pools", list_pools, "list the pools with the number of their codes"), common, _count)
    add("list", _list, "list the imports, newest first")
    for name, command, text in (
        ("show", _show, "show one import"),
        ("errors", _errors, "write the error list of an import as CSV"),
        ("cancel", _cancel, "stop an import; nothing of it is loaded"),
        ("resume", _resume, "go on with an import that was cancelled or ended with errors"),
    ):
        add(name, command, text).add_argument("id", type=_import_id, metavar="ID")
    return parser


def _import_id(text: str) -> int:
    digits = text.removeprefix("#")
    if not digits.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no import id (a number)")
    return int(digits)


def _count(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no count")
    return int(text)


def _template(service: Importer, options: argparse.Namespace) -> int:
    text = service.template(service.local_person(), options.type)
    print(json.dumps({"template": text}, ensure_ascii=False) if options.json else text, end="\n" if options.json else "")
    return 0


def _import_file(service: Importer, options: argparse.Namespace) -> int:
    me = service.local_person()
    draft = service.draft_from_path(me, options.file, options.type)
    try:
        recipe = service.suggest_recipe(me, draft.id)
        if options.recipe:
            recipe = _read_recipe(options.recipe, recipe)
        recipe = replace(recipe, options={**recipe.options, **_options(options)})
        if options.pool:
            recipe = service.in_pool(recipe, service.pool_named(me, options.type, options.pool))
        begin = service.check if options.goal is Goal.CHECK else service.run
        begin(me, draft.id, recipe)
    except ImporterError:
        service.discard(me, draft.id)
        raise
    job = _work(service, draft.id, quiet=options.json)
    if options.records_out and job.error_code is None:
        write_records(job, options.records_out, service.settings)
    return _report(service, job, options)


def _options(options: argparse.Namespace) -> dict[str, Any]:
    """The options that the call names; true and false are truth values."""
    found: dict[str, Any] = {"mode": options.mode} if options.mode else {}
    for text in options.option:
        name, equals, value = text.partition("=")
        if not equals:
            raise _WrongCall(f"--option {text!r} is not NAME=VALUE")
        found[name] = {"true": True, "false": False}.get(value.lower(), value)
    return found


def _read_recipe(path: Path, found: Recipe) -> Recipe:
    """The recipe of a file; what it leaves out (dialect, mapping) is taken from what was found out."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        given = {**found.to_dict(), **data}
        return replace(Recipe.from_dict(given), type=found.type, type_version=found.type_version)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MappingProblem(f"The recipe {path.name!r} cannot be read: {error}.", fix="Export a recipe from an import.") from error


def _work(service: Importer, import_id: int, *, quiet: bool) -> Import:
    """Works on the import in this process, unless a running app does, and waits for its end."""
    me = service.local_person()
    finished = threading.Event()
    if not quiet and sys.stderr.isatty():
        threading.Thread(target=_show_progress, args=(service, import_id, finished), daemon=True).start()
    try:
        while (job := service.get(me, import_id)).is_running:
            if not service.work_here(import_id, _leave_cancelled):
                time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        service.cancel(me, import_id)
        time.sleep(CANCEL_SECONDS)  # the thread that keeps the lease ends this process
        raise
    finally:
        finished.set()
    return job


def _leave_cancelled(_status: int) -> None:
    print("\nThe import was cancelled; nothing was loaded. To go on: python -m importer resume", file=sys.stderr, flush=True)
    os._exit(2)


def _show_progress(service: Importer, import_id: int, finished: threading.Event) -> None:
    while not finished.wait(0.5):
        job = service.get(service.local_person(), import_id)
        stage = job.load if job.load.started_at else job.process
        rate = f"{stage.rate:,.0f} a second" if stage.rate else ""
        left = f"about {stage.seconds_left:,.0f} s left" if stage.seconds_left else ""
        text = f"{stage.step or 'Waiting'}: {stage.fraction:4.0%}  {stage.done:,} records  {rate}  {left}"
        print(f"\r{text:<90}", end="", file=sys.stderr, flush=True)
    print("\r" + " " * 90 + "\r", end="", file=sys.stderr, flush=True)


def _report(service: Importer, job: Import, options: argparse.Namespace) -> int:
    """Prints the import and returns the exit status."""
    if job.outcome is Outcome.ERRORS and job.error_code:
        text = f"{job.reason} {job.fix or ''}".strip()
        return _failed({"code": job.error_code, "title": "The import cannot go on", "detail": text, "line": job.error_line}, options.json)
    me = service.local_person()
    if options.json:
        print(json.dumps(import_document(service, me, job, options.limit), ensure_ascii=False, default=str))
    else:
        _print_import(service, job)
    return 1 if job.ledger.rejected else 0


def _print_import(service: Importer, job: Import) -> None:
    print(f"Import {job.id}: {job.source.name} ({job.type}), {job.outcome or job.status}")
    if job.reason:
        print(f"  {job.reason} {job.fix or ''}".rstrip())
    for state, count in job.ledger.to_dict().items():
        print(f"  {state:12} {count:>14,}")
    for f in service.findings(service.local_person(), job.id):
        print(f"  {f.severity:8} {f.code:24} {f.column:20} {f.violations:>10,}  {f.message}")
    try:
        print(f"  error list   {service.error_list(service.local_person(), job.id)[0]}")
    except ImporterError:
        return


def _list(service: Importer, options: argparse.Namespace) -> int:
    me = service.local_person()
    page = service.imports(me, ImportFilter(), 0, options.limit or 1_000_000)
    if options.json:
        documents = [import_document(service, me, job, 0, brief=True) for job in page.items]
        print(json.dumps({"imports": documents}, ensure_ascii=False, default=str))
        return 0
    for job in page.items:
        print(
            f"{job.id:>6}  {job.outcome or job.status:22} {job.ledger.records:>12,} {job.ledger.rejected:>10,}"
            f"  {job.type:12} {job.source.name}"
        )
    return 0


def _show(service: Importer, options: argparse.Namespace) -> int:
    job = service.get(service.local_person(), options.id)
    if options.json:
        print(json.dumps(import_document(service, service.local_person(), job, options.limit), ensure_ascii=False, default=str))
    else:
        _print_import(service, job)
    return 1 if job.ledger.rejected else 0


def _errors(service: Importer, options: argparse.Namespace) -> int:
    me = service.local_person()
    path, _ = service.error_list(me, options.id)
    if options.json:
        job = service.get(me, options.id)
        document = import_document(service, me, job, options.limit)
        print(json.dumps({"violations": document["violations"], "error_list": str(path)}, ensure_ascii=False, default=str))
        return 0
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for number, line in enumerate(lines):
            if options.limit is not None and number > options.limit:
                break
            sys.stdout.write(line)
    return 0


def _cancel(service: Importer, options: argparse.Namespace) -> int:
    me = service.local_person()
    service.cancel(me, options.id)
    until = time.monotonic() + 10
    while (job := service.get(me, options.id)).is_running and time.monotonic() < until:
        time.sleep(POLL_SECONDS)
    if options.json:
        print(json.dumps(import_document(service, me, job, 0), ensure_ascii=False, default=str))
    else:
        print(f"Import {job.id} is {'cancelled' if job.status is Status.CANCELLED else job.status}.")
    return 0


def _resume(service: Importer, options: argparse.Namespace) -> int:
    service.resume(service.local_person(), options.id)
    return _report(service, _work(service, options.id, quiet=options.json), options)
