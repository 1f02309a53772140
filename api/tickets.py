"""Stream tickets: a browser's EventSource cannot send a key, so who may read a project is handed a signed address.

A ticket is TENANT.EXPIRES.SIGNATURE, good for one stream and for at least a day. All processes of one home folder, or
all that share FLYWHEEL_SECRET, know each other's tickets.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import os
import secrets
import tempfile
import time
from pathlib import Path

from infra.errors import Denied, MissingPart
from infra.settings import settings

LASTS_S = 24 * 3600
STEP_S = 3600
"""Tickets of the same hour are the same: what holds one has the same ETag."""
SECRET_LENGTH = 32


def issue(stream: str, tenant: str) -> str:
    """A ticket for *stream*, which is *tenant*'s; good for 24 to 25 hours.

    Raises:
        MissingPart: the file of the secret cannot be read or made.
    """
    expires = (int(time.time()) // STEP_S + 1) * STEP_S + LASTS_S
    return f"{tenant}.{expires}.{_signature(stream, tenant, str(expires))}"


def check(ticket: str, stream: str) -> str:
    """The tenant to whom *ticket* for *stream* was given.

    Raises:
        Denied: it is not ours, is for another stream, or its time is over.
        MissingPart: the file of the secret cannot be read or made.
    """
    tenant, expires, signature = (["", "", *ticket.rsplit(".", 2)])[-3:]
    expected = _signature(stream, tenant, expires)
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode()):
        raise Denied("The stream ticket is not valid for this stream.", "Read the project again: it has a new one.")
    if time.time() >= int(expires):
        raise Denied("The stream ticket has expired.", "Read the project again: it has a new one.")
    return tenant


def _signature(stream: str, tenant: str, expires: str) -> str:
    said = f"flywheel stream ticket\n{stream}\n{tenant}\n{expires}".encode("utf-8", "replace")
    return base64.urlsafe_b64encode(hmac.digest(_secret(), said, hashlib.sha256)).decode().rstrip("=")


def _secret() -> bytes:
    if given := settings().secret:
        return given.encode()
    return _kept(settings().home / "secret")


@functools.lru_cache(maxsize=4)
def _kept(path: Path) -> bytes:
    """The secret in the file at *path*, made where there is none; processes that begin together agree on one."""
    try:
        if not path.exists():
            _make(path)
        kept = path.read_bytes()
    except OSError as error:
        raise MissingPart(
            f"The secret {path} cannot be read or made: {error.strerror}.", "Set FLYWHEEL_SECRET."
        ) from error
    if len(kept) < SECRET_LENGTH:
        raise MissingPart(f"The secret {path} is cut short.", "Delete the file: a new one is made at the next start.")
    return kept


def _make(path: Path) -> None:
    """Write a new secret that only its owner may read; where another process was faster, its own stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix="secret-")  # 0600
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(SECRET_LENGTH).encode())
            file.flush()
            os.fsync(file.fileno())
        if not path.exists():
            os.link(new, path)
    except FileExistsError:
        return
    finally:
        new.unlink()
