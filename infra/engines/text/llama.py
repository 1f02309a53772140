"""Text by llama.cpp: quantised Qwen2.5 on the CPU, held to a GBNF grammar, reply streamed piece by piece.

The reply is a pure function of (messages, grammar, max_tokens, temperature, seed). That needs care, because a prompt
that is evaluated in one batch and the same prompt of which a part was cached differ in the last bits, enough to
change a word. So a conversation is always evaluated in the same turns, one per message, each in a batch of its own:
cached turns are kept, everything behind them is dropped, the rest is evaluated as it would be from nothing.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from infra.catalogue import locate, revision
from infra.engines import Message
from infra.errors import BadInput, EngineFailed, PackageMissing
from infra.platform import ensure_openmp
from infra.settings import settings

RECIPE = 1
DEFAULT = "qwen2.5-1.5b"

CONTEXT = 6144
SAMPLING: dict[str, float | int] = {
    "top_k": 40,
    "top_p": 0.92,
    "min_p": 0.06,
    "repeat_penalty": 1.0,
    "dry_multiplier": 0.5,
    "dry_base": 1.75,
    "dry_allowed_length": 3,
    "dry_penalty_last_n": CONTEXT,
}
END = "<|im_end|>"
CONTROL = re.compile(r"<\|([a-z_0-9]*)\|>", re.IGNORECASE)
Chunk = dict[str, Any]


@dataclass
class Relay:
    """Receives the chunks of one streamed reply: keeps the text and hands each piece on."""

    on_text: Callable[[str], None] | None
    text: str = ""
    finished: str = ""
    failure: Exception | None = None

    def __call__(self, chunk: Chunk) -> bool:
        """Take one chunk; True stops the reply."""
        try:
            self._take(chunk)
        except Exception as error:  # noqa: BLE001 - llama.cpp swallows it; it is raised again outside
            self.failure = error
        return self.failure is not None

    def _take(self, chunk: Chunk) -> None:
        if "error" in chunk:
            raise _refusal(chunk["error"])
        for choice in chunk.get("choices", ()):
            piece = choice.get("text") or ""
            self.text += piece
            self.finished = choice.get("finish_reason") or self.finished
            if piece and self.on_text:
                self.on_text(piece)


class Llama:
    """One GGUF model, loaded once; calls from several threads wait for each other."""

    def __init__(self, model: str = "") -> None:
        """Load *model*.

        Raises:
            UnknownName: there is no such model.
            MissingPart: its weights, or the package, are absent.
            EngineFailed: the weights cannot be read.
        """
        self.identity = self.identify(model)
        self._server = _serve(locate(model or DEFAULT) / "model.gguf")
        self._turns: list[str] = []
        self._lock = threading.Lock()

    @staticmethod
    def identify(model: str) -> str:
        """The identity without loading: recipe, library version, model and its hash."""
        name = model or DEFAULT
        return f"llama/{RECIPE}/{_version()}:{name}@{revision(name)}"

    def complete(
        self,
        messages: Sequence[Message],
        *,
        grammar: str | None = None,
        max_tokens: int = 512,
        temperature: float = 0.7,
        seed: int = 0,
        on_text: Callable[[str], None] | None = None,
    ) -> str:
        """The assistant's reply; the same arguments give the same text whatever was asked before.

        Raises:
            BadInput: the grammar cannot be parsed, or messages and reply do not fit in the context.
            EngineFailed: llama.cpp broke.
        """
        turns = chat_turns(messages)
        request: dict[str, Any] = {
            **SAMPLING,
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed % 2**32,
        }
        if grammar:
            request["grammar"] = grammar
        relay = Relay(on_text)
        with self._lock:
            self._evaluate(turns)
            self._ask("".join(turns), relay, **request)
            self._turns = turns
        return relay.text

    def _evaluate(self, turns: list[str]) -> None:
        """Bring the model to the end of all turns but the last, keeping what it already holds of them."""
        held = _shared(self._turns, turns[:-1])
        self._turns = []
        if held:  # a token that no turn starts with drops everything behind the kept ones
            self._ask("".join(turns[:held]) + END, Relay(None))
        for count in range(held + 1, len(turns)):
            self._ask("".join(turns[:count]), Relay(None), cache_prompt=count > 1)

    def _ask(self, prompt: str, relay: Relay, **request: Any) -> None:
        merged = {"max_tokens": 0, "cache_prompt": True, **request, "prompt": prompt, "stream": True}
        self._server.handle_completions(merged, relay)
        if relay.failure:
            raise relay.failure


def chat_turns(messages: Sequence[Message]) -> list[str]:
    """ChatML of *messages*, one turn each; control tokens in the contents are defused, outer white space goes."""
    if not messages or messages[-1]["role"] != "user":
        raise BadInput("A chat must end with a user message.", "Put the question last.")
    turns = [
        f"<|im_start|>{message['role']}\n{CONTROL.sub(_defused, message['content']).strip()}{END}\n"
        for message in messages
    ]
    return [*turns[:-1], f"{turns[-1]}<|im_start|>assistant\n"]


def _defused(control: re.Match[str]) -> str:
    return f"< {control[1]} >"


def _shared(old: list[str], new: list[str]) -> int:
    pairs = zip(old, new, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))


def _serve(path: Path) -> Any:
    threads = _threads()
    ensure_openmp()
    try:
        import xllamacpp
    except ImportError as error:
        raise PackageMissing("The package xllamacpp is absent.", "Run: pip install xllamacpp") from error
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel = CONTEXT, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.cache_ram_mib = params.n_ctx_checkpoints = 0  # only the running conversation is kept: see above
    params.verbosity, params.ui, params.endpoint_slots, params.warmup = -1, False, False, False
    params.api_keys = [secrets.token_hex(16)]  # its local port answers nobody
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise EngineFailed(f"llama.cpp cannot load {path.name} of {path.parent.name}: {error}") from error


def _threads() -> int:
    """How many threads to use: as the settings say, if waiting threads sleep; otherwise one. Output is the same."""
    return settings().threads if _waits_asleep() or "threads" in settings().model_fields_set else 1


@lru_cache(maxsize=1)
def _waits_asleep() -> bool:
    """Make OpenMP's waiting threads spin only shortly; False if it was loaded, with its own settings, before.

    Two spinning threads on a busy machine with two cores are ten times slower than one; with a short spin they are
    faster than one, idle or busy.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "300")
    maps = Path("/proc/self/maps")
    return not (maps.exists() and "/libgomp.so" in maps.read_text())


def _version() -> str:
    try:
        return importlib.metadata.version("xllamacpp")
    except importlib.metadata.PackageNotFoundError as error:
        raise PackageMissing("The package xllamacpp is absent.", "Run: pip install xllamacpp") from error


def _refusal(error: dict[str, Any]) -> Exception:
    what = str(error.get("message", error))
    if "grammar" in what:
        return BadInput(f"The grammar cannot be used: {what}.")
    if "context" in what:
        return BadInput(f"The text is too long for the model: {what}.", "Ask for less at once.")
    return EngineFailed(f"llama.cpp failed: {what}.")
