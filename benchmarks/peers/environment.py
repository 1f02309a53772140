"""An environment of its own for MoneyPrinterTurbo, made once in the user's cache folder; delete the folder at will."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

RELEASE = "1.3.9"
FOLDER = user_cache_path("flywheel") / "benchmarks" / f"mpt-{RELEASE}"
PINS = ("moviepy==2.2.1", "imageio-ffmpeg==0.6.0", "loguru==0.7.3", "toml==0.10.2")
"""Of what it asks for, at its own versions, the part that its video service imports; the rest talks to web services."""
ALIKE = ("numpy", "pillow", "pydantic")
"""What it leaves open has the versions of our own environment."""


def interpreter() -> Path:
    """The environment's Python.

    Raises:
        SystemExit: the packages cannot be installed; the message says what to do.
    """
    python, ready = FOLDER / "bin" / "python", FOLDER / "ready"
    if not ready.exists():
        shutil.rmtree(FOLDER, ignore_errors=True)
        print(f"Installing MoneyPrinterTurbo {RELEASE} into {FOLDER}, once (about 310 MB).", flush=True)
        venv.create(FOLDER, with_pip=False, symlinks=True)
        _install(python, "--no-deps", f"mpt=={RELEASE}")
        _install(python, *PINS, *(f"{name}=={version(name)}" for name in ALIKE))
        ready.touch()
    return python


def _install(python: Path, *what: str) -> None:
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-warn-conflicts", *what]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    if told.returncode:
        wanted = ", ".join(word for word in what if not word.startswith("-"))
        raise SystemExit(
            f"{told.stderr.strip()}\n\nMoneyPrinterTurbo could not be installed: pip could not get all of {wanted}.\n"
            "Connect this machine to the package index that pip is set to, or put the wheels into a folder, name it "
            "in PIP_FIND_LINKS, and run the same command again."
        )
