"""The operator's choices, and the caps on what a question may ask for."""

import dataclasses
import re
from pathlib import Path

import pytest

from sandbox.protocol import Limits
from sandbox.settings import CAPS, Settings, socket_path, within_caps


def test_everything_has_a_default() -> None:
    settings = Settings.from_environment({})
    assert settings.docker_host == "unix:///var/run/docker.sock"
    assert settings.socket == Path("var/run/broker.sock")
    assert settings.caps == CAPS


def test_the_environment_decides() -> None:
    settings = Settings.from_environment(
        {
            "QUIZAPP_VAR": "/srv/quiz",
            "DOCKER_HOST": "unix:///a.sock",
            "QUIZAPP_SANDBOX_DOCKER_HOST": "unix:///b.sock",
            "QUIZAPP_SANDBOX_POOL_SIZE": "3",
            "QUIZAPP_SANDBOX_ALLOWED_UIDS": "33, 1000",
            "QUIZAPP_SANDBOX_LABELS": "a=b,c=d",
            "QUIZAPP_SANDBOX_MAX_CPU_SECONDS": "2.5",
        }
    )
    assert settings.socket == Path("/srv/quiz/run/broker.sock")
    assert settings.docker_host == "unix:///b.sock"
    assert settings.pool_size == 3
    assert settings.allowed_uids == {33, 1000}
    assert settings.labels == {"a": "b", "c": "d"}
    assert settings.caps.cpu_seconds == 2.5


def test_the_socket_has_a_variable_of_its_own() -> None:
    assert socket_path({"QUIZAPP_VAR": "/x", "QUIZAPP_BROKER_SOCKET": "/run/q.sock"}) == Path("/run/q.sock")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POOL_SIZE", "0"),
        ("POOL_SIZE", "many"),
        ("MAX_RUNNING", "-1"),
        ("ALLOWED_UIDS", "root"),
        ("MAX_MEMORY_MIB", "1 GiB"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"QUIZAPP_SANDBOX_{name}"):
        Settings.from_environment({f"QUIZAPP_SANDBOX_{name}": value})


def test_limits_stay_inside_the_caps() -> None:
    asked = Limits(cpu_seconds=999, memory_mib=10**6, wall_seconds=0, pids=-5)
    given = within_caps(asked, CAPS)
    assert given.cpu_seconds == CAPS.cpu_seconds
    assert given.memory_mib == CAPS.memory_mib
    assert given.wall_seconds > 0
    assert given.pids == 1
    assert within_caps(Limits(), CAPS) == Limits()


def test_every_setting_is_in_the_readme() -> None:
    package = Path(__file__).resolve().parent.parent.parent / "sandbox"
    readme = (package / "README.md").read_text()
    source = (package / "settings.py").read_text()
    names = set(re.findall(r'_(?:text|number|numbers|labels)\(env, "([A-Z_]+)"', source))
    names |= {f"MAX_{item.name.upper()}" for item in dataclasses.fields(Limits)}
    assert len(names) > 15
    assert [name for name in sorted(names) if f"_{name}`" not in readme] == []
