"""What a container has imported before anybody waits, and what it has not."""

import json

import pytest

from sandbox.client import BrokerClient
from sandbox.protocol import Program

LOOK = """
import importlib, json, subprocess, sys, threading
import click.testing
import flask.cli

said = {"is there": "importlib.metadata" in sys.modules}
try:
    importlib.nothing
except AttributeError as error:
    said["missing"] = str(error)
found = []
threads = [threading.Thread(target=lambda: found.append(importlib.metadata.version("flask"))) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
said["versions"] = sorted(set(found))
said["it is what an import gives"] = importlib.metadata is importlib.import_module("importlib.metadata")
said["command"] = click.testing.CliRunner().invoke(flask.cli.cli, ["--version"]).output
print(json.dumps(said))
"""


@pytest.mark.docker
def test_what_flask_needs_for_its_commands_only_comes_when_it_is_asked_for(client: BrokerClient) -> None:
    outcome = client.run(Program(files={"app.py": LOOK}))
    said = json.loads(outcome.stdout)
    (version,) = said["versions"]
    assert not said["is there"]
    assert said["missing"] == "module 'importlib' has no attribute 'nothing'"
    assert said["it is what an import gives"]
    assert version.startswith("3.")
    assert f"Flask {version}" in said["command"]
