"""What a request that spends passes, in this order, before a flow runs for it.

    auth ─ variant ─ quota ─ budget ─ cache ─ trigger

Each is one small module with one function; each says in a response header what it decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Modality = Literal["film", "anchor", "text", "image-storyboard", "audio", "video"]
"""What is asked for: also the name of the deployment that makes it."""

Scope = Literal["read", "write", "admin"]


@dataclass(frozen=True)
class Who:
    """The caller: *user* of *tenant*, and what the key allows."""

    tenant: str
    user: str
    scopes: frozenset[Scope]


@dataclass
class Ask:
    """A request on its way through the edge; each stage may change it and adds its header.

    *parameters* are the flow's. *stream* is the project's; None gives a job a stream of its own, named as its run.
    """

    who: Who
    modality: Modality
    parameters: dict[str, Any]
    stream: str | None = None
    version: int | None = None
    seconds: float = 0.0
    money: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Admission:
    """What came of it: the run that answers, on which stream, and whether it had to be made."""

    run: str
    stream: str
    cache: Literal["hit", "joined", "miss"]
    headers: dict[str, str]
