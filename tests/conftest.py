"""One home folder and one Prefect server for the whole test run; sketch engines unless a test asks for models."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="flywheel-tests-"))
os.environ["FLYWHEEL_HOME"] = str(HOME)
for name in ("DRAFT", "TEXT", "IMAGE", "SPEECH", "MUSIC", "EMBED", "TRANSCRIBE"):
    os.environ[f"FLYWHEEL_{name}"] = "sketch"
os.environ.pop("PREFECT_API_URL", None)
os.environ["FLYWHEEL_PREFECT_PORT"] = "9"  # where nobody listens: a service of the user's own is left alone
os.environ["PREFECT_HOME"] = str(HOME / "prefect")

from flows.environment import prepare  # noqa: E402

prepare()

import shutil  # noqa: E402
from collections.abc import Iterator  # noqa: E402

import hypothesis  # noqa: E402
import pytest  # noqa: E402

from infra.settings import settings  # noqa: E402
from infra.store import open_store  # noqa: E402

hypothesis.settings.register_profile("flywheel", deadline=None)  # a busy machine is no fault
hypothesis.settings.load_profile("flywheel")


@pytest.fixture(scope="session", autouse=True)
def _tidy() -> Iterator[None]:
    yield
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """A real Prefect server on SQLite, once for the whole run."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder of its own for one test."""
    monkeypatch.setenv("FLYWHEEL_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    open_store.cache_clear()
    yield tmp_path / "home"
    monkeypatch.undo()
    settings.cache_clear()
    open_store.cache_clear()
