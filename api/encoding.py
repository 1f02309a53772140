"""How events of the log look on the wire, as server-sent events; each is encoded once for all clients."""

from __future__ import annotations

import json
from typing import Literal

from infra.eventlog import ENDS, Logged

Encoding = Literal["project", "job"]
"""project: every event by its name. job: phases as plain messages, and how the run ended."""

PING = b": ping\n\n"


def encode(event: Logged, encoding: Encoding) -> bytes:
    """*event* on a stream of that encoding; nothing where it does not belong there."""
    return _named(event) if encoding == "project" else _phase(event)


def begin(after: int) -> bytes:
    """The first lines of every response: a client that is cut off comes back after 1 s and says where it was."""
    return f"retry: 1000\nid: {after}\n\n".encode()


def end(last: int) -> bytes:
    """Nothing more will come; the client that comes back with this id is told to stay away."""
    return _lines(last, "event: end\n", "{}")


def whole(last: int, state: str) -> bytes:
    """The state after event *last*, as JSON."""
    return _lines(last, "event: snapshot\n", state)


def _named(event: Logged) -> bytes:
    return _lines(event.seq, f"event: {event.kind}\n", _with_run(event))


def _with_run(event: Logged) -> str:
    about = {"run": event.run, "at": event.at}
    if '"run":' in event.data or '"at":' in event.data:
        return json.dumps(about | json.loads(event.data), separators=(",", ":"))
    head = json.dumps(about, separators=(",", ":"))
    return head if event.data == "{}" else f"{head[:-1]},{event.data[1:]}"


def _phase(event: Logged) -> bytes:
    if event.kind == "job.phase":
        return _lines(event.seq, "", event.data)
    if event.kind in ENDS:
        return _lines(event.seq, "", f'{{"phase":"{event.kind.removeprefix("run.")}","content":{event.data}}}')
    return b""


def _lines(seq: int, name: str, data: str) -> bytes:
    return f"id: {seq}\n{name}data: {data}\n\n".encode()
