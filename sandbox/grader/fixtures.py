"""The fixtures that tests of candidates' code may use, as a pytest plugin. `README.md` shows each with an example."""

from __future__ import annotations

import io
import itertools
import pathlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.grader.client import RemoteClient, client_for
from sandbox.grader.context import run
from sandbox.grader.imports import RemoteModule
from sandbox.grader.visitors import Exposed
from sandbox.grader.visitors import expose as expose_object

if TYPE_CHECKING:
    from sandbox.grader.sessions import Session

_numbers = itertools.count(1)


@dataclass(frozen=True)
class LogRecord:
    """One log record of the candidate's code."""

    name: str
    levelno: int
    levelname: str
    message: str
    exc_text: str  # the traceback, when the record has one
    extra: Mapping[str, Any]

    def getMessage(self) -> str:  # noqa: N802 - the name it has in the logging module
        """The message with its arguments filled in."""
        return self.message

    @property
    def exc_info(self) -> bool:
        """Whether the record has a traceback."""
        return bool(self.exc_text)


class Logs:
    """The log records of the test's session, from its beginning."""

    def __init__(self) -> None:
        self._since = 0

    @property
    def records(self) -> list[LogRecord]:
        """All records since the beginning or the last `clear()`."""
        session = run().sessions.current()
        found = session.raw({"do": "logs", "since": self._since}).get("records")
        try:
            return [
                LogRecord(**{key: item[key] for key in LogRecord.__dataclass_fields__})
                for item in found or []
            ]
        except (TypeError, KeyError) as error:
            raise session.broken() from error

    @property
    def messages(self) -> list[str]:
        """The messages of all records."""
        return [record.message for record in self.records]

    @property
    def text(self) -> str:
        """All records, one a line, with tracebacks: LEVEL name message."""
        return "\n".join(
            f"{r.levelname} {r.name} {r.message}{r.exc_text and chr(10) + r.exc_text}" for r in self.records
        )

    def clear(self) -> None:
        """Forget the records so far."""
        self._since += len(self.records)

    def __iter__(self) -> Iterator[LogRecord]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index: int) -> LogRecord:
        return self.records[index]


@dataclass(frozen=True)
class CommandOutcome:
    """What one of the application's commands did."""

    exit_code: int
    output: str
    stdout: str
    stderr: str
    exception: BaseException | None


class Runner:
    """Runs commands of the candidate's Flask application, as `flask ...` would."""

    def __init__(self, app: Any = None) -> None:
        self._app = app

    def invoke(
        self,
        args: str | list[str],
        input: str | None = None,  # noqa: A002 - click's name
        env: dict[str, str] | None = None,
    ) -> CommandOutcome:
        """Run one command; `args` as a list of words or as one text."""
        from sandbox.grader import visitors  # noqa: PLC0415

        session = run().sessions.current()
        words = args.split() if isinstance(args, str) else [str(word) for word in args]
        body = {"do": "cli", "args": words, "input": input, "variables": env}
        if self._app is not None:
            body["app"] = visitors.form(self._app, session)
        found = session.value(body)
        if type(found) is not dict or not isinstance(found.get("exception"), BaseException | None):
            raise session.broken()
        try:
            if [type(found[name]) for name in ("exit_code", "output", "stdout", "stderr")] != [
                int,
                str,
                str,
                str,
            ]:
                raise session.broken()
            return CommandOutcome(**found)
        except (TypeError, KeyError) as error:
            raise session.broken() from error


class RemotePath(pathlib.PurePosixPath):
    """A path on the candidate's side: its names are plain, what it reads and writes is there."""

    __slots__ = ()

    def _quizapp_path_form(self) -> dict[str, str]:
        return {"p": str(self)}

    def _there(self, name: str, *args: Any, **kwargs: Any) -> Any:
        session = run().sessions.current()
        return session.call({"do": "path", "path": str(self), "name": name}, args, kwargs)

    def read_text(self, encoding: str = "utf-8") -> str:
        """The text of the file."""
        return str(self._exactly(self._there("read_text", encoding=encoding), str))

    def read_bytes(self) -> bytes:
        """The bytes of the file."""
        return bytes(self._exactly(self._there("read_bytes"), bytes))

    @staticmethod
    def _exactly(value: Any, kind: type) -> Any:
        if type(value) is not kind:
            raise run().sessions.current().broken()
        return value

    def write_text(self, text: str, encoding: str = "utf-8") -> int:
        """Write a text file."""
        return int(self._there("write_text", text, encoding=encoding))

    def write_bytes(self, content: bytes) -> int:
        """Write a file of bytes."""
        return int(self._there("write_bytes", content))

    def exists(self) -> bool:
        """Whether there is something at the path."""
        return self._there("exists") is True

    def is_file(self) -> bool:
        """Whether the path is a file."""
        return self._there("is_file") is True

    def is_dir(self) -> bool:
        """Whether the path is a folder."""
        return self._there("is_dir") is True

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """Make a folder."""
        self._there("mkdir", mode, parents, exist_ok)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove a file."""
        self._there("unlink", missing_ok)

    def stat(self) -> Any:
        """Size (`st_size`) and time (`st_mtime`) of the file."""
        return type("stat", (), self._there("stat"))

    def iterdir(self) -> Iterator[RemotePath]:
        """What lies in the folder."""
        return iter([RemotePath(path) for path in self._there("iterdir")])

    def glob(self, pattern: str) -> Iterator[RemotePath]:
        """What lies in the folder and matches."""
        return iter([RemotePath(path) for path in self._there("glob", pattern)])

    def rglob(self, pattern: str) -> Iterator[RemotePath]:
        """What lies anywhere below the folder and matches."""
        return iter([RemotePath(path) for path in self._there("rglob", pattern)])

    def touch(self) -> None:
        """Make an empty file."""
        self._there("touch")

    def resolve(self) -> RemotePath:
        """The path without links."""
        return RemotePath(self._there("resolve"))

    @contextmanager
    def open(self, mode: str = "r", encoding: str = "utf-8") -> Iterator[Any]:
        """A file of the candidate's side, read when it is opened and written when it is closed."""
        is_binary = "b" in mode
        old: Any = b"" if is_binary else ""
        if not mode.startswith(("w", "x")) and ("a" not in mode or self.exists()):
            old = self.read_bytes() if is_binary else self.read_text(encoding)
        file: Any = io.BytesIO(old) if is_binary else io.StringIO(old)
        file.seek(0, 2 if "a" in mode else 0)
        yield file
        if set(mode) & set("wax+"):
            (self.write_bytes if is_binary else self.write_text)(file.getvalue())


class Files:
    """The folder with the submitted files, on the candidate's side. Written before the first import, files count for it."""

    @property
    def root(self) -> RemotePath:
        """The folder."""
        return RemotePath(
            str(run().sessions.current().value({"do": "path", "path": ".", "name": "resolve"}, touches=False))
        )

    def path(self, name: str) -> RemotePath:
        """A path in the folder."""
        return RemotePath(name)

    def read(self, name: str) -> str:
        """The text of a file."""
        return RemotePath(name).read_text()

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file, and the folders above it."""
        path = RemotePath(name)
        if str(path.parent) != ".":
            RemotePath(str(path.parent)).mkdir(parents=True, exist_ok=True)
        path.write_bytes(content) if isinstance(content, bytes) else path.write_text(content)

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return RemotePath(name).exists()

    def list(self, folder: str = ".") -> list[str]:
        """The paths of all files below the folder, sorted."""
        found: list[str] = RemotePath(folder)._there("list")  # noqa: SLF001 - our own class
        return found

    def __contains__(self, name: str) -> bool:
        return self.exists(name)


class Output:
    """What the test's session printed, from its beginning."""

    @staticmethod
    def _found() -> dict[str, Any]:
        return run().sessions.current().raw({"do": "output"})

    @property
    def stdout(self) -> str:
        """Standard output."""
        return str(self._found().get("stdout", ""))

    @property
    def stderr(self) -> str:
        """Standard error."""
        return str(self._found().get("stderr", ""))


class Process:
    """A fresh process with the candidate's files: the same folder, nothing of the other process's memory."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def load(self, module: str = "app") -> RemoteModule:
        """Import a module there. An exception of the import is raised as it is."""
        made = RemoteModule(module, self._session)
        made._quizapp_load()  # noqa: SLF001 - our own class
        return made

    def client(self, app: Any = None, **kwargs: Any) -> RemoteClient:
        """A test client over the application there."""
        return client_for(self._session, app, **kwargs)

    def close(self) -> None:
        """End the process."""
        self._session.close()


class Processes:
    """Makes further fresh processes: `session(env={...})`."""

    def __call__(self, env: Mapping[str, str | None] | None = None) -> Process:
        session = run().sessions.further()
        if env:
            session.raw({"do": "env", "env": dict(env)}, touches=True)
        return Process(session)


@pytest.fixture
def client() -> RemoteClient:
    """A test client over the candidate's application (`app`, `application` or `create_app()` of `app.py`)."""
    return client_for(None, None)


@pytest.fixture
def make_client() -> Callable[..., RemoteClient]:
    """Makes further clients, of the same application or of one that the test made."""

    def make(app: Any = None, **kwargs: Any) -> RemoteClient:
        return client_for(None, app, **kwargs)

    return make


@pytest.fixture
def runner() -> Runner:
    """Runs the commands of the candidate's application."""
    return Runner()


@pytest.fixture
def make_runner() -> Callable[..., Runner]:
    """Makes a runner for an application that the test made."""
    return Runner


@pytest.fixture
def logs() -> Logs:
    """The candidate's log records."""
    return Logs()


@pytest.fixture
def output() -> Output:
    """What the candidate's code printed."""
    return Output()


@pytest.fixture
def session() -> Processes:
    """Makes further fresh processes with the candidate's files."""
    return Processes()


@pytest.fixture
def files() -> Files:
    """The folder with the candidate's files."""
    return Files()


@pytest.fixture
def tmp_path() -> RemotePath:
    """An empty folder on the candidate's side."""
    found = (
        run().sessions.current().value({"do": "temporary", "name": f"test-{next(_numbers)}"}, touches=True)
    )
    return RemotePath(str(found))


@pytest.fixture
def expose() -> Callable[..., Exposed]:
    """What to pass to the candidate's code in the place of an object: `expose(fake, "read", "write")`."""
    return expose_object


@pytest.fixture
def probe() -> Callable[..., RemoteModule]:
    """Runs source text of the test beside the candidate's code and gives it as a module: for what cannot cross.

    The candidate's code can see it, so it holds no secrets; what it gives is believed as little as the candidate's code.
    """

    def make(source: str, name: str = "probe") -> RemoteModule:
        import textwrap  # noqa: PLC0415

        current = run().sessions.current()
        current.value({"do": "module", "name": name, "source": textwrap.dedent(source)})
        made = RemoteModule(name, current)
        made._quizapp_load()  # noqa: SLF001 - our own class
        return made

    return make
