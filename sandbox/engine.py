"""The Docker Engine as the sandbox needs it: the only module that imports docker.

Each thread gets a client of its own. Every call has a short time-out, and every failure is an `EngineError`
(this call went wrong) or an `EngineUnavailable` (there is no engine to talk to), so callers never see docker's
or requests' exceptions.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

import docker.errors
import requests
import urllib3

import docker

PING_SECONDS = 5


class EngineError(Exception):
    """One call to the engine failed; the text is the engine's own."""


class EngineUnavailable(EngineError):
    """The engine does not answer; the text says what to do."""


class NoSuchThing(EngineError):
    """The engine has no container or image of that name."""


class Engine:
    """Calls to one engine. `host` is a DOCKER_HOST address, `timeout` the seconds one call may take."""

    def __init__(self, host: str, timeout: float = 15.0) -> None:
        self.host = host
        self.timeout = timeout
        self._local = threading.local()
        self._version = "auto"
        self._seconds = max(1, round(timeout))
        # Held while a container ends that has a network, be it the empty one: an Engine 20.10 may hang for good when two of
        # them end in the same moment (moby/moby#46661). Those in the network name space of another one have none.
        self.ending_network = threading.Lock()

    def _client(self, timeout: int | None = None) -> Any:
        if timeout is not None:
            return docker.APIClient(base_url=self.host, version=self._version, timeout=timeout)
        client = getattr(self._local, "client", None)
        if client is None:
            client = docker.APIClient(base_url=self.host, version=self._version, timeout=self._seconds)
            # On the way to a socket there is no proxy and no .netrc, which would be looked for at each call.
            client.trust_env = not self.host.startswith("unix:")
            self._version = client.api_version
            self._local.client = client
        return client

    def _drop_clients(self) -> None:
        for name in ("client", "pinging"):
            client = getattr(self._local, name, None)
            setattr(self._local, name, None)
            if client is not None:
                client.close()

    @contextlib.contextmanager
    def _calling(self) -> Iterator[Any]:  # docker-py's types are incomplete
        with self._translated():
            yield self._client()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except docker.errors.NotFound as error:
            raise NoSuchThing(_text(error)) from error
        except docker.errors.APIError as error:
            raise EngineError(_text(error)) from error
        except requests.exceptions.ReadTimeout as error:
            msg = f"The Docker Engine took longer than {self.timeout:g} s over one call"
            raise EngineError(msg) from error
        except (
            docker.errors.DockerException,
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
        ) as error:
            self._drop_clients()
            raise EngineUnavailable(self._advice(error)) from error

    def _advice(self, error: Exception) -> str:
        why = str(error)
        if "Permission" in why:
            cure = "this user has no right to it: join the group docker or run the broker as root"
        elif "FileNotFound" in why or "No such file" in why or "refused" in why:
            cure = "start it (systemctl start docker), or set QUIZAPP_SANDBOX_DOCKER_HOST"
        else:
            cure = f"{why:.200}"
        return f"The Docker Engine at {self.host} does not answer: {cure}"

    # What is there

    def ping(self) -> None:
        """Raise `EngineError` when the engine does not say a word within a few seconds."""
        with self._translated():
            if (client := getattr(self._local, "pinging", None)) is None:
                client = self._local.pinging = self._client(timeout=PING_SECONDS)
            client.ping()

    def facts(self) -> dict[str, Any]:
        """The engine's `info`, as it gives it."""
        with self._calling() as client:
            return dict(client.info())

    def version(self) -> dict[str, Any]:
        """The engine's `version`, with those of its components."""
        with self._calling() as client:
            return dict(client.version())

    def network(self, name: str) -> dict[str, Any]:
        """What the engine knows of a network. Raises `NoSuchThing`."""
        with self._calling() as client:
            return dict(client.inspect_network(name))

    def image(self, name: str) -> dict[str, Any]:
        """What the engine knows of an image. Raises `NoSuchThing`."""
        with self._calling() as client:
            return dict(client.inspect_image(name))

    def containers(self, *labels: str) -> list[dict[str, Any]]:
        """Every container, running or not, that has all these labels."""
        with self._calling() as client:
            return list(client.containers(all=True, filters={"label": list(labels)}))

    # The life of a container

    def create(self, body: Mapping[str, Any], name: str) -> str:
        """Create a container from the engine's own create body; its id."""
        with self._calling() as client:
            return str(client.create_container_from_config(dict(body), name)["Id"])

    def start(self, container: str) -> None:
        with self._calling() as client:
            client.start(container)

    def attach(self, container: str) -> socket.socket:
        """The raw stream of a container's stdin, stdout and stderr, before its start or the first words are lost.

        Whoever holds it must read it or close it: a container that writes into an unread stream cannot be killed.
        """
        with self._calling() as client:
            stream = client.attach_socket(
                container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1, "logs": 0}
            )
        raw: socket.socket = stream._sock if hasattr(stream, "_sock") else stream  # noqa: SLF001 - docker-py gives no public way
        _kept_alive[raw] = stream
        return raw

    def detach(self, stream: socket.socket) -> None:
        """Close an attached stream for good."""
        owner = _kept_alive.pop(stream, None)
        with contextlib.suppress(OSError):
            stream.shutdown(socket.SHUT_RDWR)
        for thing in (owner, getattr(owner, "_response", None), stream):
            if thing is not None:
                with contextlib.suppress(Exception):
                    thing.close()

    def pid(self, container: str) -> int:
        """The process id of a running container on the engine's host."""
        with self._calling() as client:
            return int(client.inspect_container(container)["State"]["Pid"])

    def state(self, container: str) -> dict[str, Any]:
        with self._calling() as client:
            return dict(client.inspect_container(container)["State"])

    def resize(self, container: str, memory: int, pids: int) -> None:
        """Change the memory (bytes, swap included) and pids limits of a container."""
        body = {"Memory": memory, "MemorySwap": memory, "PidsLimit": pids}
        with self._calling() as client:
            url = client._url("/containers/{0}/update", container)  # noqa: SLF001 - docker-py's own call lacks pids
            client._result(client._post_json(url, data=body), json=True)  # noqa: SLF001

    def await_end(self, container: str, seconds: int) -> None:
        """Wait until a container has ended, so many seconds at most."""
        with contextlib.suppress(EngineError), self._calling() as client:
            client.wait(container, timeout=seconds)

    def remove(self, container: str) -> None:
        """Kill and remove a container; returns when it is gone. One that is gone already is no error."""
        with contextlib.suppress(NoSuchThing), self._calling() as client:
            client.remove_container(container, v=True, force=True)

    def events(
        self, labels: list[str], names: list[str], on_open: Callable[[Callable[[], None]], None]
    ) -> Iterator[dict[str, Any]]:
        """The engine's container events of these labels and names, as they come, until the stream breaks.

        `on_open` is given a function that breaks it, for another thread to call.
        """
        with self._translated():
            client = self._client(timeout=86400)
            filters = {"type": ["container"], "label": labels, "event": names}
            stream = client.events(decode=True, filters=filters)
            on_open(stream.close)
            yield from stream

    # Images

    def pull(self, name: str, timeout: int) -> None:
        """Fetch an image from its registry; `timeout` is the seconds without a word that count as a failure."""
        repository, tag = _split(name)
        with self._translated():
            client = self._client(timeout=timeout)
            for line in client.pull(repository, tag=tag, stream=True, decode=True):
                if "error" in line:
                    raise EngineError(line["error"])

    def import_image(self, archive: IO[bytes], name: str) -> None:
        """Make an image of a root file system given as a tar stream."""
        repository, tag = _split(name)
        with self._translated():
            client = self._client(timeout=600)
            url = client._url("/images/create")  # noqa: SLF001 - docker-py reads the whole archive into memory
            params = {"fromSrc": "-", "repo": repository, "tag": tag}
            answer = client._post(url, data=archive, params=params)  # noqa: SLF001
            answer.raise_for_status()
            if "error" in answer.text:
                raise EngineError(answer.text[-300:])

    def build(
        self, context: IO[bytes], name: str, labels: Mapping[str, str], arguments: Mapping[str, str]
    ) -> Iterator[str]:
        """Build an image without network from a tar of its context; yields the builder's lines."""
        with self._translated():
            client = self._client(timeout=600)
            for line in client.build(
                fileobj=context,
                custom_context=True,
                tag=name,
                rm=True,
                forcerm=True,
                decode=True,
                pull=False,
                network_mode="none",
                labels=dict(labels),
                buildargs=dict(arguments),
            ):
                if "error" in line:
                    raise EngineError(line["error"].strip())
                if text := line.get("stream", "").strip():
                    yield text


_kept_alive: dict[socket.socket, Any] = {}  # docker-py closes a stream whose response is collected


def _split(name: str) -> tuple[str, str]:
    repository, tag = re.fullmatch(r"(.+?)(?::([\w.-]+))?", name).groups()  # type: ignore[union-attr]
    return repository, tag or "latest"


def _text(error: docker.errors.APIError) -> str:
    text = error.explanation or str(error)
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        text = json.loads(text)["message"]
    return str(text)
