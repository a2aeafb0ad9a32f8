"""An editor's side of the language server protocol, as much of it as completing and flagging takes."""

from __future__ import annotations

import json
import os
import select
import subprocess
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "node_modules" / ".bin" / "yaml-language-server"
# Nothing is fetched: the schema is the file that the first line of a question names.
SETTINGS = {"completion": True, "validate": True, "hover": True, "schemaStore": {"enable": False}}
PATIENCE = 120.0  # seconds for one message, on however busy a machine


class Editor:
    """Starts a YAML language server of its own and types into one file of a folder of questions."""

    def __init__(self, path: Path) -> None:
        self.uri = path.as_uri()
        self.version = 0
        self.numbers = iter(range(1, 1_000_000))
        self.buffer = b""
        # The machine's Node.js, or the one that the set-up puts beside Python.
        search = f"{ROOT / '.venv' / 'node'}:{os.environ['PATH']}"
        self.process = subprocess.Popen(
            [SERVER, "--stdio"],
            env=os.environ | {"PATH": search},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        root = path.parents[2].as_uri()
        can: dict[str, Any] = {"textDocument": {"completion": {}, "hover": {}, "publishDiagnostics": {}}}
        self.ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": root,
                "capabilities": can | {"workspace": {"configuration": True}},
            },
        )
        self.tell("initialized", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def type(self, text: str) -> list[dict[str, Any]]:
        """Put a text into the file; gives what the server flags in it.

        Flags do not say of which text they are, so each text ends with a wrong key of its own, which is left out again.
        """
        self.version += 1
        probe = f"probe{self.version}"
        typed = f"{text}{probe}: 1\n"
        document = {"uri": self.uri, "version": self.version}
        if self.version == 1:
            self.tell(
                "textDocument/didOpen", {"textDocument": document | {"languageId": "yaml", "text": typed}}
            )
        else:
            self.tell(
                "textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": typed}]}
            )
        while True:
            message = self.next()
            told = message.get("params", {}).get("diagnostics", [])
            if any(f"{probe} " in one["message"] for one in told):
                return [one for one in told if f"{probe} " not in one["message"]]

    def completions(self, line: int, column: int) -> dict[str, dict[str, Any]]:
        """What the server offers at a place (from 0), by label."""
        answer = self.ask("textDocument/completion", self._at(line, column))
        items = answer["items"] if isinstance(answer, dict) else answer
        return {item["label"]: item for item in items}

    def hover(self, line: int, column: int) -> str:
        """What the server says of a place."""
        return json.dumps(self.ask("textDocument/hover", self._at(line, column)))

    def _at(self, line: int, column: int) -> dict[str, Any]:
        return {"textDocument": {"uri": self.uri}, "position": {"line": line, "character": column}}

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """Send a request and give its answer."""
        number = next(self.numbers)
        self.send({"id": number, "method": method, "params": params})
        while True:
            message = self.next()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def tell(self, method: str, params: dict[str, Any]) -> None:
        """Send a notification."""
        self.send({"method": method, "params": params})

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0"} | message).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def next(self) -> dict[str, Any]:
        """The next message; what the server itself asks is answered with nothing."""
        while b"\r\n\r\n" not in self.buffer:
            self._fill()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(self.buffer) < length:
            self._fill()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        message: dict[str, Any] = json.loads(body)
        if "id" in message and "method" in message:
            sections = [item.get("section") for item in message.get("params", {}).get("items", [])]
            answer = [SETTINGS if section == "yaml" else None for section in sections]
            self.send({"id": message["id"], "result": answer or None})
        return message

    def _fill(self) -> None:
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        piece = os.read(self.process.stdout.fileno(), 65536) if ready else b""
        assert piece, "the language server says nothing more"
        self.buffer += piece
