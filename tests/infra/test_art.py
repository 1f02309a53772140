"""The vendored art: complete, of a reasonable size, with words in both languages."""

import numpy as np

from infra.art import MEANINGS, PIECES, meanings, pieces, pixels
from infra.engines.image.places import home, places


def test_there_are_many_pieces_and_they_fit_in_a_repository():
    assert len(pieces()) > 700
    assert PIECES.stat().st_size + MEANINGS.stat().st_size < 9_500_000


def test_every_piece_has_words_a_size_and_a_stance():
    for piece in pieces().values():
        assert piece.name
        assert piece.zh or piece.words_zh, piece.id
        assert 0 < piece.metres < 2000
        assert max(piece.width, piece.height) <= 640


def test_a_piece_is_trimmed_rgba():
    bee = pixels("honeybee")
    assert bee.shape[2] == 4
    assert bee.shape[:2] == (pieces()["honeybee"].height, pieces()["honeybee"].width)
    assert bee[..., 3].max(axis=0).min() > 0
    assert np.ptp(bee[..., :3]) > 100


def test_meanings_cover_all_pieces_and_settings():
    space = meanings()
    assert {name for name in space.names if not name.startswith("place:")} == set(pieces())
    assert {name.removeprefix("place:") for name in space.names if name.startswith("place:")} == set(places())
    assert np.allclose(np.linalg.norm(space.rows, axis=1), 1, atol=1e-3)


def test_settings_name_only_pieces_that_exist():
    for place in places().values():
        assert {*place.decor, *place.back} <= set(pieces()), place.name
    roles = {piece.removeprefix("woman-").removeprefix("man-") for piece in pieces()}
    assert {name for place in places().values() for name in place.home} <= {*pieces(), *roles}
    assert home(pieces()["two-hump-camel"], sure=True) == "desert"
    assert home(pieces()["woman-cook"], sure=True) == "kitchen"
