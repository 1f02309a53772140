import errno

import pytest

from infra.errors import StoreFull
from infra.folders import fresh_folder


def test_a_folder_appears_whole_and_replaces(tmp_path):
    for word in ("one", "two"):
        with fresh_folder(tmp_path / "a" / "out") as fresh:
            (fresh / word).write_text(word)
            assert not (tmp_path / "a" / "out" / word).exists()
        assert [path.name for path in (tmp_path / "a" / "out").iterdir()] == [word]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["out"]


def test_a_failed_one_leaves_what_was(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_text("old")

    def fail(error):
        with fresh_folder(tmp_path / "out") as fresh:
            (fresh / "new").write_text("new")
            raise error

    with pytest.raises(StoreFull, match="No space left"):
        fail(OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(KeyboardInterrupt):
        fail(KeyboardInterrupt())
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["old"]
