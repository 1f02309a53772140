"""What an engine is: one Protocol per modality, media primitives only (text, samples, pixels).

Engines know nothing of briefs, scripts or films, and nothing of each other. `engine(kind, spec)` loads one once
per process; every engine has an `identity`, a string that changes whenever the same call could give other output.
"""

from __future__ import annotations

import contextlib
import contextvars
import importlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Protocol, cast, overload

import numpy as np
from numpy.typing import NDArray

from infra.errors import UnknownName
from infra.settings import ENGINE_KINDS, settings

Samples = NDArray[np.float32]
"""Sound: (n,) mono or (n, channels), full scale ±1."""
Pixels = NDArray[np.uint8]
"""Picture: (height, width, 3) sRGB, or (height, width, 4) with straight alpha."""
Vectors = NDArray[np.float32]
"""(n, dimensions), each row of length 1."""

Message = Mapping[str, str]
"""`{"role": "system" | "user" | "assistant", "content": …}`."""


@dataclass(frozen=True)
class SpokenWord:
    """One word as heard; seconds from the first sample."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Speech:
    """Narration: mono *samples* at *rate* Hz, with the time of each word of the text that was given."""

    samples: Samples
    rate: int
    words: tuple[SpokenWord, ...]


@dataclass(frozen=True)
class Transcript:
    """What a transcriber heard."""

    text: str
    language: str
    words: tuple[SpokenWord, ...]


@dataclass(frozen=True)
class Look:
    """How one film's pictures look: sRGB hex *palette* (sky, far, middle, near, accent), *light* and *style*."""

    palette: tuple[str, str, str, str, str]
    light: Literal["day", "dawn", "dusk", "night", "studio"] = "day"
    style: str = "plain"
    strength: float = 0.5
    grain: float = 0.02


@dataclass(frozen=True)
class Layer:
    """One plane of a picture: RGBA *pixels* as large as the picture, *depth* 0 (far) to 1 (near)."""

    pixels: Pixels
    depth: float


@dataclass(frozen=True)
class Picture:
    """A finished picture (RGB) with the layers it was composed of, far to near; and what it shows, in words."""

    pixels: Pixels
    layers: tuple[Layer, ...] = ()
    shows: tuple[str, ...] = field(default=())


class TextEngine(Protocol):
    """Completes a chat."""

    identity: str

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
        """The assistant's reply; *grammar* is GBNF; *on_text* gets each new piece as it comes."""
        ...


class SpeechEngine(Protocol):
    """Speaks."""

    identity: str

    @staticmethod
    def voices(language: str) -> Sequence[str]:
        """Names of the voices for *language* (`en`, `zh`), best first; no weights are loaded."""
        ...

    def speak(self, text: str, *, language: str, voice: str, pace: float = 1.0) -> Speech:
        """*text* as speech without leading or trailing silence; *pace* 1.08 is 8 % faster."""
        ...

    def seconds(self, text: str, *, language: str, voice: str) -> float:
        """About how long *text* will take at pace 1, without speaking it."""
        ...


class ImageEngine(Protocol):
    """Draws."""

    identity: str

    def draw(self, prompt: str, *, width: int, height: int, look: Look, seed: int) -> Picture:
        """A picture of *prompt*; the same arguments give the same pixels."""
        ...


class MusicEngine(Protocol):
    """Composes."""

    identity: str
    rate: int

    def compose(self, mood: str, *, bpm: float, beats: int, seed: int) -> Samples:
        """Stereo (n, 2) at `rate`; n is exactly `round(beats * 60 / bpm * rate)`; beat k starts at k·60/bpm s."""
        ...


class Embedder(Protocol):
    """Gives texts a place in a space of meaning."""

    identity: str

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"] = "query") -> Vectors:
        """One unit row per text; nearness is the dot product."""
        ...


class Transcriber(Protocol):
    """Writes down what is said."""

    identity: str

    def transcribe(self, samples: Samples, rate: int, *, language: str | None = None) -> Transcript:
        """Mono *samples* at *rate* Hz as text with word times."""
        ...


Kind = Literal["text", "speech", "image", "music", "embed", "transcribe"]

ENGINES: dict[Kind, dict[str, str]] = {
    "text": {"llama": "infra.engines.text.llama:Llama", "sketch": "infra.engines.text.sketch:Sketch"},
    "speech": {"kokoro": "infra.engines.speech.kokoro:Kokoro", "sketch": "infra.engines.speech.sketch:Sketch"},
    "image": {
        "illustrator": "infra.engines.image.illustrator:Illustrator",
        "sketch": "infra.engines.image.sketch:Sketch",
    },
    "music": {"composer": "infra.engines.music.composer:Composer", "sketch": "infra.engines.music.sketch:Sketch"},
    "embed": {"e5": "infra.engines.embed.e5:E5", "sketch": "infra.engines.embed.sketch:Sketch"},
    "transcribe": {
        "whisper": "infra.engines.transcribe.whisper:Whisper",
        "sketch": "infra.engines.transcribe.sketch:Sketch",
        "none": "infra.engines.transcribe.none:Nobody",
    },
}

_loaded: dict[tuple[str, str], Any] = {}
_locks: dict[tuple[str, str], threading.Lock] = {}
_guard = threading.Lock()
_choice: contextvars.ContextVar[Mapping[str, str]] = contextvars.ContextVar("engines", default=MappingProxyType({}))


@overload
def engine(kind: Literal["text"], spec: str) -> TextEngine: ...
@overload
def engine(kind: Literal["speech"], spec: str) -> SpeechEngine: ...
@overload
def engine(kind: Literal["image"], spec: str) -> ImageEngine: ...
@overload
def engine(kind: Literal["music"], spec: str) -> MusicEngine: ...
@overload
def engine(kind: Literal["embed"], spec: str) -> Embedder: ...
@overload
def engine(kind: Literal["transcribe"], spec: str) -> Transcriber: ...
def engine(kind: Kind, spec: str) -> Any:
    """The engine that *spec* (`name` or `name:model`) names, loaded at the first call and kept.

    Raises:
        UnknownName: no engine of that modality has the name.
        MissingPart: its weights or a package are absent; the message names the command that brings them.
    """
    with _guard:
        lock = _locks.setdefault((kind, spec), threading.Lock())
    with lock:
        if (kind, spec) not in _loaded:
            _loaded[kind, spec] = _load(kind, spec)
        return _loaded[kind, spec]


def engine_class(kind: Kind, spec: str) -> type:
    """The class behind *spec*; importing it loads no weights."""
    name = spec.partition(":")[0]
    if name not in ENGINES[kind]:
        raise UnknownName(f"{kind} engine", name, ENGINES[kind])
    module, _, attribute = ENGINES[kind][name].partition(":")
    return cast("type", getattr(importlib.import_module(module), attribute))


def voices(spec: str, language: str) -> Sequence[str]:
    """The voices a speech engine has for *language*, without loading its weights."""
    return cast("type[SpeechEngine]", engine_class("speech", spec)).voices(language)


def identity(kind: Kind, spec: str) -> str:
    """The identity an engine will have, without loading its weights: cached work must not wake a model."""
    return str(cast("Any", engine_class(kind, spec)).identify(spec.partition(":")[2]))


def setting_identity(name: str) -> str:
    """The identity of the engine that makes *name* (`text`, `draft`, `image`, …) in this film."""
    return identity(cast("Kind", ENGINE_KINDS[name]), chosen(name))


def chosen(name: str) -> str:
    """The spec of the engine that makes *name*: what this film chose, else what the settings name."""
    return _choice.get().get(name) or settings().engines[name]


@contextlib.contextmanager
def choosing(choice: Mapping[Any, str]) -> Iterator[None]:
    """Other engines than those of the settings (setting name → spec) within the block, its tasks and its pools' work.

    Raises:
        UnknownName: a setting, an engine or a model does not exist; those that do are named. Nothing was begun.
    """
    for name, spec in choice.items():
        if name not in ENGINE_KINDS:
            raise UnknownName("engine setting", name, ENGINE_KINDS)
        identity(cast("Kind", ENGINE_KINDS[name]), spec)
    before = _choice.set({**_choice.get(), **choice})
    try:
        yield
    finally:
        _choice.reset(before)


def _load(kind: Kind, spec: str) -> Any:
    return engine_class(kind, spec)(spec.partition(":")[2])
