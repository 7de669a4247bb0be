"""Docker's health check: python -m descent_atlas.web.health.

Docker asks every few seconds: this imports nothing that takes long, and no proxy stands between.
"""

import http.client
import os

PATIENCE_SECONDS = 2.0
"""Less than Docker waits, so that the reason is told."""

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""What a server listens on that other machines reach, and where this machine finds it."""


def main() -> None:
    """Ask the server that the environment describes, as `web.settings` reads it.

    Raises:
        SystemExit: with the reason, if it is not ready.
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
        raise SystemExit(f"There is no answer: {error}") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise SystemExit(body)


if __name__ == "__main__":
    main()
