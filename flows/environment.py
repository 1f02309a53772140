"""Prefect's own settings for this process; imported before prefect itself."""

from __future__ import annotations

import os
from contextlib import suppress

from infra.settings import settings

DEFAULTS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
}


def prepare() -> None:
    """Set what the user has not set: quiet logs, no telemetry, results and database under the home folder."""
    home = settings().home
    os.environ.setdefault("PREFECT_HOME", str(home / "prefect"))
    with suppress(OSError):  # told with a remedy by the first step that writes
        home.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PREFECT_RESULTS_LOCAL_STORAGE_PATH", str(settings().results))
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
