"""Rules of the kinds whose programs or points depend on one another: `tests` and `free`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from quizapp.questions.document import Route
from quizapp.questions.finding import suggestion
from quizapp.questions.flaw import Flaw, names_of_tests, unparsable
from quizapp.questions.parts import Variant
from quizapp.questions.schema import FreeQuestion, TestsQuestion


def tests_flaws(question: TestsQuestion) -> Iterator[Flaw]:
    """Give every broken rule of a question that asks for tests."""
    broken = [
        flaw
        for part in ("program", "solution")
        for path, text in getattr(question, part).items()
        if path.endswith(".py")
        for flaw in unparsable((part, path), text)
    ]
    yield from broken
    yield from _file_flaws(question)
    if broken:
        return
    if not names_of_tests(question.solution):
        yield Flaw(("solution",), "no-tests", "has no test function in its solution", "name it test_...")
    yield from _variant_flaws(question)
    titles = [mutant.title for mutant in question.mutants]
    for index, mistake in enumerate(question.mistakes):
        for place, name in enumerate(mistake.fails):
            if name not in titles:
                route = ("mistakes", index, "fails", place)
                yield Flaw(route, "unknown-mutant", f"names the mutant '{name}'", suggestion(name, titles))


def _file_flaws(question: TestsQuestion) -> Iterator[Flaw]:
    for path in question.files:
        if not path.rpartition("/")[2].startswith("test_"):
            yield Flaw(("files", path), "not-a-test-file", f"{path} is not collected", "name it test_....py")
    for path in question.solution:
        if path not in question.files:
            yield Flaw(("solution", path), "unknown-file", f"{path} is not in `files`", "add it there")


def _variant_flaws(question: TestsQuestion) -> Iterator[Flaw]:
    seen = {_shape(question.program): "the program"}
    titles: set[str] = set()
    yield from _offer_flaws(question, question.program, ("offers",))
    entries: list[tuple[Route, Variant]] = [
        (("variants", index), variant) for index, variant in enumerate(question.variants)
    ]
    entries += [(("mutants", index), mutant) for index, mutant in enumerate(question.mutants)]
    for route, variant in entries:
        if variant.title in titles:
            yield Flaw((*route, "title"), "repeated", f"repeats {variant.title!r}", "give it another title")
        titles.add(variant.title)
        if bool(variant.files) == bool(variant.changes):
            message = "has neither files nor changes" if not variant.files else "has both files and changes"
            yield Flaw(route, "variant-form", message, "write one of `files` and `changes`")
            continue
        files, flaws = _made(question, route, variant)
        yield from flaws
        if flaws:
            continue
        shape = _shape(files)
        if shape in seen:
            yield Flaw(route, "same-program", f"is the same as {seen[shape]}", "change what it does")
        seen.setdefault(shape, f"'{variant.title}'")
        yield from _offer_flaws(question, files, route)


def _made(question: TestsQuestion, route: Route, variant: Variant) -> tuple[dict[str, str], list[Flaw]]:
    """The files of a variant, and what is wrong with how it is written."""
    files = {**question.program, **(variant.files or {})}
    flaws = [
        Flaw((*route, "files", path), "unknown-file", f"{path} is not in `program`", "name one of its files")
        for path in variant.files or {}
        if path not in question.program
    ]
    for index, change in enumerate(variant.changes):
        places = [path for path, text in files.items() for _ in range(text.count(change.find))]
        if len(places) != 1:
            message = f"stands {len(places)} times in the program: {change.find!r:.60}"
            flaws.append(
                Flaw((*route, "changes", index, "find"), "change-not-found", message, "write more of it")
            )
        else:
            files[places[0]] = files[places[0]].replace(change.find, change.replace)
    if not flaws:
        python = [text for path, text in files.items() if path.endswith(".py")]
        flaws = [
            Flaw(route, flaw.code, flaw.message, flaw.hint)
            for text in python
            for flaw in unparsable((), text)
        ]
    return files, flaws


def _shape(files: Mapping[str, str]) -> str:
    """What a program is apart from its layout and comments."""
    return "\0".join(
        f"{path}\0{ast.dump(ast.parse(text)) if path.endswith('.py') else text}"
        for path, text in sorted(files.items())
    )


def _offer_flaws(question: TestsQuestion, files: Mapping[str, str], route: Route) -> Iterator[Flaw]:
    """Find offered names that a variant does not define; what the program itself lacks is said once, of the program."""
    defined, there = _defined(files), _defined(question.program)
    for index, name in enumerate(question.offers):
        if name not in defined and (route == ("offers",) or name in there):
            where = ("offers", index) if route == ("offers",) else route
            yield Flaw(
                where, "unknown-name", f"does not define the offered '{name}'", suggestion(name, defined)
            )


def _defined(files: Mapping[str, str]) -> set[str]:
    return {
        name
        for path, text in files.items()
        if path.endswith(".py")
        for node in ast.parse(text).body
        for name in _names_of(node)
    }


def _names_of(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def free_flaws(question: FreeQuestion) -> Iterator[Flaw]:
    """Give every broken rule of a question that a person grades."""
    points = sum(criterion.points for criterion in question.rubric)
    if points != question.points:
        message = f"has a rubric of {points} points, and {question.points} points"
        yield Flaw(("rubric",), "rubric-points", message, "let the criteria add up to the question's points")
    titles = [criterion.title for criterion in question.rubric]
    for index, title in enumerate(titles):
        if title in titles[:index]:
            yield Flaw(("rubric", index, "title"), "repeated", f"repeats {title!r}", "give it another title")
