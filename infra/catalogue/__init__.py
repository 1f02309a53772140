"""Model weights by hash: what each is, where it can be had, and whether what lies here is it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from infra.catalogue.entries import Model, ModelFile, catalogue, find, needed
from infra.catalogue.files import Standing, standing, verified
from infra.catalogue.folder import adopt
from infra.catalogue.pull import Progress, pull
from infra.errors import FlywheelError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Model",
    "ModelFile",
    "Progress",
    "Standing",
    "catalogue",
    "find",
    "locate",
    "needed",
    "pull",
    "revision",
    "standing",
    "verify",
]


def locate(name: str) -> Path:
    """Folder with the verified files of model *name*; nothing is downloaded.

    A file is hashed the first time, and again whenever its size or time changed; otherwise this costs a millisecond.

    Raises:
        UnknownName: the catalogue has no such model.
        ModelMissing: a file is absent, here and in the user's own folder.
        HashMismatch: a file has other bytes than the catalogue names.
    """
    model = find(name)
    adopt(model, [file for file in model.files if not (model.folder / file.name).is_file()])
    return verified(model)


def revision(name: str) -> str:
    """16 hex digits that change whenever one byte of model *name* does; needs no file on disk."""
    return find(name).revision


def verify(names: Iterable[str]) -> dict[str, FlywheelError | None]:
    """Hash every file of the named models anew; what is wrong with each, or None."""
    return {model.name: _fault(model) for model in [find(name) for name in names]}


def _fault(model: Model) -> FlywheelError | None:
    try:
        verified(model, again=True)
    except FlywheelError as error:
        return error
    return None
