import errno
import os
from pathlib import Path

import pytest

from infra.errors import AssetCorrupt, AssetMissing, StoreFull
from infra.hashing import file_digest
from infra.settings import settings
from infra.store import ABANDONED_S, FileStore, fresh_file, open_store, room_errors


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store")


def put(store: FileStore, tmp_path: Path, data: bytes) -> str:
    source = tmp_path / "source"
    source.write_bytes(data)
    return store.put(source)


def test_bytes_come_back_under_their_hash(store, tmp_path):
    sha = put(store, tmp_path, b"film")
    assert store.path(sha).read_bytes() == b"film"
    assert file_digest(store.path(sha)) == sha


def test_putting_twice_keeps_one(store, tmp_path):
    assert put(store, tmp_path, b"film") == put(store, tmp_path, b"film")
    assert len([p for p in store.root.rglob("*") if p.is_file()]) == 1


def test_a_missing_asset_is_named(store):
    with pytest.raises(AssetMissing, match="abababab"):
        store.path("ab" * 32)


def test_changed_bytes_are_refused_and_set_aside(store, tmp_path):
    sha = put(store, tmp_path, b"film")
    store.path(sha).write_bytes(b"tampered")
    with pytest.raises(AssetCorrupt):
        store.path(sha)
    assert not store.sound(sha)
    assert next(store.root.rglob("*.corrupt")).read_bytes() == b"tampered"
    assert put(store, tmp_path, b"film") == sha
    assert store.path(sha).read_bytes() == b"film"


def test_changed_bytes_are_mended_by_a_put(store, tmp_path):
    sha = put(store, tmp_path, b"film")
    store.path(sha).write_bytes(b"tampered")
    put(store, tmp_path, b"film")
    assert store.path(sha).read_bytes() == b"film"


def test_a_full_disk_is_told_with_the_folder_and_leaves_nothing(tmp_path):
    def fill() -> None:
        with fresh_file(tmp_path / "full") as path:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StoreFull, match="No space left on device"):
        fill()
    assert list((tmp_path / "full").iterdir()) == []


def test_other_os_errors_pass_through(tmp_path):
    with pytest.raises(IsADirectoryError), room_errors(tmp_path):
        raise IsADirectoryError(errno.EISDIR, "Is a directory")


def test_a_full_device_is_refused(tmp_path):
    """The real thing: /dev/full answers every write with ENOSPC."""
    with pytest.raises(StoreFull), room_errors(tmp_path), Path("/dev/full").open("wb", buffering=0) as full:
        full.write(b"x")


@pytest.mark.parametrize("folder", ["scratch", "ab"])
def test_opening_the_store_sweeps_what_was_abandoned(home, folder):
    with fresh_file(settings().store / folder) as old, fresh_file(settings().store / folder) as new:
        os.utime(old, (0, old.stat().st_mtime - ABANDONED_S - 1))
        open_store()
        assert not old.exists()
        assert new.exists()
