"""A blueprint as it is typed into a page: text in fields, which becomes a blueprint or sentences about those fields.

What was typed is kept as it is, also when it cannot be read, so that a page shows it again. The blueprint's form is the
one that files have (`schema.Blueprint`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from pydantic import ValidationError

from quizapp.questions.blueprint import Blueprint
from quizapp.questions.blueprint import Section as SectionModel
from quizapp.questions.fields import KINDS, TOPICS

MOST_SECTIONS = 30
DEGREES = range(1, 6)
NO_MIX = ("",) * len(DEGREES)
# What is wrong with a field, and what it takes, in one sentence.
WORDS = {
    "title": "Give it a title in one line of at most 200 characters.",
    "minutes": "Give whole minutes from 1 to 600.",
    "description": "Write what candidates read before they start, at most 8000 characters.",
    "ending": "Use at most 8000 characters.",
    "pass_line": "Give whole percent from 1 to 100, or leave it empty.",
    "cool_down": "Give whole hours from 1 to 8760, or leave it empty.",
    "attempts": "Give a number from 1 to 100, or leave it empty.",
    "sections": "Add a section: an interview asks something.",
    "banks": "Tick at least one bank that there is.",
    "topics": "Tick topics that there are.",
    "kinds": "Tick kinds that there are.",
    "count": "Give a number from 1 to 100.",
    "difficulty": "Give difficulties from 1 to 5, the lower one first.",
    "mix": "Give whole numbers from 1 to 100; leave empty what is not asked, or all of it.",
    "lengths": "Give whole minutes from 1 to 120, the shorter first, or leave both empty.",
    "points": "Give whole points from 1 to 100, or leave it empty.",
    "own_minutes": "Give whole minutes from 1 to 600, or leave it empty.",
}
_PLAIN = ("title", "minutes", "description", "ending", "pass_line", "cool_down", "attempts")
_NUMBERS = ("minutes", "pass_line", "cool_down", "attempts", "count", "points", "own_minutes")
_CHOICES = {"results": "never", "verdicts": "shown"}
_FIELD_OF = {"minutes": "lengths"}  # a section's minutes are the lengths of its questions


class Fields(Protocol):
    """A sent form, as Werkzeug gives it."""

    def get(self, key: str, default: str, /) -> str:
        """The first value of a field."""

    def getlist(self, key: str, /) -> list[str]:
        """All values of a field."""


@dataclass(frozen=True)
class TypedSection:
    """One section as it stands in the form. `key` is part of its fields' names; the order of keys is that of sections."""

    key: str
    title: str = ""
    banks: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()  # none: any
    kinds: tuple[str, ...] = ()  # none: any
    count: str = "1"
    least: str = "1"
    most: str = "5"
    shortest: str = ""
    longest: str = ""
    points: str = ""
    own_minutes: str = ""
    open: str = "any"
    barrier: bool = False
    mix: tuple[str, ...] = NO_MIX  # questions of difficulty 1, 2 and so on; all empty: any


@dataclass(frozen=True)
class Typed:
    """A whole blueprint as it stands in the form."""

    title: str = ""
    minutes: str = "60"
    description: str = ""
    ending: str = ""
    pass_line: str = ""
    cool_down: str = ""
    attempts: str = "1"
    shuffle: bool = True
    results: str = "never"
    verdicts: str = "shown"
    sections: tuple[TypedSection, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What the typed text says. `blueprint` is None when anything is wrong.

    `sections` has every section that can be read, by its key. `errors` has a sentence by the name of the field; fields of
    a section are named `KEY-count`, and its difficulty and lengths stand for two fields each.
    """

    blueprint: dict[str, Any] | None
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def typed(blueprint: Mapping[str, Any]) -> Typed:
    """A stored blueprint as text in fields."""
    return Typed(
        **{name: _text(blueprint.get(name)) for name in _PLAIN},
        **{name: blueprint.get(name) or usual for name, usual in _CHOICES.items()},
        shuffle=blueprint.get("shuffle", True),
        sections=tuple(
            _typed_section(str(number), section, blueprint["bank"])
            for number, section in enumerate(blueprint["sections"])
        ),
    )


def from_form(fields: Fields) -> Typed:
    """What was sent. Sections come in the order of the fields called `section`, each holding a key."""
    keys = dict.fromkeys(key for key in fields.getlist("section") if key.isascii() and key.isalnum())
    return Typed(
        **{name: _lines(fields.get(name, "")) for name in _PLAIN},
        **{name: fields.get(name, usual) for name, usual in _CHOICES.items()},
        shuffle=fields.get("shuffle", "") == "1",
        sections=tuple(_sent_section(fields, key) for key in list(keys)[:MOST_SECTIONS]),
    )


def read(text: Typed, interview_id: str, banks: Sequence[str]) -> Reading:
    """What the text says; `banks` are those that may be drawn from."""
    raws = [_raw_section(section) for section in text.sections]
    raw: dict[str, Any] = {
        "id": interview_id,
        "bank": next((section.banks[0] for section in text.sections if section.banks), "none"),
        "interview": "hiring",
        "title": text.title.strip(),
        "description": text.description,
        "ending": text.ending if text.ending.strip() else None,
        "shuffle": text.shuffle,
        "results": text.results,
        "verdicts": text.verdicts,
        "sections": raws,
        **{name: _number(getattr(text, name)) for name in ("minutes", "pass_line", "cool_down", "attempts")},
    }
    errors: dict[str, str] = {}
    blueprint: dict[str, Any] | None = None
    try:
        blueprint = Blueprint.model_validate(raw).model_dump(mode="json")
    except ValidationError as refused:
        for flaw in refused.errors():
            # The schema counts only sections that it can read; the fields of the others have their own sentences.
            if flaw["loc"] == ("sections",) and flaw["type"] == "too_short" and text.sections:
                continue
            errors.setdefault(*_sentence(flaw["loc"], text))
    for section in text.sections:
        errors |= {name: told for name, told in _own_rules(section, banks).items() if name not in errors}
    sound = {
        section.key: SectionModel.model_validate(raw).model_dump(mode="json")
        for section, raw in zip(text.sections, raws, strict=True)
        if not any(name.startswith(f"{section.key}-") for name in errors)
    }
    return Reading(None if errors else blueprint, sound, errors)


def rearranged(text: Typed, order: str, usual_bank: str) -> Typed:
    """The form after one of its buttons: `add`, or `remove`, `copy`, `up` or `down` with a key (`up-3`).

    What nobody can mean changes nothing.
    """
    word, _, key = order.partition("-")
    listed = list(text.sections)
    at = next((place for place, section in enumerate(listed) if section.key == key), None)
    fresh = str(1 + max((int(section.key) for section in listed if section.key.isdigit()), default=-1))
    if word == "add" and len(listed) < MOST_SECTIONS:
        listed.append(TypedSection(key=fresh, banks=(usual_bank,) if usual_bank else ()))
    elif at is None:
        return text
    elif word == "remove":
        del listed[at]
    elif word == "copy" and len(listed) < MOST_SECTIONS:
        listed.insert(at + 1, replace(listed[at], key=fresh))
    elif word in ("up", "down"):
        to = at + (1 if word == "down" else -1)
        if 0 <= to < len(listed):
            listed[at], listed[to] = listed[to], listed[at]
    return replace(text, sections=tuple(listed))


def _typed_section(key: str, section: Mapping[str, Any], bank: str) -> TypedSection:
    least, most = section.get("difficulty") or (1, 5)
    shortest, longest = section.get("minutes") or ("", "")
    topics, kinds = section.get("topics", "any"), section.get("kinds", "any")
    return TypedSection(
        key=key,
        title=section["title"],
        banks=tuple(section.get("banks") or [bank]),
        topics=() if topics == "any" else tuple(topics),
        kinds=() if kinds == "any" else tuple(kinds),
        count=str(section["count"]),
        least=str(least),
        most=str(most),
        mix=tuple(_text((section.get("mix") or {}).get(str(degree))) for degree in DEGREES),
        shortest=str(shortest),
        longest=str(longest),
        points=_text(section.get("points")),
        own_minutes=_text(section.get("own_minutes")),
        open=section.get("open", "any"),
        barrier=bool(section.get("barrier")),
    )


def _sent_section(fields: Fields, key: str) -> TypedSection:
    names = ("title", "count", "least", "most", "shortest", "longest", "points", "own_minutes")
    return TypedSection(
        key=key,
        **{name: fields.get(f"{key}-{name}", "").strip() for name in names},
        mix=tuple(fields.get(f"{key}-mix-{degree}", "").strip() for degree in DEGREES),
        banks=tuple(dict.fromkeys(fields.getlist(f"{key}-banks"))),
        topics=tuple(topic for topic in TOPICS if topic in fields.getlist(f"{key}-topics")),
        kinds=tuple(kind for kind in KINDS if kind in fields.getlist(f"{key}-kinds")),
        open="one" if fields.get(f"{key}-open", "") == "one" else "any",
        barrier=fields.get(f"{key}-barrier", "") == "1",
    )


def _raw_section(section: TypedSection) -> dict[str, Any]:
    has_lengths = section.shortest or section.longest
    mix = {str(degree): _number(text) for degree, text in zip(DEGREES, section.mix, strict=True)}
    return {
        "title": section.title,
        "banks": list(section.banks),
        "topics": list(section.topics) or "any",
        "kinds": list(section.kinds) or "any",
        "difficulty": [_number(section.least), _number(section.most)],
        "mix": {degree: count for degree, count in mix.items() if count not in (None, 0)} or None,
        "minutes": [_number(section.shortest or "1"), _number(section.longest or "120")]
        if has_lengths
        else None,
        "open": section.open,
        "barrier": section.barrier,
        **{name: _number(getattr(section, name)) for name in ("count", "points", "own_minutes")},
    }


def _own_rules(section: TypedSection, banks: Sequence[str]) -> dict[str, str]:
    """What the schema does not say of one section: that its banks are there, and ranges begin before they end."""
    found = {}
    if not section.banks or set(section.banks) - set(banks):
        found[f"{section.key}-banks"] = WORDS["banks"]
    for name, low, high in (
        ("difficulty", section.least, section.most),
        ("lengths", section.shortest, section.longest),
    ):
        least, most = _number(low), _number(high)
        if isinstance(least, int) and isinstance(most, int) and least > most:
            found[f"{section.key}-{name}"] = WORDS[name]
    if problem := _mix_problem(section):
        found[f"{section.key}-mix"] = problem
    return found


def _mix_problem(section: TypedSection) -> str:
    """Why a mix is not what its section asks; empty where it is, or where its numbers cannot be read at all."""
    mix = {degree: _number(text) for degree, text in zip(DEGREES, section.mix, strict=True)}
    asked = {degree: count for degree, count in mix.items() if count not in (None, 0)}
    count, least, most = (_number(text) for text in (section.count, section.least, section.most))
    if not asked or not all(isinstance(one, int) for one in [*asked.values(), count, least, most]):
        return ""
    outside = [degree for degree in asked if not least <= degree <= most]
    if outside:
        return f"The mix asks for difficulty {outside[0]}, and the section for {least} to {most}."
    total = sum(asked.values())
    return "" if total == count else f"The mix adds up to {total}, and {count} are asked. Change one of them."


def _sentence(place: tuple[int | str, ...], text: Typed) -> tuple[str, str]:
    """The field that a finding of the schema is about, and what to say there."""
    if place[0] == "sections" and len(place) > 2 and isinstance(place[1], int):  # noqa: PLR2004 - a field in a section
        name = _FIELD_OF.get(str(place[2]), str(place[2]))
        return f"{text.sections[place[1]].key}-{name}", WORDS.get(name, "This cannot be used.")
    name = str(place[0])
    return name, WORDS.get(name, "This cannot be used.")


def _number(text: str) -> Any:
    """A whole number; None for an empty field, and the text itself where it is none, for the schema to refuse."""
    text = text.strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text  # noqa: PLR2004 - digits


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _lines(text: str) -> str:
    """Browsers send line breaks as two characters."""
    return text.replace("\r\n", "\n")
