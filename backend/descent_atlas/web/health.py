"""Docker's health check: `python -m descent_atlas.web.health`.

Docker runs it every few seconds, so it imports only modules that load fast. It connects to the
server directly, without a proxy.
"""

import http.client
import os

PATIENCE_SECONDS = 2.0
"""Timeout, shorter than Docker's, so that Docker records the reason."""

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses that stand for all interfaces, with the loopback address to connect to."""


def main() -> None:
    """Ask for the health of the server that the environment variables describe.

    Raises:
        SystemExit: with the reason, if the server is not ready.
    """
    host = os.environ.get("DESCENT_ATLAS_HOST", "").strip() or "127.0.0.1"
    port = int(os.environ.get("DESCENT_ATLAS_PORT", "").strip() or "8000")
    address = EVERY_ADDRESS.get(host, host)
    connection = http.client.HTTPConnection(address, port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/api/health", headers={"Host": "localhost"})
        answer = connection.getresponse()
        body = answer.read().decode()
    except OSError as error:
        raise SystemExit(f"The server does not respond: {error}") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise SystemExit(body)


if __name__ == "__main__":
    main()
