"""Weights from a model hub, through the hub's own client: asked only when the user wants it."""

from __future__ import annotations

import importlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from infra.errors import Unreachable

if TYPE_CHECKING:
    from infra.catalogue.entries import HubFile

SECONDS = 5.0
"""How long the hub may take to answer."""


def wanted() -> bool:
    """Whether the hub is to be asked: FLYWHEEL_HUB is 1, or HF_ENDPOINT names one."""
    asked = os.environ.get("FLYWHEEL_HUB", "").lower()
    return asked in {"1", "true", "yes", "on"} or (bool(os.environ.get("HF_ENDPOINT")) and not asked)


def fetch(file: HubFile, folder: Path) -> Path:
    """The file, downloaded under *folder*; a broken download goes on where it ended.

    Raises:
        Unreachable: the hub does not answer or does not have it.
    """
    from huggingface_hub import constants, get_session, hf_hub_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    try:
        get_session().head(constants.ENDPOINT, timeout=SECONDS)  # the client itself would retry for half a minute
        path = hf_hub_download(file.repo, file.file, revision=file.revision, local_dir=folder, etag_timeout=SECONDS)
    except _failures() as error:
        raise Unreachable(
            f"The model hub did not give {file.repo}/{file.file}: {error}.", "Try again later."
        ) from error
    return Path(path)


def _failures() -> tuple[type[Exception], ...]:
    """What the hub's client raises; its HTTP library differs from version to version."""
    from huggingface_hub.errors import HfHubHTTPError

    found: list[type[Exception]] = [HfHubHTTPError, OSError, ValueError]
    for library in ("httpx", "httpx2"):
        with suppress(ModuleNotFoundError):
            found.append(importlib.import_module(library).HTTPError)
    return tuple(found)
