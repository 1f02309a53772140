"""What a worker offers, and how it warms up: every model is loaded once, before the first run needs it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from flows.deployments import DEPLOYMENTS
from infra import catalogue, engines, pools
from infra.errors import MissingPart
from infra.media import audio
from infra.media.loudness import loudness
from infra.settings import settings
from tasks.anchor import LANGUAGES, looks, nearest_look
from tasks.assets import scratch

if TYPE_CHECKING:
    from infra.engines import Kind
    from infra.pools import Pool

log = logging.getLogger(__name__)

WARM: tuple[tuple[Pool, Kind, str], ...] = (
    ("text", "text", "draft"),
    ("image", "embed", "embed"),
    ("image", "image", "image"),
    ("speech", "speech", "speech"),
    ("text", "text", "text"),
)
"""The pool in which each engine works, its kind, and the setting that names it; what is needed first comes first."""
PALETTE = ("#88aacc", "#667788", "#445544", "#223322", "#cc8844")


async def warm() -> None:
    """Load the engines, each in its own pool; what a missing part leaves out is logged with its remedy."""
    await asyncio.gather(*[_loaded(pool, kind, name) for pool, kind, name in WARM])


def offers() -> dict[str, Any]:
    """What this worker can make, as JSON: flows, voices by language, engines by setting, missing weights, looks."""
    known = looks()
    return {
        "flows": sorted(DEPLOYMENTS),
        "voices": {language: list(engines.voices(settings().speech, language)) for language in LANGUAGES},
        "engines": {name: engines.setting_identity(name) for name in settings().engines},
        "missing": [model.name for model in catalogue.needed() if catalogue.standing(model) == "missing"],
        "looks": {name: list(known[name]["about"]) for name in known if name not in {"palettes", "bpm"}},
    }


async def _loaded(pool: Pool, kind: Kind, name: str) -> None:
    try:
        await pools.run(pool, _rehearsed, kind, settings().engines[name])
    except MissingPart as error:
        log.warning("the engine for %s is not there: %s", name, error)


def _rehearsed(kind: Kind, spec: str) -> None:
    """Load an engine, and let it do a little of its work: the first time takes longer."""
    loaded: Any = engines.engine(kind, spec)
    match kind:
        case "speech":
            spoken = loaded.speak("One.", language="en", voice=engines.voices(spec, "en")[0])
            loudness(spoken.samples, spoken.rate)
            with scratch(".flac") as path:
                audio.write_flac(path, spoken.samples, spoken.rate)
        case "embed":
            nearest_look("warm documentary", "one")
        case "image":
            loaded.draw("a tree", width=320, height=180, look=engines.Look(PALETTE), seed=1)
