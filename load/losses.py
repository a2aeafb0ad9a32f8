"""Whether everything that was confirmed is in the database: each save by its revision, each submission by its key.

A trigger keeps a journal of what each save wrote, in the same transaction. So a confirmed save is looked for as it was,
also when the same person's later ones have replaced it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, text

from load.words import digest

_JOURNAL = "create table load_journal (response_id integer not null, revision integer not null, answer text)"
_TRIGGERS = {
    "sqlite": [
        """
        create trigger load_journal_saves after update of revision on responses
        begin insert into load_journal values (new.id, new.revision, new.answer); end
        """,
    ],
    "postgresql": [
        """
        create function load_journal_save() returns trigger language plpgsql as $$
        begin insert into load_journal values (new.id, new.revision, new.answer::text); return null; end $$
        """,
        """
        create trigger load_journal_saves after update of revision on responses
        for each row execute function load_journal_save()
        """,
    ],
}


@dataclass
class Losses:
    """What was looked for, and what is not as it was confirmed."""

    saves: int = 0
    submissions: int = 0
    lost_saves: list[str] = field(default_factory=list)
    lost_submissions: list[str] = field(default_factory=list)

    @property
    def is_lost(self) -> bool:
        return bool(self.lost_saves or self.lost_submissions)


def engine_of(url: str) -> Engine:
    """The site's database, for whoever looks from outside."""
    return sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


def begin_journal(engine: Engine) -> None:
    """Have the database keep every save from now on."""
    with engine.begin() as connection:
        for statement in (_JOURNAL, *_TRIGGERS[engine.dialect.name]):
            connection.execute(text(statement))


def losses(engine: Engine, records: Iterable[Mapping[str, Any]]) -> Losses:
    """Compare what people were told with what is there."""
    listed = list(records)
    with engine.connect() as connection:
        found = Losses()
        _look_for_saves(connection, [one for one in listed if one["kind"] == "save"], found)
        _look_at_pages([one for one in listed if one["kind"] == "page"], found)
        _look_for_submissions(connection, [one for one in listed if one["kind"] == "submission"], found)
    return found


def _look_for_saves(connection: Connection, saves: list[Mapping[str, Any]], found: Losses) -> None:
    # Before the journal: a site that is behind may still be saving what nobody waits for any more.
    rows = connection.execute(text("select id, revision, answer from responses where revision > 0")).all()
    journal: dict[tuple[int, int], list[str]] = {}
    for row in connection.execute(text("select response_id, revision, answer from load_journal")):
        journal.setdefault((row.response_id, row.revision), []).append(digest(json.loads(row.answer)))
    confirmed: dict[int, int] = {}
    for one in saves:
        if one["status"] != 200:
            continue
        found.saves += 1
        key = one["response"], one["revision"]
        confirmed[key[0]] = max(confirmed.get(key[0], 0), key[1])
        if journal.get(key) != [one["answer"]]:
            found.lost_saves.append(
                f"response {key[0]}, revision {key[1]}: {journal.get(key)} for {one['answer']}"
            )
    current = {row.id: row for row in rows}
    for response, revision in confirmed.items():
        there = current.get(response)
        if there is None or there.revision < revision:
            found.lost_saves.append(
                f"response {response}: revision {revision} was confirmed, now it is {there}"
            )
            continue
        answer = json.loads(there.answer) if isinstance(there.answer, str) else there.answer
        if journal.get((response, there.revision)) != [digest(answer)]:
            found.lost_saves.append(
                f"response {response}: its answer is not the one of revision {there.revision}"
            )


def _look_at_pages(pages: list[Mapping[str, Any]], found: Losses) -> None:
    """A page that was answered shows what was confirmed before it was asked for."""
    found.lost_saves += [
        f"response {one['response']}: a page showed revision {one['shown']} after {one['expected']} was confirmed"
        for one in pages
        if one["status"] == 200 and (one["shown"] is None or one["shown"] < one["expected"])
    ]


def _look_for_submissions(connection: Connection, sent: list[Mapping[str, Any]], found: Losses) -> None:
    rows = connection.execute(
        text("select idempotency_key, state, verdict from submissions where not is_from_draft")
    ).all()
    by_key = Counter(row.idempotency_key for row in rows)
    verdicts = {row.idempotency_key: (row.state, row.verdict) for row in rows}
    for one in sent:
        if one["key"] not in by_key and one["status"] not in (200, 202):
            continue  # refused or not answered, and not taken
        found.submissions += 1
        if by_key[one["key"]] != 1 or verdicts[one["key"]] != ("DONE", "accepted"):
            found.lost_submissions.append(
                f"submission {one['key']}: {by_key[one['key']]} rows, {verdicts.get(one['key'])}"
            )
