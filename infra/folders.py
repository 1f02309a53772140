"""A folder that appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from infra.errors import BadInput
from infra.store import no_room, room_errors

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def fresh_folder(target: Path) -> Iterator[Path]:
    """A new folder beside *target* that takes its name, and the place of what had it, when the block ends well.

    Raises:
        BadInput: *target* is a file or a link, which is not replaced.
        StoreFull: there is no room, or nothing can be written there.
    """
    _replaceable(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix="."))
    except OSError as error:
        raise no_room(target.parent, error) from error
    try:
        with room_errors(target.parent):
            yield fresh
            fresh.chmod(0o755)
            _swap(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, target: Path) -> None:
    """*fresh* becomes *target*; what was there is at *fresh* afterwards, or at *target* still where that fails."""
    _replaceable(target)
    if not target.exists():
        fresh.rename(target)
        return
    before = fresh.with_suffix(".before")
    target.rename(before)
    try:
        fresh.rename(target)
    except BaseException:
        before.rename(target)
        raise
    before.rename(fresh)


def _replaceable(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        kind = "link" if target.is_symlink() else "file"
        raise BadInput(
            f"{target} is a {kind}; a folder is to be written there.", "Move it away, or choose another place."
        )
