"""The repository's questions as their files say them: where tests take right answers from."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


@cache
def question(question_id: str) -> dict[str, Any]:
    """One question with its bank's id under `bank`."""
    (path,) = (ROOT / "questions").glob(f"*/*/{question_id}.yaml")
    with path.open(encoding="utf-8") as file:
        return {**yaml.safe_load(file), "bank": path.parts[-3]}


def address(question_id: str) -> str:
    """The path of a question's practice page."""
    return f"/practice/{question(question_id)['bank']}/{question_id}"


def plain(markdown: str) -> str:
    """Inline Markdown as a page shows its text."""
    return markdown.replace("`", "").replace("**", "").strip()
