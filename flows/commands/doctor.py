"""`flywheel doctor`: what this machine has and lacks, and how to mend it."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import socket
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra import catalogue
from infra.errors import FlywheelError
from infra.platform import ensure_openmp
from infra.settings import settings
from infra.store import open_store

PACKAGES = {
    "av": "av",
    "cv2": "opencv-python-headless",
    "onnxruntime": "onnxruntime",
    "xllamacpp": "xllamacpp",
    "soundfile": "soundfile",
}
LACKS = 69
GIGABYTE = 1e9
HOME_GB = 2.0
"""A film with its shots takes about 0.1 GB; below this the disk is as good as full."""
MEMORY_GB = 4.0
"""The text model of 1.5 billion weights, the others and the pictures, at once."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: *detail* says what was found, *remedy* how to mend it if it is not *ok*."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    required: bool = True


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output, for programs.")] = False,
) -> None:
    """Check this machine: every fault names its mend. Exits with 69 if a film cannot be made."""
    found = checks()
    if as_json:
        sys.stdout.write(json.dumps({"checks": [asdict(check) for check in found]}, ensure_ascii=False) + "\n")
    else:
        _show(found)
    if any(check.required and not check.ok for check in found):
        raise typer.Exit(LACKS)


def checks() -> list[Check]:
    """Everything a film needs, in the order in which it would be missed; nothing is changed or downloaded."""
    return [
        _python(),
        _folder("home folder", settings().home, HOME_GB, "FLYWHEEL_HOME"),
        _folder("models folder", settings().models, _models_gb(), "FLYWHEEL_MODELS"),
        _memory(),
        _threads(),
        *(_package(module, package) for module, package in PACKAGES.items()),
        _checked("skia", _skia),
        _checked("fonts", _fonts),
        _camera(),
        _encoders(),
        *_models(),
        _prefect(),
        *_s3(),
    ]


def _show(found: list[Check]) -> None:
    console = Console(highlight=False)
    for check in found:
        mark = "✓" if check.ok else ("✗" if check.required else "!")
        console.print(f"{mark} {check.name}: {check.detail}", soft_wrap=True, markup=False)
        if not check.ok:
            console.print(f"    {check.remedy}", soft_wrap=True, markup=False)
    lacks = sum(check.required and not check.ok for check in found)
    console.print("Ready to make films." if lacks == 0 else f"{lacks} of {len(found)} checks need mending.")


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = (3, 11) <= sys.version_info[:2] < (3, 13)
    return Check("Python", ok, version, "Use Python 3.11 or 3.12: PYTHON=python3.11 scripts/bootstrap")


def _folder(name: str, folder: Path, want_gb: float, variable: str) -> Check:
    """Whether *folder* (or where it will be made) can be written and has room."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    remedy = f"Free some space there, or set {variable} to a folder that can be written."
    try:
        with tempfile.TemporaryFile(dir=there):
            free = shutil.disk_usage(there).free / GIGABYTE
    except OSError as error:
        return Check(name, ok=False, detail=f"{folder}: {error.strerror}", remedy=remedy)
    detail = f"{folder}, {free:.1f} GB free" + (f", {want_gb:.1f} GB needed" if free < want_gb else "")
    return Check(name, free >= want_gb, detail, remedy)


def _models_gb() -> float:
    """Room that the models which are still missing need: the packages and the files made of them."""
    lacking = (model.size for model in catalogue.needed() if catalogue.standing(model) == "missing")
    return 2 * sum(lacking) / GIGABYTE


def _memory() -> Check:
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIGABYTE
    remedy = "Use the smaller text model: FLYWHEEL_TEXT=llama:qwen2.5-0.5b"
    return Check("memory", size >= MEMORY_GB, f"{size:.1f} GB", remedy, required=False)


def _camera() -> Check:
    """What draws the frames."""

    def load() -> str:
        from infra.media import sampling

        return sampling.backend()

    return _checked("camera", load, "Run: apt-get install libzimg2, or set FLYWHEEL_WARP=cv2")


def _encoders() -> Check:
    """The encoders that open on this machine; x264 must."""

    def load() -> str:
        from infra.media import encode

        encode.require("x264")
        return ", ".join(name for name in encode.ENCODERS if encode.present(name))

    return _checked("encoders", load)


def _threads() -> Check:
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = settings().threads
    remedy = f"More threads than processors slow everything down: FLYWHEEL_THREADS={cpus}"
    return Check("threads", threads <= cpus, f"{threads} on {cpus} processors", remedy, required=False)


def _package(module: str, package: str) -> Check:
    def load() -> str:
        if module == "xllamacpp":
            ensure_openmp()
        loaded = importlib.import_module(module)
        return str(getattr(loaded, "__version__", "present"))

    return _checked(package, load, f"scripts/bootstrap installs it; or run: {sys.executable} -m pip install {package}")


def _checked(name: str, probe: Callable[[], str], remedy: str = "Run: scripts/bootstrap") -> Check:
    """What *probe* says, or why it failed."""
    try:
        return Check(name, ok=True, detail=probe())
    except FlywheelError as error:
        return Check(name, ok=False, detail=error.what, remedy=error.remedy)
    except (ImportError, OSError) as error:
        return Check(name, ok=False, detail=f"cannot be loaded: {error}", remedy=remedy)


def _skia() -> str:
    from infra.media.glstub import skia

    return str(skia().__version__)


def _fonts() -> str:
    from infra.media.fonts import FACES, face

    names = [*FACES, "cjk-zh"]
    for name in names:
        face(name)
    return f"{len(names)} faces"


def _models() -> Iterator[Check]:
    for model in catalogue.needed():
        state = catalogue.standing(model)
        detail = "present, hashed at first use" if state == "unverified" else state
        yield Check(
            f"model {model.name}",
            state in {"ready", "unverified"},
            f"{detail} ({model.title}, {model.size / 1e6:,.0f} MB)",
            f"Run: flywheel models pull {model.name}",
        )


def _prefect() -> Check:
    """The server that the settings name, or whether one can be started here."""
    with warnings.catch_warnings(action="ignore"):  # of a home folder that does not exist yet: told above
        from prefect.settings import get_current_settings

    url = get_current_settings().api.url
    return _reachable(url) if url else _startable()


def _reachable(url: str) -> Check:
    import httpx

    try:
        httpx.get(f"{url.rstrip('/')}/health", timeout=5).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        remedy = "Start it (prefect server start), correct PREFECT_API_URL, or unset it to use one of Flywheel's own."
        return Check("Prefect", ok=False, detail=f"{url} does not answer: {error}", remedy=remedy)
    return Check("Prefect", ok=True, detail=f"{url} answers")


def _startable() -> Check:
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
    except OSError as error:
        remedy = "Let this program listen on 127.0.0.1, or name a running server in PREFECT_API_URL."
        return Check("Prefect", ok=False, detail=f"no server can be started: {error.strerror}", remedy=remedy)
    return Check("Prefect", ok=True, detail="a server of its own is started when needed")


def _s3() -> Iterator[Check]:
    endpoint = settings().s3_endpoint
    if endpoint is not None:

        def ask() -> str:
            open_store().sound("0" * 64)
            return f"{endpoint}, bucket {settings().s3_bucket}"

        yield _checked("S3", ask)
