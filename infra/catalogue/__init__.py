"""Model weights, by hash."""

from pathlib import Path

from infra.errors import ModelMissing
from infra.settings import settings


def locate(name: str) -> Path:
    """Folder with the verified files of model *name*."""
    folder = settings().models / name
    if not folder.is_dir():
        raise ModelMissing(f"Model {name} is not on this machine.", f"Run: flywheel models pull {name}")
    return folder
