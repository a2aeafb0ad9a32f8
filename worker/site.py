"""The programs that make up a site on one machine: how each is started, with which rights and which environment."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from worker import launch
from worker.preflight import Account
from worker.processes import Spec, Tells

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Site:
    """Where a site keeps its things and who runs it. All paths are absolute."""

    var: Path
    run: Path
    account: Account | None
    redis_url: str

    @property
    def broker_socket(self) -> Path:
        return self.run / "broker.sock"

    @property
    def question_roots(self) -> list[str]:
        named = os.environ.get("QUIZAPP_QUESTIONS") or str(ROOT / "questions")
        return [str(Path(root).resolve()) for root in named.split(os.pathsep) if root]

    def environment(self) -> dict[str, str]:
        """What every program of the site is told."""
        own = {
            "QUIZAPP_VAR": str(self.var),
            "QUIZAPP_REDIS_URL": self.redis_url,
            "QUIZAPP_BROKER_SOCKET": str(self.broker_socket),
            "QUIZAPP_QUESTIONS": os.pathsep.join(self.question_roots),
            "PYTHONUNBUFFERED": "1",
        }
        return {**os.environ, **own}

    def redis(self, command: Sequence[str]) -> Spec:
        """The embedded Redis server."""
        confined = self._unprivileged(command, niceness=BEFORE_RUNS)
        return Spec("redis", confined, self._modest_environment(), tells=Tells.NOTHING)

    def prepare(self, pipe: int, *, with_demo: bool) -> Spec:
        """Database, questions and demo accounts; writes the accounts as JSON into `pipe`."""
        command = [sys.executable, "-m", "worker.prepare", "--accounts-to", str(pipe)]
        if not with_demo:
            command.append("--no-demo")
        return Spec(
            "prepare",
            self._unprivileged(command),
            self._modest_environment(),
            tells=Tells.EVERYTHING,
            files=(pipe,),
        )

    def build(self, *, is_quiet: bool) -> Spec:
        """The sandbox images."""
        tells = Tells.NOTHING if is_quiet else Tells.EVERYTHING
        return Spec(
            "images", self._privileged([*_QUIZAPP, "sandbox", "build"]), self.environment(), tells=tells
        )

    def broker(self) -> Spec:
        """The only program that reaches Docker. The end of its stdin ends it, whatever happened to us."""
        environment = self.environment()
        if self.account is not None:
            environment.setdefault("QUIZAPP_SANDBOX_ALLOWED_UIDS", str(self.account.uid))
            environment.setdefault("QUIZAPP_SANDBOX_ALLOWED_GIDS", str(self.account.gid))
        command = [*_QUIZAPP, "sandbox", "broker", "--until-stdin-closes"]
        return Spec("sandbox", self._privileged(command), environment, patience=30, ends_with_stdin=True)

    def workers(self, count: int) -> Spec:
        """The processes that grade."""
        command = [*_QUIZAPP, "worker", "--live", str(count)]
        return Spec("worker", self._unprivileged(command), self._modest_environment(), patience=35)

    def web(self, listener: int, processes: int) -> Spec:
        """The web server, on a socket that is open already."""
        command = [
            *(sys.executable, "-m", "gunicorn", "quizapp:create_app()"),
            *("--bind", f"fd://{listener}"),
            *("--workers", str(processes), "--graceful-timeout", "5"),
            *("--config", "python:quizapp.web_process"),
        ]
        confined = self._unprivileged(command, niceness=BEFORE_RUNS)
        return Spec("web", confined, self._modest_environment(), files=(listener,))

    def _modest_environment(self) -> dict[str, str]:
        """Without what only the broker needs, and with a home that the unprivileged user has."""
        environment = {
            key: value for key, value in self.environment().items() if not key.startswith("DOCKER_")
        }
        return environment | {"HOME": str(self.var)} if self.account else environment

    def _privileged(self, command: Sequence[str]) -> list[str]:
        return _launched(launch.Launch(parent=os.getpid(), folder=str(ROOT)), command)

    def _unprivileged(self, command: Sequence[str], niceness: int = 0) -> list[str]:
        if self.account is None:
            return self._privileged(command)
        code = {str(ROOT), sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parent)}
        return _launched(
            launch.Launch(
                parent=os.getpid(),
                folder=str(ROOT),
                uid=self.account.uid,
                gid=self.account.gid,
                readable=sorted({*code, *self.question_roots, *_secret_files(os.environ)}),
                writable=sorted({str(self.var), str(self.run)}),
                niceness=niceness,
            ),
            command,
        )


# Where processors are short, pages and saves go before runs of code: their clocks go on, and a verdict may come later. The
# kernel shares out by groups, and the share of one with five busy processes is split among the processors: at -10 each
# of them still stood behind the containers half of the time, beside a thousand candidates.
BEFORE_RUNS = -19

_QUIZAPP = (sys.executable, "-m", "quizapp.cli")


def _launched(spec: launch.Launch, command: Sequence[str]) -> list[str]:
    return [sys.executable, "-I", "-S", launch.__file__, json.dumps(asdict(spec)), *command]


def _secret_files(environment: Mapping[str, str]) -> list[str]:
    return [
        str(Path(value).resolve())
        for name, value in environment.items()
        if name.startswith("QUIZAPP_") and name.endswith("_FILE") and Path(value).exists()
    ]
