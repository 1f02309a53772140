"""Bytes in and out of the store as the values of the schema."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import cv2

from infra.settings import settings
from infra.store import fresh_file, open_store
from tasks.schema import Asset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.engines import Pixels


def keep(path: Path, media_type: str) -> Asset:
    """Put a finished file into the store."""
    return Asset(sha256=open_store().put(path), media_type=media_type, size_bytes=path.stat().st_size)


def keep_text(text: str, media_type: str) -> Asset:
    """Put a text into the store, as UTF-8."""
    with scratch(".txt") as path:
        path.write_text(text, "utf-8")
        return keep(path, media_type)


def keep_picture(pixels: Pixels) -> Asset:
    """Put a picture into the store: RGB as JPEG 95 without chroma subsampling, RGBA as lossless PNG (fast deflate)."""
    opaque = pixels.shape[2] == 3
    suffix, media = (".jpg", "image/jpeg") if opaque else (".png", "image/png")
    options = (
        [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
        if opaque
        else [cv2.IMWRITE_PNG_COMPRESSION, 1]
    )
    with scratch(suffix) as path:
        swapped = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR if opaque else cv2.COLOR_RGBA2BGRA)
        path.write_bytes(
            cv2.imencode(suffix, swapped, options)[1].tobytes()
        )  # cv2.imwrite does not tell of a full disk
        return keep(path, media)


def path_of(asset: Asset) -> Path:
    """A local, verified file with the asset's bytes; never write to it."""
    return open_store().path(asset.sha256)


@contextmanager
def scratch(suffix: str) -> Iterator[Path]:
    """A temporary file beside the store, gone when the block ends."""
    with fresh_file(settings().store / "scratch", suffix) as path:
        yield path
