"""What containers weigh where processors are short, and that nothing is asked of engines where it cannot be said."""

from pathlib import Path

import pytest

from sandbox.weights import GROUP, LESS, USUAL, Weights

BODY = {"Image": "one", "HostConfig": {"Memory": 1}}


@pytest.fixture
def mount(tmp_path: Path) -> Path:
    """Control groups of version 1 with a container in our group, as far as weights go."""
    for folder in ("cpu", f"cpu/{GROUP}", f"cpu/{GROUP}/one"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "cpu.shares").write_text("1024")
    return tmp_path


def test_a_container_has_a_weight_in_a_group_that_outweighs_the_engine(mount: Path) -> None:
    weights = Weights("cgroupfs", mount)
    assert weights.of_container(BODY, LESS)["HostConfig"] == {
        "Memory": 1, "CgroupParent": f"/{GROUP}", "CpuShares": LESS,
    }  # fmt: skip
    assert BODY["HostConfig"] == {"Memory": 1}
    weights.set_group()
    weights.change("one", USUAL + 1)
    assert int((mount / "cpu" / GROUP / "cpu.shares").read_text()) > USUAL
    assert (mount / "cpu" / GROUP / "one" / "cpu.shares").read_text() == str(USUAL + 1)
    assert (mount / "cpu" / "cpu.shares").read_text() == "1024"


@pytest.mark.parametrize("driver", ["systemd", "none", "None"])
def test_another_driver_is_asked_nothing(mount: Path, driver: str) -> None:
    assert Weights(driver, mount).of_container(BODY, LESS) == BODY


def test_without_the_hosts_control_groups_nothing_is_asked(tmp_path: Path, mount: Path) -> None:
    assert Weights("cgroupfs", tmp_path / "nowhere").of_container(BODY, LESS) == BODY
    (mount / "cpu" / GROUP / "cpu.shares").unlink()
    (mount / "cpu" / GROUP / "cpu.shares").mkdir()  # the engine made its group somewhere else
    weights = Weights("cgroupfs", mount)
    weights.set_group()
    assert weights.of_container(BODY, LESS) == BODY
    weights.change("gone", USUAL)


@pytest.mark.parametrize(
    ("written", "pid"), [("123\n", 123), ("123\n124\n", 0), ("0\n", 0), ("", 0), (None, 0)]
)
def test_the_process_of_a_container_that_has_just_begun_is_read_where_it_stands(
    mount: Path, written: str | None, pid: int
) -> None:
    if written is not None:
        (mount / "cpu" / GROUP / "one" / "cgroup.procs").write_text(written)
    assert Weights("cgroupfs", mount).pid("one") == pid
    assert Weights("systemd", mount).pid("one") == 0
