"""A mail server in this process, which takes mails, refuses them, or goes away in the middle of one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class PostOffice:
    """What arrived, and what to say to the next ones: each answer in `answers` is used once, by RCPT or DATA."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.rcpt_answers: list[str] = []
        self.data_answers: list[str] = []
        self.is_cut_off = False
        self.port = 0
        self._lock = threading.Lock()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        with self._lock:
            if self.rcpt_answers:
                return self.rcpt_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        with self._lock:
            if self.data_answers:
                return self.data_answers.pop(0)
            self.mails.append(envelope)
        if self.is_cut_off:
            transport: Any = server.transport
            transport.abort()
        return "250 OK"

    def settings(self) -> dict[str, Any]:
        """What an application needs to know to send by it."""
        return {
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": self.port,
            "MAIL_TLS": "none",
            "MAIL_FROM": "quizapp <quiz@example.org>",
            "PUBLIC_URL": "http://localhost",
        }


class _Counter(Controller):
    """Listens where the system finds a free port, and waits as long as a busy machine needs."""

    def _trigger_server(self) -> None:
        listening: Any = self.server
        self.port = listening.sockets[0].getsockname()[1]
        with socket.create_connection((self.hostname, self.port), 60) as caller:
            caller.recv(1024)


@contextmanager
def open_office() -> Iterator[PostOffice]:
    """A post office for the length of a `with` block."""
    office = PostOffice()
    counter = _Counter(office, hostname="127.0.0.1", port=0, ready_timeout=120)
    counter.start()
    office.port = counter.port
    try:
        yield office
    finally:
        counter.stop()
