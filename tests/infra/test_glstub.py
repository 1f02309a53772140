"""skia loads and draws the same letters whether the machine has graphics libraries or not."""

import os
import subprocess
import sys

import pytest

from infra.media.glstub import shared_object

DRAW = """
import hashlib
from infra.media.lettering import Line, Style, paint
ink = paint([Line("Bees 🐝 النحل", (0, 4))], Style(40, outline=3, shadow=2), "en")
print(hashlib.sha256(ink.tobytes()).hexdigest())
print(sorted({line for line in open("/proc/self/maps").read().split() if "/memfd:" in line}))
"""
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux wheels ask for these libraries")


def drawn(*, force):
    environment = dict(os.environ)
    environment.pop("FLYWHEEL_FORCE_GLSTUB", None)
    if force:
        environment["FLYWHEEL_FORCE_GLSTUB"] = "1"
    result = subprocess.run([sys.executable, "-c", DRAW], env=environment, capture_output=True, text=True, check=True)
    return result.stdout.splitlines()


@LINUX
def test_the_same_letters_with_stand_ins():
    usual, stubbed = drawn(force=False), drawn(force=True)
    assert usual[0] == stubbed[0]
    assert all(name in stubbed[1] for name in ("libGL.so.1", "libEGL.so.1", "libexpat.so.1"))


@LINUX
def test_a_stand_in_is_a_library_whose_functions_return_zero(tmp_path):
    import ctypes
    import platform

    names = [f"flywheel_stub_{index}" for index in range(300)]
    path = tmp_path / "libnothing.so.9"
    path.write_bytes(shared_object("libnothing.so.9", names, platform.machine()))
    library = ctypes.CDLL(str(path))
    assert all(library[name]() == 0 for name in names)
    with pytest.raises(AttributeError):
        library["flywheel_stub_absent"]


def test_both_processors_are_known():
    for machine, number in (("x86_64", 62), ("aarch64", 183)):
        content = shared_object("libGL.so.1", ["glGetError"], machine)
        assert content[:4] == b"\x7fELF"
        assert int.from_bytes(content[18:20], "little") == number
