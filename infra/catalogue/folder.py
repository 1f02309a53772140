"""Weights from a folder of the user's own: linked, not copied, and only when the bytes are right."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from infra.catalogue.files import has_bytes, room, stamp
from infra.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from infra.catalogue.entries import Model, ModelFile


def adopt(model: Model, files: Iterable[ModelFile]) -> None:
    """Link those of *files* that FLYWHEEL_MODEL_FOLDER holds into the models folder."""
    for file in files:
        match = next((place for place in places(model, file) if has_bytes(place, file)), None)
        if match:
            _link(match.resolve(), model, file)


def holds(model: Model, file: ModelFile) -> bool:
    """Whether the folder seems to hold *file*, by name and size."""
    return any(place.is_file() and place.stat().st_size == file.size for place in places(model, file))


def places(model: Model, file: ModelFile) -> list[Path]:
    """Where *file* may lie: as `<model>/<file>`, as `<file>`, or under the name it has on the hub."""
    source = settings().model_folder
    if source is None:
        return []
    names = [f"{model.name}/{file.name}", file.name, *([file.hub.file] if file.hub else [])]
    return [source.expanduser() / name for name in names]


def _link(source: Path, model: Model, file: ModelFile) -> None:
    target = model.folder / file.name
    if source == target.resolve():
        return
    draft = model.folder / f".{file.name}.{os.getpid()}.link"
    with room(model.folder):
        model.folder.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        draft.symlink_to(source)
        draft.replace(target)
    stamp(model, file)
