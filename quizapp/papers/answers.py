"""What was answered in one question, what is right and why, as blocks; one function per kind, as the page of a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from quizapp.pages import NOTHING, points
from quizapp.papers.blocks import Block, code, facts, label, markdown, plain, told, words

if TYPE_CHECKING:
    from quizapp.services.report_items import Item


def of_item(item: Item) -> list[Block]:
    """The blocks below a question's prompt, up to its explanation."""
    if item.verdict == "internal_error":
        return [plain("Not graded, by a fault on our side. It is not counted as wrong.")]
    if item.content["kind"] in ("code", "tests"):
        return _code(item)
    found: list[Block] = [] if item.verdict != "none" else [plain("Not answered.")]
    return found + (_KINDS[item.content["kind"]](item) if item.details else [])


def _choice(item: Item) -> list[Block]:
    words = {
        "right": (f"{item.whose}, right", "pass"),
        "wrong": (item.whose, "fail"),
        "missed": ("Right", "pass"),
        "left": ("", "none"),
    }
    return [
        told(
            *words[option["state"]],
            *markdown(item.content["options"][option["id"]]["text"]),
            *markdown(option["reason"]),
        )
        for option in item.details["options"]
    ]


def _text(item: Item) -> list[Block]:
    accepted = "  or  ".join(item.details["accepted"])
    found = [facts([(item.whose, _written(item) or NOTHING), ("Right", accepted)])]
    return found + markdown(item.details.get("note"))


def _output(item: Item) -> list[Block]:
    return [
        label("The program"),
        code(item.content["program"]),
        label(item.whose),
        code(_written(item)),
        label("It prints"),
        code(item.details["expected"]),
        *markdown(item.details.get("note")),
    ]


def _bug(item: Item) -> list[Block]:
    rows = item.content["program"].splitlines()
    words = {
        "right": (f"{item.whose}, right", "pass"),
        "wrong": (item.whose, "fail"),
        "missed": ("Faulty", "pass"),
        "left": ("Sound", "none"),
    }
    return [
        label("The program"),
        code(item.content["program"]),
        *(
            told(
                *words[entry["state"]],
                code(f"{entry['line']}  {rows[entry['line'] - 1].strip()}"),
                *markdown(entry["reason"] or "Nothing is wrong with this line."),
            )
            for entry in item.details["lines"]
        ),
        label("Mended"),
        code(item.details["fixed"]),
    ]


def _order(item: Item) -> list[Block]:
    texts: Mapping[int, str] = item.details["pieces"]
    levels = (item.answer or {}).get("indent") or []
    signs = {"right": "", "misplaced": "    # elsewhere", "extra": "    # does not belong"}
    given = [
        "    " * (levels[place] if place < len(levels) else 0) + texts[line["id"]] + signs[line["state"]]
        for place, line in enumerate(one for one in item.details["lines"] if one["state"] != "missing")
    ]
    right = [
        "    " * level + texts[id_]
        for id_, level in zip(item.details["answer"], item.details["indent"], strict=True)
    ]
    reasons = [line for line in item.details["lines"] if line["reason"]]
    return [
        label(item.whose),
        code("\n".join(given)),
        label("The right order"),
        code("\n".join(right)),
        *(
            told("Does not belong", "none", code(texts[line["id"]]), *markdown(line["reason"]))
            for line in reasons
        ),
    ]


def _free(item: Item) -> list[Block]:
    found: list[Block] = []
    if item.details.get("is_answered"):
        found += [label(item.whose), words(_written(item))]
    given = item.details.get("criteria")
    rubric = []
    for place, criterion in enumerate(item.content["rubric"]):
        earned = f"{points(given[place]['points'])} of " if given else ""
        rubric.append((criterion["title"], f"{earned}{points(criterion['points'])} points"))
    found += [label("What is looked for"), facts(rubric)]
    if item.details.get("comment"):
        found += [label("From who graded it"), words(item.details["comment"])]
    return [*found, label("Model answer"), *markdown(item.content["model_answer"])]


def _code(item: Item) -> list[Block]:
    found: list[Block] = []
    submission, judged = item.details.get("submission"), item.details.get("told")
    if item.verdict == "none":
        found.append(plain("Not answered."))
    if submission is not None and submission.is_from_draft:
        found.append(plain(f"Graded from the draft saved at {_clock(item)}. It was not submitted."))
    if judged and judged["state"] == "done":
        found.append(plain(judged["verdict_text"]))
        if error := judged["error"]:
            found.append(code(error["frame"] or error["traceback"] or error["type"]))
        for test in judged["tests"]:
            word, tone = ("Passed", "pass") if test["passed"] else ("Failed", "fail")
            said = [plain(test["title"])]
            if not test["passed"] and test["message"]:
                said.append(plain(test["message"]))
            found.append(told(word, tone, *said))
    for path, text in item.details.get("files", {}).items():
        found += [label(f"{item.whose}: {path}"), code(text)]
    for path, text in item.content["solution"].items():
        found += [label(f"Worked answer: {path}"), code(text)]
    return found


def late(item: Item) -> list[dict[str, Any]]:
    """What arrived too late for one question: when, and what it was."""
    is_choice = item.content["kind"] == "choice"
    return [
        {
            "at": f"{edit.at:%H:%M:%S}",
            "blocks": [block for line in edit.text.splitlines() for block in markdown(line)]
            if is_choice
            else [code(edit.text)],
        }
        for edit in item.late
    ]


def _clock(item: Item) -> str:
    saved_at = item.response.saved_at
    return f"{saved_at:%H:%M:%S} UTC" if saved_at else NOTHING


def _written(item: Item) -> str:
    return str((item.answer or {}).get("text", ""))


_KINDS: dict[str, Callable[[Any], list[Block]]] = {
    "choice": _choice,
    "text": _text,
    "output": _output,
    "bug": _bug,
    "order": _order,
    "free": _free,
}
