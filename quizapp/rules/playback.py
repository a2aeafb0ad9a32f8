"""How one answer came about, in lines of text: everything that its playback shows, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from quizapp.rules import tapes, wording
from quizapp.rules.evidence import Event, Tape

# Typing that pauses for longer than this is told in two lines; a pause from IDLE on gets a line of its own. Seconds.
PAUSE = 5.0
IDLE = 30.0
_TYPED = 5  # fields of an edit that was typed


@dataclass(frozen=True)
class Run:
    """One submission of the answer, told in a sentence. `sign` is a name the pages have a sign for."""

    at: datetime
    sign: str
    text: str
    is_sent: bool  # handed in for points, rather than tried


@dataclass(frozen=True)
class Line:
    """One line of the log. `at` is seconds since the question was opened first; `seconds` its length, if it has one.

    `kind`: opened, typed, pasted, moved, replaced, file, idle, left, run, sent, or an event's kind. `removed` and `added`
    are the lines of the file that are different afterwards.
    """

    at: float
    kind: str
    text: str
    seconds: float | None = None
    sign: str = ""
    removed: Sequence[str] = ()
    added: Sequence[str] = ()
    note: str = ""
    event: str = ""  # the key of the event it tells


@dataclass
class _Stretch:
    """Typing into one file without a longer pause."""

    tape: Tape
    file: int
    began: datetime
    before: str
    ended: datetime
    inserted: int = 0
    removed: int = 0


@dataclass
class _Log:
    zero: datetime
    lines: list[Line] = field(default_factory=list)
    players: dict[int, tapes.Player] = field(default_factory=dict)
    stretch: _Stretch | None = None
    device: str | None = None  # of the page that was opened last
    latest: datetime | None = None
    has_left: bool = False
    pasted: Mapping[str, Event] = field(default_factory=dict)  # by their keys

    def since(self, moment: datetime) -> float:
        return max(0.0, (moment - self.zero).total_seconds())


def log(recorded: Iterable[Tape], runs: Iterable[Run], happened: Iterable[Event]) -> list[Line]:
    """The log of one answer. `recorded` are the tapes of its pages, `happened` the events that are about it."""
    tape_list = sorted(recorded, key=lambda tape: (tape.opened_at, tape.id))
    if not tape_list:
        return []
    events = list(happened)
    told = _Log(tape_list[0].opened_at, pasted={one.key: one for one in events if one.kind == "pasted"})
    moments = [
        (at, tape, number, entry) for tape in tape_list for number, (at, entry) in enumerate(tape.moments())
    ]
    moments.sort(key=lambda moment: moment[0])  # stable: within a tape the order stays
    for at, tape, number, entry in moments:
        _idle(told, at)
        _tell(told, at, tape, number, entry)
        told.latest, told.has_left = at, entry[1] == "x"
    _settle(told)
    others = [_event(told, event) for event in events if event.kind != "pasted"]
    lines = [*told.lines, *(_run(told, run) for run in runs), *others]
    return sorted(lines, key=lambda line: line.at)


def _tell(told: _Log, at: datetime, tape: Tape, number: int, entry: tapes.Entry) -> None:
    player = told.players.setdefault(tape.id, tapes.Player(tape.starter))
    kind = entry[1]
    if not isinstance(kind, str):
        if len(entry) > _TYPED:
            _put_in(told, at, player, entry, told.pasted.get(f"entry:{tape.id}:{number}"))
        else:
            _type(told, at, tape, entry, player)
        return
    if kind in ("a", "n"):
        _settle(told)  # events tell it
    player.play(entry)
    if kind == "o":
        _opened(told, at, tape, player)
    elif kind == "f":
        _settle(told)
        _add(told, at, "file", f"Went to {player.path(entry[2])}")
    elif kind == "x":
        _settle(told)
        _add(told, at, "left", "Left the question")


def _opened(told: _Log, at: datetime, tape: Tape, player: tapes.Player) -> None:
    _settle(told)
    is_fresh = player.texts == dict(tape.starter)
    text = "Opened as it was given" if is_fresh else "Opened again"
    is_other = told.device is not None and tape.device != told.device
    _add(told, at, "opened", f"{text}, at {tape.device or 'another device'}" if is_other else text)
    told.device = tape.device


def _put_in(told: _Log, at: datetime, player: tapes.Player, entry: tapes.Entry, event: Event | None) -> None:
    """Tell an edit that was not typed. A paste that is no event was found in the interview itself."""
    _, file, _, _, inserted, how = entry
    _settle(told)
    before = player.text(file)
    player.play(entry)
    gone, come = changed_lines(before, player.text(file))
    if event is not None:
        text = wording.sentence(event) + _where(player, file)
        line = Line(told.since(at), "pasted", text, None, "", gone, come, wording.note(event), event.key)
        told.lines.append(line)
        return
    count = wording.counted(len(inserted), "character")
    if how == "r":
        _add(told, at, "replaced", f"Replaced as a whole{_where(player, file)}", removed=gone, added=come)
    else:
        _add(told, at, "moved", f"Moved {count}{_where(player, file)}", removed=gone, added=come)


def _type(told: _Log, at: datetime, tape: Tape, entry: tapes.Entry, player: tapes.Player) -> None:
    _, file, _, removed, inserted = entry
    stretch = told.stretch
    if (
        stretch is None
        or stretch.tape.id != tape.id
        or stretch.file != file
        or (at - stretch.ended).total_seconds() > PAUSE
    ):
        _settle(told)
        stretch = told.stretch = _Stretch(tape, file, at, player.text(file), at)
    player.play(entry)
    stretch.ended = at
    stretch.inserted += len(inserted)
    stretch.removed += removed


def _settle(told: _Log) -> None:
    """Tell the typing that has come to its end."""
    stretch = told.stretch
    if stretch is None:
        return
    told.stretch = None
    player = told.players[stretch.tape.id]
    parts = []
    if stretch.inserted:
        parts.append(f"typed {wording.counted(stretch.inserted, 'character')}")
    if stretch.removed:
        parts.append(f"removed {wording.counted(stretch.removed, 'character')}")
    text = ", ".join(parts).capitalize() + _where(player, stretch.file)
    gone, come = changed_lines(stretch.before, player.text(stretch.file))
    seconds = (stretch.ended - stretch.began).total_seconds()
    _add(told, stretch.began, "typed", text, seconds=seconds, removed=gone, added=come)


def _idle(told: _Log, at: datetime) -> None:
    if told.latest is None or (at - told.latest).total_seconds() < IDLE:
        return
    _settle(told)
    seconds = (at - told.latest).total_seconds()
    text = "Away from this question for" if told.has_left else "Nothing was changed for"
    _add(told, told.latest, "idle", f"{text} {wording.length(seconds)}", seconds=seconds)


def _where(player: tapes.Player, file: int) -> str:
    path = player.path(file)
    return f" in {path}" if path else ""


def _add(
    told: _Log,
    at: datetime,
    kind: str,
    text: str,
    *,
    seconds: float | None = None,
    removed: Sequence[str] = (),
    added: Sequence[str] = (),
) -> None:
    told.lines.append(Line(told.since(at), kind, text, seconds, "", removed, added))


def _run(told: _Log, run: Run) -> Line:
    return Line(told.since(run.at), "sent" if run.is_sent else "run", run.text, sign=run.sign)


def _event(told: _Log, event: Event) -> Line:
    text, note = wording.sentence(event), wording.note(event)
    return Line(told.since(event.at), event.kind, text, event.seconds, note=note, event=event.key)


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and those that came: what lies between the beginning and the end that two texts share."""
    old, new = before.split("\n"), after.split("\n")
    most = min(len(old), len(new))
    start = next((i for i in range(most) if old[i] != new[i]), most)
    end = next((i for i in range(most - start) if old[-1 - i] != new[-1 - i]), most - start)
    return old[start : len(old) - end], new[start : len(new) - end]
