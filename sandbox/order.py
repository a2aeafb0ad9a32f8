"""When an agent may send which frame: the order between one agent and who speaks with it, for one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.frames import Frame, FrameError
from sandbox.shapes import check_from_agent

MAX_QUESTIONS = 256  # of a session's that wait for a reply: no more threads can wait for one


@dataclass
class _Session:
    asks: set[int] = field(default_factory=set)  # open asks to the session
    callbacks: set[str] = field(default_factory=set)  # open asks of the session
    last_callback: int = 0
    is_opened: bool = False
    is_ended: bool = False
    is_closing: bool = False


class AgentOrder:
    """What was said so far, which decides what may come next.

    Tell it of every order on its way to the agent (`sent`), and pass every frame of the agent through `checked`.
    """

    def __init__(self) -> None:
        self._sessions: dict[int, _Session] = {}
        self._is_loaded = False

    @property
    def is_busy(self) -> bool:
        """Whether a session is open that was not closed yet."""
        return bool(self._sessions)

    @property
    def is_wound_up(self) -> bool:
        """Whether every session that is open was asked to close, so that none goes on."""
        return all(session.is_closing for session in self._sessions.values())

    def is_closing(self, number: int) -> bool:
        """Whether this session was asked to close, which kills it."""
        return number in self._sessions and self._sessions[number].is_closing

    def sent(self, frame: Mapping[str, Any]) -> None:
        """Note an order that goes to the agent. Raises `FrameError` when it speaks of a session that is not open."""
        word = frame["op"]
        if word == "load":
            return
        number = frame["s"]
        if word == "open":
            if number in self._sessions:
                msg = f"session {number} is opened twice"
                raise FrameError(msg)
            self._sessions[number] = _Session()
            return
        session = self._sessions.get(number)
        if session is None or session.is_closing:
            msg = f"{word}: session {number} is not open"
            raise FrameError(msg)
        if word == "ask":
            session.asks.add(frame["id"])
        elif word == "reply":
            session.callbacks.discard(frame["id"])
        elif word == "close":
            session.is_closing = True

    def checked(self, frame: Frame) -> Frame:
        """The same frame when its shape is one of `FROM_AGENT` and it may come now; else `FrameError`."""
        word = check_from_agent(frame)
        if word in {"ready", "loaded"}:
            if word == "loaded" and self._is_loaded:
                msg = "loaded comes twice"
                raise FrameError(msg)
            self._is_loaded = self._is_loaded or word == "loaded"
            return frame
        session = self._sessions.get(frame["s"])
        if session is None:
            msg = f"{word}: no session {frame['s']} is open"
            raise FrameError(msg)
        getattr(self, f"_{word}")(session, frame)
        return frame

    @staticmethod
    def _opened(session: _Session, _frame: Frame) -> None:
        if session.is_opened:
            msg = "opened comes twice"
            raise FrameError(msg)
        session.is_opened = True

    @staticmethod
    def _answer(session: _Session, frame: Frame) -> None:
        if session.is_ended or frame["id"] not in session.asks:
            msg = f"an answer to ask {frame['id']}, which is not open"
            raise FrameError(msg)
        session.asks.remove(frame["id"])

    @staticmethod
    def _ask(session: _Session, frame: Frame) -> None:
        number = int(frame["id"][1:])
        if session.is_ended or number <= session.last_callback:
            msg = f"a question {frame['id']} out of order"
            raise FrameError(msg)
        if len(session.callbacks) >= MAX_QUESTIONS:
            msg = f"more than {MAX_QUESTIONS} questions wait for a reply"
            raise FrameError(msg)
        session.last_callback = number
        session.callbacks.add(frame["id"])

    @staticmethod
    def _output(_session: _Session, _frame: Frame) -> None:
        """Output may come at any time until the session is closed: a child may outlive its parent."""

    @staticmethod
    def _broke(_session: _Session, frame: Frame) -> None:
        msg = f"the program wrote into the answer channel: {frame['reason'][:200]}"
        raise FrameError(msg)

    @staticmethod
    def _ended(session: _Session, _frame: Frame) -> None:
        if session.is_ended:
            msg = "ended comes twice"
            raise FrameError(msg)
        session.is_ended = True

    def _closed(self, session: _Session, frame: Frame) -> None:
        if not session.is_closing:
            msg = "closed without having been asked to"
            raise FrameError(msg)
        del self._sessions[frame["s"]]
