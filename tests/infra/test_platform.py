"""The OpenMP library that a wheel of ours lends to a machine without one."""

import ctypes
import sys

import pytest

from infra import platform
from infra.settings import settings

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux wheels expect the system's library")


@linux
def test_the_lent_library_works_and_bears_the_systems_name(tmp_path, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_HOME", str(tmp_path))
    settings.cache_clear()
    try:
        path = platform._lent_copy()
        assert path == platform._lent_copy()
    finally:
        settings.cache_clear()
    assert path.is_relative_to(tmp_path)
    assert path.name.endswith(platform.OPENMP)
    assert ctypes.CDLL(str(path)).omp_get_max_threads() >= 1
    assert path.stat().st_size == platform._carried().stat().st_size


@linux
def test_xllamacpp_finds_one():
    assert platform.ensure_openmp()
    assert platform.loadable(platform.OPENMP)


def test_only_a_library_of_that_name_is_renamed():
    assert platform.renamed(b"..\0liblong.so.1\0..", "liblong.so.1", "lib.so") == b"..\0lib.so\0\0\0\0\0\0\0.."
    with pytest.raises(ValueError, match="cannot be renamed"):
        platform.renamed(b"..\0other.so\0", "liblong.so.1", "lib.so")
    with pytest.raises(ValueError, match="cannot be renamed"):
        platform.renamed(b"\0lib.so\0", "lib.so", "liblonger.so")
