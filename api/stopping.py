"""To be told that the process is asked to stop, while a server already handles the signals."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType


@contextlib.contextmanager
def told_of_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call *stop* at SIGTERM and SIGINT, before whoever handles them now.

    A server that is asked to stop waits for its responses to end before it tells the app: streams would never end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    theirs = {number: handler for number, handler in before.items() if callable(handler)}
    for number in theirs:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in theirs.items():
            signal.signal(number, handler)
