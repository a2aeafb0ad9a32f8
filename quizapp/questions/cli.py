"""The commands `quizapp questions schema`, `list` and `show`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from quizapp.questions.content import public_view
from quizapp.questions.finding import suggestion
from quizapp.questions.library import Library, load_library
from quizapp.questions.schema import KINDS, LEVELS, QUESTION, TOPICS, Bank, Blueprint

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
    """Run the `questions` command that the first word names: schema, list or show."""
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


def list_main(argv: Sequence[str]) -> int:
    """List the questions that load, one a line; with --coverage the coverage ids and who carries them."""
    parser = argparse.ArgumentParser(prog="quizapp questions list", description=list_main.__doc__)
    parser.add_argument("--bank", help="only this bank")
    parser.add_argument("--topic", choices=TOPICS, help="only this topic")
    parser.add_argument("--kind", choices=KINDS, help="only this kind")
    parser.add_argument("--level", choices=LEVELS, help="only this level")
    parser.add_argument("--coverage", action="store_true", help="coverage ids instead of questions")
    options = parser.parse_args(argv)
    library = load_library(roots_from_environment())
    if options.coverage:
        _print_coverage(library)
    else:
        wanted = [
            question
            for question in library.questions
            if options.bank in (None, library.origins[question.id].bank)
            and options.topic in (None, question.topic)
            and options.kind in (None, question.kind)
            and options.level in (None, question.level)
        ]
        for question in wanted:
            bank = library.origins[question.id].bank
            print(
                f"{question.id:32} {bank:12} {question.topic:20} {question.kind:7} "
                f"{question.difficulty} {question.title}"
            )
        print(f"{len(wanted)} questions", file=sys.stderr)
    return _status(library)


def show_main(argv: Sequence[str]) -> int:
    """Show one question as JSON; with --public only what a candidate sees before answering."""
    parser = argparse.ArgumentParser(prog="quizapp questions show", description=show_main.__doc__)
    parser.add_argument("id")
    parser.add_argument("--public", action="store_true", help="only what a candidate sees before answering")
    options = parser.parse_args(argv)
    library = load_library(roots_from_environment())
    try:
        question = library.question(options.id)
    except KeyError:
        hint = suggestion(options.id, [question.id for question in library.questions])
        print(f"there is no question '{options.id}'; {hint}", file=sys.stderr)
        return 2
    content = question.to_content()
    shown = public_view(content) if options.public else content
    origin = library.origins[question.id]
    print(json.dumps({"bank": origin.bank, "hash": origin.hash} | shown, indent=2, ensure_ascii=False))
    return 0


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


_COMMANDS = {"schema": schema_main, "list": list_main, "show": show_main}
