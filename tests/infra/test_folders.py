import errno

import pytest

from infra.errors import BadInput, StoreFull
from infra.folders import _swap, fresh_folder


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


@pytest.mark.parametrize("kind", ["file", "link", "broken link"])
def test_a_file_or_a_link_is_not_replaced(tmp_path, kind):
    target, mine = tmp_path / "out", tmp_path / "mine"
    if kind == "file":
        target.write_text("mine")
    else:
        target.symlink_to(mine)
    if kind == "link":
        mine.mkdir()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(BadInput, match=r"out is a (file|link)"), fresh_folder(target) as fresh:
        (fresh / "new").write_text("new")
    assert sorted(tmp_path.iterdir()) == before
    assert target.is_symlink() == (kind != "file")


def test_what_was_comes_back_when_the_new_one_cannot_take_its_place(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_text("old")
    with pytest.raises(FileNotFoundError):
        _swap(tmp_path / "gone", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "old").read_text() == "old"
