"""The broker as a process: who may ask, who comes first, what happens when somebody goes away."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from sandbox import frames
from sandbox.client import ASKING_BYTES, BrokerClient, BrokerUnavailable, Line, LocalBroker, RunLost
from sandbox.engine import Engine, EngineError
from sandbox.protocol import PROTOCOL_VERSION, Health, Limits, Outcome, Priority, Program, Status
from tests.sandbox.conftest import ROOT, RunningBroker

pytestmark = pytest.mark.docker

StartBroker = Callable[..., RunningBroker]
SLEEPER = Program(files={"app.py": "import time\ntime.sleep(40)"})
QUICK = Program(files={"app.py": "print('quick')"})


def containers_of(engine: Engine, broker: RunningBroker, *labels: str) -> list[str]:
    path = str(broker.socket)
    found = engine.containers("app=quizapp", "quizapp.broker", *labels)
    return [one["Id"] for one in found if f" {path} " in one["Labels"]["quizapp.broker"]]


def ask(broker: RunningBroker, program: Program = SLEEPER) -> socket.socket:
    """Ask for a run and leave the connection open."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(str(broker.socket))
    limits = Limits(wall_seconds=50).to_json()  # so long there is to see that it runs, and who waits
    question = {
        "op": "run",
        "version": PROTOCOL_VERSION,
        "program": program.to_json(),
        "limits": limits,
        "user": "u",
    }
    connection.sendall(frames.encode(question, ASKING_BYTES))
    return connection


class Asking:
    """A run asked for in a thread: its outcome, or why there is none."""

    def __init__(
        self, client: BrokerClient, program: Program, limits: Limits | None = None, line: Line | None = None
    ) -> None:
        self.user = uuid.uuid4().hex
        self.has_printed = threading.Event()
        self._answer: Outcome | BrokerUnavailable | None = None
        self._thread = threading.Thread(target=self._ask, args=(client, program, limits, line), daemon=True)
        self._thread.start()

    def _ask(self, client: BrokerClient, program: Program, limits: Limits | None, line: Line | None) -> None:
        try:
            self._answer = client.run(
                program, limits, user=self.user, on_output=lambda *_: self.has_printed.set(), line=line
            )
        except BrokerUnavailable as problem:
            self._answer = problem

    def ended(self) -> Outcome | BrokerUnavailable | None:
        self._thread.join(timeout=300)
        return self._answer


def candidate_of(broker: RunningBroker, asking: Asking) -> str:
    """The candidate container of a run whose code has printed something."""
    assert asking.has_printed.wait(300)
    found = re.search(rf"container (\w+) runs a program of '{asking.user}'", broker.log.read_text())
    assert found
    return found[1]


def _has_waiting(count: int, health: Health) -> bool:
    return health.waiting == count


def test_health_tells_the_engine_and_the_pool(broker: RunningBroker) -> None:
    health = broker.wait_until(lambda health: health.pool_ready == 4)
    assert health.ready
    assert health.reason == ""
    assert health.engine.startswith("Docker ")
    assert len(health.fingerprint) == 16


def test_every_container_is_labelled_and_hardened(broker: RunningBroker, engine: Engine) -> None:
    broker.wait_until(lambda health: health.pool_ready == 4)
    for container in containers_of(engine, broker):
        with engine._calling() as docker:
            facts = docker.inspect_container(container)
        host = facts["HostConfig"]
        assert facts["Config"]["Labels"]["app"] == "quizapp"
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert not host["Binds"]
        assert not facts["Mounts"]
        assert not host["Privileged"]
        assert host["Memory"] == host["MemorySwap"] > 0
        assert host["PidsLimit"] > 0
        assert host["NetworkMode"] == "none" or host["NetworkMode"].startswith("container:")
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert not [option for option in host["SecurityOpt"] if "unconfined" in option]
        assert host["LogConfig"]["Type"] == "none"


def test_programs_and_their_tests_reach_themselves_by_name(broker: RunningBroker) -> None:
    source = """
import socket
with socket.create_server(("localhost", 0)) as server:
    with socket.create_connection(("localhost", server.getsockname()[1]), timeout=5) as client:
        print(server.accept()[1] == client.getsockname())
"""
    outcome = broker.client.run(Program(files={"app.py": source}))
    assert (outcome.stdout, outcome.stderr) == ("True\n", "")
    test = (
        "def test_names():\n    import socket\n    assert socket.gethostbyname('localhost') == '127.0.0.1'\n"
    )
    outcome = broker.client.run(Program(files={"app.py": "x = 1\n"}, tests={"test_app.py": test}))
    assert [one.status.value for one in outcome.tests] == ["passed"], outcome.tests


def test_the_socket_is_for_its_owner_and_group_only(broker: RunningBroker) -> None:
    assert broker.socket.stat().st_mode & 0o777 == 0o660


def test_another_user_is_refused_even_with_a_way_to_the_socket(start_broker: StartBroker) -> None:
    broker = start_broker(QUIZAPP_SANDBOX_POOL_SIZE="1", QUIZAPP_SANDBOX_MAX_RUNNING="1")
    broker.wait_until(lambda health: health.ready)
    broker.socket.chmod(0o666)
    for folder in (broker.socket.parent, broker.socket.parent.parent):
        folder.chmod(0o755)
    # Imported before the change of user, who may have no way to the interpreter's files.
    script = "import os\nfrom sandbox.client import BrokerClient, BrokerUnavailable\nos.setgid(65534)\nos.setuid(65534)\n"
    script += "from sandbox.protocol import Program\n"
    # One question fits into the socket's buffer and one does not: the broker ends the conversation in its midst.
    large = "Program(files={'app.py': ' ' * 4_000_000})"
    for question in ("health()", f"run({large})"):
        script += f"try: BrokerClient({str(broker.socket)!r}).{question}\n"
        script += "except BrokerUnavailable as error: print(type(error).__name__, error)\n"
    asked = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    refused = "BrokerUnavailable user 65534 may not use this sandbox"
    assert [line.startswith(refused) for line in asked.stdout.splitlines()] == [True, True], asked
    broker.stop()


def test_an_asker_that_goes_away_ends_its_run(broker: RunningBroker) -> None:
    broker.wait_until(lambda health: health.running == 0)
    connection = ask(broker)
    broker.wait_until(lambda health: health.running == 1)
    known = len(broker.log.read_text())
    connection.close()
    broker.wait_until(lambda health: health.running == 0)
    assert "by the wall clock" not in broker.log.read_text()[known:], "it ran until its time was over"


def test_an_asker_that_goes_away_while_it_waits_leaves_the_queue(broker: RunningBroker) -> None:
    broker.wait_until(lambda health: health.running == 0)
    askers = [ask(broker) for _ in range(6)]
    broker.wait_until(lambda health: health.running == 4 and health.waiting == 2)
    for asker in askers[4:]:
        asker.close()
    broker.wait_until(lambda health: health.waiting == 0 or health.running < 4)
    for asker in askers[:4]:
        asker.close()
    broker.wait_until(lambda health: health.running == 0 and health.waiting == 0)


def test_people_are_served_before_bulk_work(start_broker: StartBroker) -> None:
    broker = start_broker(QUIZAPP_SANDBOX_POOL_SIZE="2", QUIZAPP_SANDBOX_MAX_RUNNING="1")
    broker.wait_until(lambda health: health.ready)

    def run(priority: Priority) -> None:
        broker.client.run(QUICK, priority=priority, user=priority.value)

    holder = ask(broker)
    broker.wait_until(lambda health: health.running == 1)
    threads = []
    for count, priority in enumerate((Priority.BULK, Priority.EXPIRY, Priority.LIVE), start=1):
        threads.append(threading.Thread(target=run, args=(priority,)))
        threads[-1].start()
        broker.wait_until(partial(_has_waiting, count))
    holder.close()
    for thread in threads:
        thread.join()
    order = re.findall(r"runs a program of '(live|expiry|bulk)'", broker.log.read_text())
    assert order == ["live", "expiry", "bulk"]
    broker.stop()


def test_two_runs_never_share_a_container(broker: RunningBroker) -> None:
    where = Program(files={"app.py": "print(open('/proc/self/mountinfo').read())"})
    seen: list[str] = []
    threads = [
        threading.Thread(target=lambda: seen.append(broker.client.run(where).stdout)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    roots = [next(line for line in text.splitlines() if " / / " in line) for text in seen]
    assert len(set(roots)) == 8


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_broker_that_is_stopped_leaves_nothing(
    start_broker: StartBroker, engine: Engine, number: int
) -> None:
    broker = start_broker(
        QUIZAPP_SANDBOX_POOL_SIZE="2", QUIZAPP_SANDBOX_MAX_RUNNING="2", QUIZAPP_SANDBOX_DRAIN_SECONDS="1"
    )
    broker.wait_until(lambda health: health.ready)
    connection = ask(broker)
    broker.wait_until(lambda health: health.running == 1)
    broker.process.send_signal(number)
    assert broker.process.wait(timeout=150) == 0
    assert containers_of(engine, broker) == []
    assert not broker.socket.exists()
    connection.close()


def test_what_a_killed_broker_left_is_swept_by_the_next(start_broker: StartBroker, engine: Engine) -> None:
    broker = start_broker(QUIZAPP_SANDBOX_POOL_SIZE="1", QUIZAPP_SANDBOX_MAX_RUNNING="1")
    broker.wait_until(lambda health: health.ready)
    broker.process.kill()
    broker.process.wait()
    left = set(containers_of(engine, broker))
    assert left
    following = start_broker(QUIZAPP_SANDBOX_POOL_SIZE="1", QUIZAPP_SANDBOX_MAX_RUNNING="1")
    following.wait_until(lambda health: health.ready)
    assert not left & {one["Id"] for one in engine.containers("app=quizapp")}
    following.stop()


def test_a_second_broker_does_not_take_the_socket_of_a_living_one(broker: RunningBroker) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "sandbox.cli", "broker"],
        cwd=ROOT,
        env=os.environ | {"QUIZAPP_BROKER_SOCKET": str(broker.socket)},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert second.returncode == 2
    assert "listens" in second.stderr
    assert broker.client.health().ready


class Gate:
    """A way to the engine that can be shut: passes connections on to the real socket."""

    def __init__(self, path: Path, engine: str) -> None:
        self.path = path
        self._engine = engine
        self._pairs: list[socket.socket] = []
        self._listener: socket.socket | None = None

    def open(self) -> None:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self.path))
        self._listener.listen(64)
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def shut(self) -> None:
        assert self._listener is not None
        for end in (self._listener, *self._pairs):
            with contextlib.suppress(OSError):  # closed by its other end
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._pairs.clear()
        self.path.unlink()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            far.connect(self._engine)
            self._pairs += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while chunk := source.recv(65536):
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return


def test_the_broker_starts_without_an_engine_and_serves_once_there_is_one(
    start_broker: StartBroker, socket_folder: Path, engine: Engine
) -> None:
    gate = Gate(socket_folder / "engine.sock", engine.host.removeprefix("unix://"))
    broker = start_broker(
        QUIZAPP_SANDBOX_DOCKER_HOST=f"unix://{gate.path}",
        QUIZAPP_SANDBOX_POOL_SIZE="1",
        QUIZAPP_SANDBOX_MAX_RUNNING="1",
    )
    health = broker.wait_until(lambda health: "does not answer" in health.reason)
    assert not health.ready
    assert "systemctl start docker" in health.reason
    with pytest.raises(BrokerUnavailable, match="does not answer"):
        broker.client.run(QUICK)
    gate.open()
    broker.wait_until(lambda health: health.ready)
    assert broker.client.run(QUICK).stdout == "quick\n"

    connection = ask(broker)
    broker.wait_until(lambda health: health.running == 1)
    gate.shut()
    broker.wait_until(lambda health: not health.ready)
    connection.close()

    gate.open()
    broker.wait_until(lambda health: health.ready)
    assert broker.client.run(QUICK).stdout == "quick\n"
    broker.stop()
    assert containers_of(engine, broker) == []
    gate.shut()


def test_an_engine_that_goes_away_in_a_run_says_nothing_about_the_program(
    start_broker: StartBroker, socket_folder: Path, engine: Engine
) -> None:
    gate = Gate(socket_folder / "engine.sock", engine.host.removeprefix("unix://"))
    gate.open()
    broker = start_broker(
        QUIZAPP_SANDBOX_DOCKER_HOST=f"unix://{gate.path}",
        QUIZAPP_SANDBOX_POOL_SIZE="1",
        QUIZAPP_SANDBOX_MAX_RUNNING="1",
    )
    broker.wait_until(lambda health: health.ready)
    asking = Asking(broker.client, SLEEPER)
    broker.wait_until(lambda health: health.running == 1)
    left = set(containers_of(engine, broker))
    gate.shut()
    assert isinstance(asking.ended(), RunLost)
    broker.wait_until(lambda health: not health.ready)
    gate.open()
    broker.wait_until(lambda health: health.ready)
    assert not left & set(containers_of(engine, broker)), "what was there before the engine went is gone"
    broker.stop()
    assert containers_of(engine, broker) == []
    gate.shut()


def test_a_broker_that_is_stopped_lets_runs_end(start_broker: StartBroker) -> None:
    broker = start_broker(QUIZAPP_SANDBOX_POOL_SIZE="1", QUIZAPP_SANDBOX_MAX_RUNNING="1")
    broker.wait_until(lambda health: health.ready)
    # Long enough for the next one to be seen waiting for it.
    program = Program(files={"app.py": "import time\ntime.sleep(7)\nprint('done')"})
    asking = Asking(broker.client, program, Limits(wall_seconds=40))
    broker.wait_until(lambda health: health.running == 1)
    waiting = Asking(broker.client, QUICK)
    broker.wait_until(lambda health: health.waiting == 1)
    broker.process.terminate()
    outcome = asking.ended()
    assert isinstance(outcome, Outcome)
    assert outcome.stdout == "done\n"
    refused = waiting.ended()
    assert isinstance(refused, BrokerUnavailable)
    assert not isinstance(refused, RunLost)
    assert broker.process.wait(timeout=150) == 0


def test_a_broker_that_may_not_wait_hands_runs_back(start_broker: StartBroker) -> None:
    broker = start_broker(
        QUIZAPP_SANDBOX_POOL_SIZE="1", QUIZAPP_SANDBOX_MAX_RUNNING="1", QUIZAPP_SANDBOX_DRAIN_SECONDS="60"
    )
    broker.wait_until(lambda health: health.ready)
    asking = Asking(broker.client, SLEEPER, Limits(wall_seconds=50))
    broker.wait_until(lambda health: health.running == 1)
    broker.process.terminate()
    time.sleep(0.5)
    assert broker.process.poll() is None, "it waits for the run"
    broker.process.terminate()
    refused = asking.ended()
    assert isinstance(refused, BrokerUnavailable)
    assert "stopping" in str(refused)
    assert not isinstance(refused, RunLost), "the run is no reason to count anything against the program"
    assert broker.process.wait(timeout=150) == 0


def test_a_broker_that_is_killed_loses_the_run_and_says_nothing_about_it(start_broker: StartBroker) -> None:
    broker = start_broker(QUIZAPP_SANDBOX_POOL_SIZE="1", QUIZAPP_SANDBOX_MAX_RUNNING="1")
    broker.wait_until(lambda health: health.ready)
    asking = Asking(broker.client, SLEEPER)
    broker.wait_until(lambda health: health.running == 1)
    broker.process.kill()
    broker.process.wait()
    assert isinstance(asking.ended(), RunLost)


@pytest.mark.parametrize("role", ["candidate", "grader"])
def test_a_container_killed_from_outside_is_our_fault(
    broker: RunningBroker, engine: Engine, role: str
) -> None:
    broker.wait_until(lambda health: health.running == 0)
    tests = {"test_app.py": "import app\n\ndef test_slow():\n    app.slow()\n"}
    program = Program(
        files={"app.py": "import time\n\ndef slow():\n    print('here')\n    time.sleep(8)\n"}, tests=tests
    )
    asking = Asking(broker.client, program, Limits(wall_seconds=30, test_seconds=30))
    victims = [candidate_of(broker, asking)]
    if role == "grader":  # which of them is busy cannot be seen from here
        victims = containers_of(engine, broker, "quizapp.role=grader")
    for victim in victims:
        with contextlib.suppress(EngineError), engine._calling() as docker:  # one may just be starting
            docker.kill(victim)
    outcome = asking.ended()
    assert isinstance(outcome, Outcome)
    assert outcome.status is Status.INTERNAL_ERROR, outcome
    assert broker.client.run(QUICK).stdout == "quick\n"


def test_who_hangs_up_from_another_thread_ends_the_run(broker: RunningBroker) -> None:
    broker.wait_until(lambda health: health.running == 0)
    line = Line()
    asking = Asking(broker.client, SLEEPER, line=line)
    broker.wait_until(lambda health: health.running == 1)
    line.hang_up()
    assert isinstance(asking.ended(), RunLost)
    broker.wait_until(lambda health: health.running == 0)


def test_without_a_broker_the_client_says_what_to_do(socket_folder: Path) -> None:
    with pytest.raises(BrokerUnavailable, match="quizapp sandbox broker"):
        BrokerClient(socket_folder / "none.sock").run(QUICK)


def test_a_question_that_does_not_fit_is_refused(broker: RunningBroker) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(broker.socket))
        connection.sendall(frames.encode({"op": "run", "version": 99}))
        answer = connection.makefile("rb").read()
    assert b"protocol version" in answer


def test_limits_beyond_the_operators_caps_do_not_count(start_broker: StartBroker) -> None:
    broker = start_broker(
        QUIZAPP_SANDBOX_POOL_SIZE="1", QUIZAPP_SANDBOX_MAX_RUNNING="1", QUIZAPP_SANDBOX_MAX_WALL_SECONDS="1"
    )
    broker.wait_until(lambda health: health.ready)
    outcome = broker.client.run(SLEEPER, Limits(wall_seconds=50))
    assert outcome.status is Status.WALL_LIMIT
    assert "after 1 s" in outcome.detail
    broker.stop()


def test_a_local_broker_is_started_when_none_runs_and_ends_with_its_block(
    socket_folder: Path, engine: Engine
) -> None:
    environ = os.environ | {
        "QUIZAPP_BROKER_SOCKET": str(socket_folder / "none.sock"),
        "QUIZAPP_SANDBOX_POOL_SIZE": "1",
    }
    local = LocalBroker(environ=environ)
    with local as client:
        assert local.is_own
        path = str(client.path)
        assert client.run(QUICK).stdout == "quick\n"
    left = [
        one for one in engine.containers("app=quizapp") if path in one["Labels"].get("quizapp.broker", "")
    ]
    assert left == []


def test_a_local_broker_uses_the_running_one(broker: RunningBroker) -> None:
    local = LocalBroker(broker.socket)
    with local as client:
        assert not local.is_own
        assert client.path == broker.socket
