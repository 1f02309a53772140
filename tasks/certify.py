"""The certificate as a step of the flow: a film that does not keep its promises is not delivered as if it did."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import cv2

from infra import events, pools
from infra.errors import BadInput, EngineFailed
from infra.settings import settings
from tasks.assets import keep_text, path_of
from tasks.policy import step
from tasks.schema import Asset
from tasks.witness import certificate_of

if TYPE_CHECKING:
    from tasks.schema import Film

LIBRARIES = ("av", "numpy", "scipy")
RECIPE = ":".join(("certificate/1", *(f"{name}-{version(name)}" for name in LIBRARIES), f"cv2-{cv2.__version__}"))


async def certified(film: Film) -> Film:
    """The film with its certificate, made from the MP4 and the manifest as files.

    Raises:
        EngineFailed: the MP4 is not what the manifest promises; the checks are named.
    """
    if film.manifest is None:
        raise BadInput("The film has no manifest to be certified by.", "Master it first.")
    proof = await certify(film.master, film.manifest)
    film = film.model_copy(update={"certificate": proof})
    events.emit("film.certified", film=film)
    return film


@step(recipe=RECIPE, pool="render", uses=("transcribe",))
async def certify(master: Asset, manifest: Asset) -> Asset:
    """Recompute the film's timing from its MP4 and its manifest alone."""
    return await pools.run("render", _certify, master, manifest)


def _certify(master: Asset, manifest: Asset) -> Asset:
    made = certificate_of(path_of(master), path_of(manifest), settings().transcribe)
    failed = [check for check in made.checks if check.decides and not check.holds]
    if failed:
        told = "; ".join(check.told for check in failed)
        raise EngineFailed(f"The film is not what was promised: {told}.", "Run the same command again, and report it.")
    return keep_text(made.text(), "application/json")
