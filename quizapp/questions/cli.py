"""The commands `quizapp questions schema`, `list`, `new` and `show`."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from quizapp.questions.blueprint import Bank, Blueprint
from quizapp.questions.content import public_view
from quizapp.questions.fields import KEBAB, KINDS, LEVELS, TOPICS
from quizapp.questions.finding import suggestion
from quizapp.questions.library import Library, load_library
from quizapp.questions.schema import QUESTION, Question
from quizapp.questions.skeletons import TODO_COVER, skeleton

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def roots_from_environment() -> list[Path]:
    """Give the folders question files are read from: QUIZAPP_QUESTIONS, else ./questions."""
    value = os.environ.get("QUIZAPP_QUESTIONS", "")
    return [Path(part) for part in value.split(os.pathsep) if part] or [Path("questions")]


def json_schemas() -> dict[str, dict[str, Any]]:
    """Make the JSON Schemas editors use, by file name."""
    return {
        "schema.json": _schema(QUESTION, "A question of quizapp"),
        "bank.schema.json": _schema(TypeAdapter(Bank), "A bank of quizapp"),
        "blueprint.schema.json": _schema(TypeAdapter(Blueprint), "A blueprint of quizapp"),
    }


def _schema(adapter: TypeAdapter[Any], title: str) -> dict[str, Any]:
    return {"$schema": _DIALECT} | adapter.json_schema(mode="validation") | {"title": title}


def main(argv: Sequence[str]) -> int:
    """Run the `questions` command that the first word names: schema, list, new or show."""
    word, *rest = argv
    return _COMMANDS[word](rest)


def schema_main(argv: Sequence[str]) -> int:
    """Write the JSON Schemas into the questions folder; with --check only compare (exit 1 if they differ)."""
    parser = argparse.ArgumentParser(prog="quizapp questions schema", description=schema_main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, compare with what is there")
    parser.add_argument("folder", nargs="?", type=Path, help="default: the first questions folder")
    options = parser.parse_args(argv)
    folder: Path = options.folder or roots_from_environment()[0]
    if not folder.is_dir():
        print(f"{folder} is not a folder", file=sys.stderr)
        return 2
    stale = []
    for name, schema in json_schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        path = folder / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if not options.check:
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{path} is out of date: run quizapp questions schema" if options.check else f"wrote {path}")
    return 1 if stale and options.check else 0


LIST_EXAMPLES = """\
examples:
  quizapp questions list                                     all questions, one a line
  quizapp questions list --topic routing --kind code         the code questions on routing
  quizapp questions list --coverage                          what is to be covered, and how often it is
  quizapp questions list --json | jq 'group_by(.kind) | map({(.[0].kind): length}) | add'
                                                             how many there are of each kind

With --json: an array of objects with id, bank, level, topic, kind, difficulty, status, covers, title, minutes, points, path
and hash. The status is `active`, or `broken` for a file that does not load (what cannot be known of it is null).
Exit status 1 when a file has findings; they go to stderr.
"""


def list_main(argv: Sequence[str]) -> int:
    """List the questions that load, one a line; with --coverage the coverage ids and who carries them."""
    parser = argparse.ArgumentParser(
        prog="quizapp questions list",
        description=list_main.__doc__,
        epilog=LIST_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--bank", help="only this bank")
    parser.add_argument("--topic", choices=TOPICS, help="only this topic")
    parser.add_argument("--kind", choices=KINDS, help="only this kind")
    parser.add_argument("--level", choices=LEVELS, help="only this level")
    parser.add_argument("--json", action="store_true", help="an array of objects, files that do not load too")
    parser.add_argument("--coverage", action="store_true", help="coverage ids instead of questions")
    options = parser.parse_args(argv)
    library = load_library(roots_from_environment(), processes=len(os.sched_getaffinity(0)))
    if options.coverage:
        _print_coverage(library)
        return _status(library)
    rows = [*map(partial(_row, library), library.questions), *_broken_rows(library)]
    filters = {name: getattr(options, name) for name in ("bank", "topic", "kind", "level")}
    wanted = [row for row in rows if all(value in (None, row[name]) for name, value in filters.items())]
    if options.json:
        print(json.dumps(sorted(wanted, key=lambda row: str(row["id"])), indent=2, ensure_ascii=False))
        return _status(library)
    wanted = [row for row in wanted if row["status"] == "active"]
    for row in wanted:
        print("{id:32} {bank:12} {topic:20} {kind:7} {difficulty} {title}".format(**row))
    print(f"{len(wanted)} questions", file=sys.stderr)
    return _status(library)


def _row(library: Library, question: Question) -> dict[str, Any]:
    origin = library.origins[question.id]
    names = ("id", "level", "topic", "kind", "difficulty", "title", "minutes", "points")
    row: dict[str, Any] = {name: getattr(question, name) for name in names}
    return row | {
        "bank": origin.bank,
        "status": "active",
        "covers": list(question.covers),
        "path": str(origin.path),
        "hash": origin.hash,
    }


def _broken_rows(library: Library) -> list[dict[str, Any]]:
    """Question files that are there and do not load, by what their place says of them."""
    sound = {origin.path for origin in library.origins.values()}
    broken = {finding.path for finding in library.findings if not finding.is_advice} - sound
    unknown = dict.fromkeys(("level", "kind", "difficulty", "title", "minutes", "points", "hash"))
    return [
        unknown
        | {
            "id": path.stem,
            "bank": path.parents[1].name,
            "topic": path.parent.name,
            "status": "broken",
            "covers": [],
            "path": str(path),
        }
        for path in sorted(broken)
        if path.parent.name in TOPICS and path.suffix == ".yaml"
    ]


NEW_EXAMPLES = """\
examples:
  quizapp questions new choice --bank fresher --topic routing --id trailing-slash --covers rm-routing
  quizapp questions new code --bank experienced --topic api --id etag-on-put
  quizapp questions new output --bank acme --topic testing --id fixture-order --root ../acme-questions

It writes <root>/<bank>/<topic>/<id>.yaml with a comment on every key. Write in place of each TODO; until then
`quizapp questions check --static FILE` shows what is left.
"""


def new_main(argv: Sequence[str]) -> int:
    """Write a commented skeleton of a new question; a file that is there already is never touched."""
    parser = argparse.ArgumentParser(
        prog="quizapp questions new",
        description=new_main.__doc__,
        epilog=NEW_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--bank", required=True, help="the bank's folder, which has a bank.yaml")
    parser.add_argument("--topic", required=True, choices=TOPICS)
    parser.add_argument("--id", required=True, help="lower case with hyphens; never changes later")
    parser.add_argument(
        "--level", choices=LEVELS, help="default: the bank's name if that is a level, else fresher"
    )
    parser.add_argument("--covers", default=TODO_COVER, help="an id of the coverage list")
    parser.add_argument("--root", type=Path, help="default: the first questions folder")
    options = parser.parse_args(argv)
    root: Path = options.root or roots_from_environment()[0]
    path = root / options.bank / options.topic / f"{options.id}.yaml"
    problem = _cannot_be_new(root, options.bank, options.id)
    if problem:
        print(f"quizapp questions new: {problem}", file=sys.stderr)
        return 2
    level = options.level or (options.bank if options.bank in LEVELS else LEVELS[0])
    text = skeleton(options.kind, options.id, level=level, topic=options.topic, covers=options.covers)
    path.parent.mkdir(exist_ok=True)
    with path.open("x", encoding="utf-8") as stream:
        stream.write(text)
    print(path)
    print(f"Write in place of each TODO, then: quizapp questions check {path}", file=sys.stderr)
    return 0


def _cannot_be_new(root: Path, bank: str, id_: str) -> str:
    """Why a question of this id cannot be written into a bank; empty if it can."""
    if not re.fullmatch(KEBAB, id_):
        return f"the id '{id_}' is not lower case with hyphens, such as trailing-slash"
    if not (root / bank / "bank.yaml").is_file():
        banks = [path.parent.name for path in root.glob("*/bank.yaml")]
        return f"there is no bank '{bank}' in {root}; {suggestion(bank, banks)}"
    taken = next((path for path in sorted(root.glob(f"*/*/{id_}.yaml"))), None)
    return f"{taken} has this id already; nothing is overwritten" if taken else ""


SHOW_EXAMPLES = """\
examples:
  quizapp questions show int-item-404                        everything, with every default written out
  quizapp questions show int-item-404 --public               what a candidate sees before answering
  quizapp questions show int-item-404 | jq -r '.solution."app.py"'
"""


def show_main(argv: Sequence[str]) -> int:
    """Show one question as JSON; with --public only what a candidate sees before answering."""
    parser = argparse.ArgumentParser(
        prog="quizapp questions show",
        description=show_main.__doc__,
        epilog=SHOW_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("id")
    parser.add_argument("--public", action="store_true", help="only what a candidate sees before answering")
    options = parser.parse_args(argv)
    library = load_library(roots_from_environment())
    if options.id not in library.origins:
        return _not_shown(library, options.id)
    question = library.question(options.id)
    content = question.to_content()
    shown = public_view(content) if options.public else content
    origin = library.origins[question.id]
    print(json.dumps({"bank": origin.bank, "hash": origin.hash} | shown, indent=2, ensure_ascii=False))
    return 0


def _not_shown(library: Library, id_: str) -> int:
    """Say why there is nothing to show: the file has findings (1), or there is no such question (2)."""
    wrong = [finding for finding in library.findings if finding.path.stem == id_]
    for finding in wrong:
        print(finding, file=sys.stderr)
    if not wrong:
        hint = suggestion(id_, library.origins)
        print(f"there is no question '{id_}'; {hint}", file=sys.stderr)
    return 1 if wrong else 2


def _print_coverage(library: Library) -> None:
    carried = Counter(id_ for question in library.questions for id_ in question.covers)
    for id_, text in library.coverage.items():
        print(f"{carried[id_]:3} {id_:32} {text}")
    missing = sum(1 for id_ in library.coverage if not carried[id_])
    print(f"{len(library.coverage) - missing} of {len(library.coverage)} covered", file=sys.stderr)


def _status(library: Library) -> int:
    for finding in library.findings:
        print(finding, file=sys.stderr)
    return 1 if any(not finding.is_advice for finding in library.findings) else 0


_COMMANDS = {"schema": schema_main, "list": list_main, "new": new_main, "show": show_main}
