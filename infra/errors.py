"""Every error that a person can meet: what failed, with what input, and what to do next.

FlywheelError
├── BadInput            what was asked for cannot be made
│   └── UnknownName     a voice, look, engine or film that does not exist; near ones are named
├── MissingPart         something the machine lacks
│   ├── ModelMissing    weights are not in the cache and no source has them
│   └── PackageMissing  a Python package or a system library is absent
├── StoreError
│   ├── AssetMissing    the store does not hold the asset
│   ├── AssetCorrupt    stored bytes do not match their hash (set aside; made again by the next run)
│   └── StoreFull       no room left, or the folder cannot be written
├── HashMismatch        a download does not have the hash the catalogue wants
├── Tampered            a film is not what its manifest and its certificate say
├── Denied              the caller is unknown, or may not do this
├── Conflict            it was changed elsewhere meanwhile, or is not in a state that allows this
├── QuotaSpent          too many requests, runs or films of one user
├── BudgetSpent         the money or the engine seconds of a tenant or a run are used up
├── EngineFailed        an engine broke on good input
│   └── EngineBusy      an engine or its service is overloaded
├── Interrupted         the user stopped the work
└── Unreachable         a service (Prefect, S3, a remote engine) does not answer
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

UNKNOWN = "The log of the worker says more; run it again, and report it if it comes again."
"""The remedy where an error has none of its own."""


class FlywheelError(Exception):
    """*what* failed and the *remedy*: both are shown to the user, so both are whole sentences.

    `retryable` says whether the same call may succeed later; the retry policy of every task reads it.
    `exit_code` is the command's exit status (sysexits.h).
    """

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 70

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class BadInput(FlywheelError):
    """What was asked for cannot be made."""

    exit_code = 64


class UnknownName(BadInput):
    """A name that does not exist; the nearest known ones are proposed."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(names)}."
        super().__init__(f"There is no {kind} named {name!r}.", hint)

    def __reduce__(self) -> tuple[object, ...]:
        return (_restore, (type(self), self.what, self.remedy))


class Interrupted(FlywheelError):
    """The user stopped the work."""

    exit_code = 130


class MissingPart(FlywheelError):
    """Something the machine lacks."""

    exit_code = 69


class ModelMissing(MissingPart):
    """Weights are not in the cache and no source has them."""


class PackageMissing(MissingPart):
    """A Python package or a system library is absent."""


class StoreError(FlywheelError):
    """The asset store cannot do what was asked."""

    exit_code = 74


class AssetMissing(StoreError):
    """The store does not hold the asset."""


class AssetCorrupt(StoreError):
    """Stored bytes do not match their hash."""


class StoreFull(StoreError):
    """No room is left, or the folder cannot be written."""


class HashMismatch(FlywheelError):
    """A file does not have the hash the catalogue wants."""

    exit_code = 65


class Tampered(FlywheelError):
    """A film is not what its manifest and its certificate say."""

    exit_code = 65


class Denied(FlywheelError):
    """The caller is unknown, or may not do this."""

    exit_code = 77


class Conflict(FlywheelError):
    """It was changed elsewhere meanwhile, or is not in a state that allows this."""

    exit_code = 75


class QuotaSpent(FlywheelError):
    """Too many requests, runs or films of one user; *retry_after_s* says when there is room again."""

    retryable = True
    exit_code = 75

    def __init__(self, what: str, remedy: str = "", retry_after_s: float = 60) -> None:
        super().__init__(what, remedy)
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.what, self.remedy, self.retry_after_s))


class BudgetSpent(FlywheelError):
    """The money or the engine seconds of a tenant or a run are used up."""

    exit_code = 77


class EngineFailed(FlywheelError):
    """An engine broke on good input."""


class EngineBusy(EngineFailed):
    """An engine or its service is overloaded."""

    retryable = True
    exit_code = 75


class Unreachable(FlywheelError):
    """A service does not answer."""

    retryable = True
    exit_code = 75


def told(error: BaseException) -> dict[str, str | bool]:
    """What a person is told of *error*: its name, what failed, the remedy, and whether it may succeed later."""
    name = type(error).__name__
    if isinstance(error, FlywheelError):
        return {"error": name, "what": error.what, "remedy": error.remedy, "retryable": error.retryable}
    first = str(error).strip().split("\n")[0]
    return {"error": name, "what": f"{name}: {first}" if first else name, "remedy": UNKNOWN, "retryable": False}


def _restore(kind: type[FlywheelError], what: str, remedy: str) -> FlywheelError:
    error = kind.__new__(kind)
    FlywheelError.__init__(error, what, remedy)
    return error
