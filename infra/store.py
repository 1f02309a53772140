"""Where bytes live: assets named by the SHA-256 of their content, in files or in S3. Nothing is ever overwritten.

A put is atomic (a temporary name, then a rename) and idempotent; a get is checked against the hash before use.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from infra.errors import AssetCorrupt, AssetMissing, StoreFull, Unreachable
from infra.hashing import file_digest
from infra.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

AGAIN = "Run the same command again: it is made anew."
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM}
UNFINISHED = ".flywheel-"
"""How the name of every file begins that is not whole yet."""
ABANDONED_S = 86_400
"""A file that nobody has written to for so long was left by a process that was killed."""


class Store(Protocol):
    """Content-addressed bytes."""

    def put(self, path: Path) -> str:
        """Keep a copy of the file at *path*; return its SHA-256."""
        ...

    def path(self, sha256: str) -> Path:
        """A local file with exactly those bytes, verified.

        Raises:
            AssetMissing: the store does not hold it.
            AssetCorrupt: what it holds has other bytes; they were set aside.
        """
        ...

    def sound(self, sha256: str) -> bool:
        """Whether the store holds exactly those bytes; wrong ones are set aside."""
        ...


@contextmanager
def room_errors(where: Path) -> Iterator[None]:
    """Turn "disk full", "too large", "read-only" and "not allowed" into StoreFull with the folder named."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise no_room(where, error) from error


def no_room(where: Path, error: OSError) -> StoreFull:
    """The error for a folder that cannot be written."""
    return StoreFull(
        f"Cannot write in {where}: {error.strerror or 'it is refused'}.",
        "Free some space or choose another folder (FLYWHEEL_HOME, --out); what was finished is kept.",
    )


@contextmanager
def fresh_file(folder: Path, suffix: str = "") -> Iterator[Path]:
    """A new temporary file in *folder*, removed at the end unless it was moved away."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=UNFINISHED, suffix=suffix)
    except OSError as error:
        raise no_room(folder, error) from error
    os.close(handle)
    path = Path(name)
    try:
        with room_errors(folder):
            yield path
    finally:
        with suppress(FileNotFoundError):
            path.unlink()


def sweep(folder: Path) -> None:
    """Remove the unfinished files, in *folder* and one level below, that killed processes left there long ago."""
    for pattern in (f"{UNFINISHED}*", f"*/{UNFINISHED}*"):
        for path in folder.glob(pattern):
            with suppress(OSError):  # another process was quicker, or it is another's: nobody waits for it
                if time.time() - path.stat().st_mtime > ABANDONED_S:
                    path.unlink()


class FileStore:
    """Assets as files `ab/cdef…` under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._verified: dict[str, tuple[int, int]] = {}

    def put(self, path: Path) -> str:
        sha = file_digest(path)
        target = self._place(sha)
        if self._sound(target, sha):
            return sha
        with fresh_file(target.parent) as copy:
            shutil.copyfile(path, copy)
            copy.chmod(0o644)
            copy.replace(target)
        return sha

    def path(self, sha256: str) -> Path:
        target = self._place(sha256)
        if not target.exists():
            raise AssetMissing(f"Asset {sha256[:12]} is not in {self.root}.", AGAIN)
        if not self.sound(sha256):
            raise AssetCorrupt(f"Asset {sha256[:12]} in {self.root} had other bytes than its name promises.", AGAIN)
        return target

    def sound(self, sha256: str) -> bool:
        target = self._place(sha256)
        if not target.exists():
            return False
        if not self._sound(target, sha256):
            target.replace(target.with_suffix(".corrupt"))
            return False
        return True

    def _place(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:]

    def _sound(self, path: Path, sha256: str) -> bool:
        """Whether *path* holds those bytes; a file once read is read again only when its size or time changed."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return False
        stamp = (status.st_size, status.st_mtime_ns)
        if self._verified.get(sha256) != stamp:
            if file_digest(path) != sha256:
                return False
            self._verified[sha256] = stamp
        return True


class S3Store:
    """Assets as objects `ab/cdef…` in one bucket, with a local FileStore as the reading cache."""

    def __init__(self, endpoint: str, bucket: str, cache: FileStore, *, access: str, secret: str, secure: bool) -> None:
        from minio import Minio

        self.client = Minio(endpoint, access_key=access, secret_key=secret, secure=secure)
        self.endpoint, self.bucket, self.cache = endpoint, bucket, cache

    @property
    def origin(self) -> str:
        """Scheme, host and port of the addresses that `address` gives; on AWS the bucket is a part of them.

        Raises:
            Unreachable: the service does not answer.
        """
        found = urlsplit(self.address("0" * 64, timedelta(minutes=1), {}))
        return f"{found.scheme}://{found.netloc}"

    def put(self, path: Path) -> str:
        sha = self.cache.put(path)
        with self._reachable():
            if not self._stored(sha):
                self.client.fput_object(self.bucket, self._key(sha), str(self.cache.path(sha)))
        return sha

    def path(self, sha256: str) -> Path:
        if not self.cache.sound(sha256):
            with self._reachable():
                self._bring(sha256)
        return self.cache.path(sha256)

    def sound(self, sha256: str) -> bool:
        if self.cache.sound(sha256):
            return True
        with self._reachable():
            return self._stored(sha256)

    def size(self, sha256: str) -> int:
        """How many bytes the asset has.

        Raises:
            AssetMissing: the bucket does not hold it.
        """
        with self._reachable():
            if not self._stored(sha256):
                raise AssetMissing(f"Asset {sha256[:12]} is not in bucket {self.bucket}.", AGAIN)
            return int(self.client.stat_object(self.bucket, self._key(sha256)).size or 0)

    def head(self, sha256: str, length: int) -> bytes:
        """The first *length* bytes of an asset that the bucket holds."""
        with self._reachable(), self.client.get_object(self.bucket, self._key(sha256), length=length) as answer:
            return bytes(answer.read())

    def address(self, sha256: str, lasts: timedelta, headers: dict[str, str]) -> str:
        """Where anybody can get the asset for as long as it *lasts*; *headers* are the answer's (`response-…`)."""
        with self._reachable():
            found = self.client.presigned_get_object(
                self.bucket, self._key(sha256), expires=lasts, response_headers=dict(headers)
            )
        return str(found)

    def _bring(self, sha256: str) -> None:
        if not self._stored(sha256):
            raise AssetMissing(f"Asset {sha256[:12]} is not in bucket {self.bucket}.", AGAIN)
        with fresh_file(self.cache.root) as copy:
            self.client.fget_object(self.bucket, self._key(sha256), str(copy))
            if file_digest(copy) != sha256:
                self.client.remove_object(self.bucket, self._key(sha256))
                raise AssetCorrupt(
                    f"Asset {sha256[:12]} in bucket {self.bucket} had other bytes; it was removed.", AGAIN
                )
            self.cache.put(copy)

    @staticmethod
    def _key(sha256: str) -> str:
        return f"{sha256[:2]}/{sha256[2:]}"

    def _stored(self, sha256: str) -> bool:
        from minio.error import S3Error

        try:
            self.client.stat_object(self.bucket, self._key(sha256))
        except S3Error as error:
            if error.code in {"NoSuchKey", "NoSuchObject"}:
                return False
            raise
        return True

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        from minio.error import S3Error
        from urllib3.exceptions import HTTPError

        try:
            yield
        except (HTTPError, S3Error) as error:
            raise Unreachable(
                f"The S3 store at {self.endpoint} (bucket {self.bucket}) refused or did not answer: {error}.",
                "Check FLYWHEEL_S3_ENDPOINT, FLYWHEEL_S3_BUCKET and the keys; flywheel doctor tests them.",
            ) from error


@lru_cache(maxsize=1)
def open_store() -> Store:
    """The store the settings name, swept."""
    now = settings()
    sweep(now.store)
    files = FileStore(now.store)
    if now.s3_endpoint is None:
        return files
    return S3Store(
        now.s3_endpoint, now.s3_bucket, files, access=now.s3_access_key, secret=now.s3_secret_key, secure=now.s3_secure
    )
