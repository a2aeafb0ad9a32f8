"""Asks the Docker Engine for a sign of life, with nothing but the standard library.

Prints one line that says what is wrong and what to do, and exits 1, when there is none.
"""

import http.client
import os
import socket
import sys

TIMEOUT = 10.0


def main() -> int:
    """Exit status 0 when the engine answers `/_ping`."""
    host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    try:
        connection = _connect(host)
        connection.request("GET", "/_ping")
        status = connection.getresponse().status
    except FileNotFoundError:
        print(f"There is no Docker Engine at {host}: it is not installed or not running.")
    except PermissionError:
        print(
            f"You may not use the Docker Engine at {host}: run `sudo usermod -aG docker $USER`, sign in again."
        )
    except TimeoutError:
        print(f"The Docker Engine at {host} does not answer within {TIMEOUT:.0f} s: restart it.")
    except (OSError, http.client.HTTPException) as error:
        print(f"The Docker Engine at {host} does not answer ({error}): start it.")
    else:
        if status == http.HTTPStatus.OK:
            return 0
        print(f"What answers at {host} is no healthy Docker Engine (status {status}): restart it.")
    return 1


def _connect(host: str) -> http.client.HTTPConnection:
    scheme, _, place = host.partition("://")
    if scheme != "unix":
        return http.client.HTTPConnection(place.rstrip("/"), timeout=TIMEOUT)
    connection = http.client.HTTPConnection("localhost", timeout=TIMEOUT)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(TIMEOUT)
    connection.sock.connect(place)
    return connection


if __name__ == "__main__":
    sys.exit(main())
