"""A broker whose containers are weaker than ours: `python -m tests.sandbox.weak_broker '{"HostConfig": {...}}' broker`."""

import json
import sys
from typing import Any

from sandbox import candidates, hardening
from sandbox.cli import main

change: dict[str, Any] = json.loads(sys.argv[1])


def weaker(*args: Any, **kwargs: Any) -> dict[str, Any]:
    body = hardening.candidate_body(*args, **kwargs)
    host = body["HostConfig"] | change.get("HostConfig", {})
    return body | change | {"HostConfig": host}


vars(candidates)["candidate_body"] = weaker
sys.exit(main(sys.argv[2:]))
