"""Whether a model's files are what the catalogue says: hashed once, then known by size and time."""

from __future__ import annotations

import errno
import json
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal

from infra.errors import FlywheelError, HashMismatch, ModelMissing, StoreFull
from infra.hashing import file_digest
from infra.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.catalogue.entries import Model, ModelFile

STAMP = ".verified.json"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}

Standing = Literal["ready", "unverified", "wrong size", "missing"]
Seal = tuple[int, int, str]
"""Size in bytes, time of change in ns, SHA-256."""

_seen: dict[str, Seal] = {}
"""What this process hashed itself, by path; for folders that cannot hold a stamp."""


def standing(model: Model) -> Standing:
    """How *model* looks without reading its files; only "ready" has been hashed."""
    found: set[Standing] = {_standing(model, file) for file in model.files}
    order: tuple[Standing, ...] = ("missing", "wrong size", "unverified")
    return next((state for state in order if state in found), "ready")


def verified(model: Model, *, again: bool = False) -> Path:
    """The folder of *model* once every file has the catalogue's hash; *again* hashes even what has a stamp.

    Raises:
        ModelMissing: a file is absent.
        HashMismatch: a file has other bytes.
    """
    for file in model.files:
        if again or not sound(model, file):
            _hash(model, file)
    return model.folder


def sound(model: Model, file: ModelFile) -> bool:
    """Whether *file* was hashed, and has not changed since."""
    path = model.folder / file.name
    seal = _seal(path, file.sha256)
    return seal is not None and seal in (_seen.get(str(path)), _stamps(model.folder).get(file.name))


def has_bytes(path: Path, file: ModelFile) -> bool:
    """Whether *path* has exactly the bytes of *file*; another size is told without reading."""
    return path.is_file() and path.stat().st_size == file.size and file_digest(path) == file.sha256


def stamp(model: Model, file: ModelFile) -> None:
    """Remember that *file*, as it is now, has its hash."""
    path = model.folder / file.name
    seal = _seal(path, file.sha256)
    if seal is not None:
        _seen[str(path)] = seal
        _write_stamps(model.folder, _stamps(model.folder) | {file.name: seal})


def missing(model: Model, names: list[str], why: str = "") -> ModelMissing:
    """The error for absent files, with what to do about it."""
    lost = ", ".join(names)
    what = f"Model {model.name} is not on this machine: {lost} is not in {model.folder}." + (f" {why}" if why else "")
    if settings().offline:
        return ModelMissing(what, _OFFLINE.format(name=model.name))
    return ModelMissing(what, f"Run: flywheel models pull {model.name}")


@contextmanager
def room(folder: Path) -> Iterator[None]:
    """Turn "disk full", "read-only" and "not allowed" into StoreFull with the folder named."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise StoreFull(f"Cannot write in {folder}: {error.strerror}.", ROOM) from error


ROOM = "Free some space, or set FLYWHEEL_MODELS to a folder that can be written; finished parts are kept."
_OFFLINE = (
    "FLYWHEEL_OFFLINE is set. Run `flywheel models pull {name}` without it, or set FLYWHEEL_MODEL_FOLDER to a folder "
    "that holds the files."
)


def _standing(model: Model, file: ModelFile) -> Standing:
    try:
        size = (model.folder / file.name).stat().st_size
    except FileNotFoundError:
        return "missing"
    if size != file.size:
        return "wrong size"
    return "ready" if sound(model, file) else "unverified"


def _hash(model: Model, file: ModelFile) -> None:
    path = model.folder / file.name
    if not path.is_file():
        raise missing(model, [file.name])
    got = file_digest(path)
    if got != file.sha256:
        _forget(model.folder, file.name)
        raise mismatch(model, file, got, path.stat().st_size)
    stamp(model, file)


def mismatch(model: Model, file: ModelFile, got: str, size: int) -> FlywheelError:
    """The error for a file with other bytes than the catalogue's."""
    return HashMismatch(
        f"{file.name} of model {model.name} is not the file the catalogue names: wanted SHA-256 {file.sha256} "
        f"({file.size} bytes), got {got} ({size} bytes).",
        f"Run: flywheel models pull {model.name}",
    )


def _seal(path: Path, sha256: str) -> Seal | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns, sha256


def _stamps(folder: Path) -> dict[str, Seal]:
    """What the stamp file says; nothing, where it is absent or broken."""
    with suppress(OSError, ValueError, TypeError, AttributeError):
        entries = json.loads((folder / STAMP).read_text("utf-8"))
        return {name: (int(size), int(time), str(sha)) for name, (size, time, sha) in entries.items()}
    return {}


def _write_stamps(folder: Path, stamps: dict[str, Seal]) -> None:
    """Best effort: without a stamp the file is hashed again by the next process, which is slow but right."""
    draft = folder / f"{STAMP}.{os.getpid()}"
    with suppress(OSError):
        draft.write_text(json.dumps(stamps, indent=1), "utf-8")
        draft.replace(folder / STAMP)


def _forget(folder: Path, name: str) -> None:
    _seen.pop(str(folder / name), None)
    _write_stamps(folder, {other: seal for other, seal in _stamps(folder).items() if other != name})
