"""The illustrator and the sketch: what is chosen, that it repeats, and that no prompt breaks it."""

import dataclasses
from itertools import combinations

import cv2
import numpy as np
import pytest

from infra.engines import Look, engine, identity
from infra.engines.image.meaning import nearest_pieces, nearest_place
from infra.engines.image.picking import plan
from infra.engines.image.reading import read
from infra.engines.image.style import STYLES, stylise
from infra.errors import BadInput, UnknownName

LOOK = Look(("#8fc8ea", "#a8c8a0", "#6fae6a", "#3f7a4a", "#f2a93b"))
SMALL = {"width": 320, "height": 180, "look": LOOK, "seed": 1}


@pytest.fixture(scope="module")
def illustrator():
    return engine("image", "illustrator")


def over(layers):
    """All layers composed in order, (height, width, 3)."""
    result = np.zeros((*layers[0].pixels.shape[:2], 3))
    for layer in layers:
        alpha = layer.pixels[..., 3:] / 255
        result = result * (1 - alpha) + layer.pixels[..., :3] * alpha
    return result


def first_pieces(prompt):
    return {name for subject in read(prompt).subjects for name in subject.pieces[:1]}


@pytest.mark.parametrize(
    ("english", "chinese", "piece"),
    [
        ("a honeybee in a meadow", "草地上的蜜蜂", "honeybee"),
        ("a teapot on a table", "桌上的茶壶", "teapot"),
        ("a rocket in space", "太空中的火箭", "rocket"),
        ("camels in the desert", "沙漠里的骆驼", "camel"),
        ("robots in a factory", "工厂里的机器人", "robot"),
        ("a beating heart", "跳动的心脏", "anatomical-heart"),
    ],
)
def test_both_languages_choose_the_same_piece_and_place(english, chinese, piece):
    assert piece in first_pieces(english)
    assert piece in first_pieces(chinese)
    assert read(english).place == read(chinese).place


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("a bee", 1),
        ("two bees", 2),
        ("bees", 3),
        ("a swarm of bees", 8),
        ("5 bees", 5),
        ("三只蜜蜂", 3),
        ("一群蜜蜂", 6),
        ("三只小熊猫", 3),
        ("蜜蜂", 1),
    ],
)
def test_counts_are_read(prompt, count):
    assert read(prompt).subjects[0].count == count


def test_light_weather_and_shot_are_read():
    ask = read("Close-up of an umbrella on a rainy street at night")
    assert (ask.place, ask.light, ask.weather, ask.shot) == ("street", "night", "rain", "close")
    ask = read("黄昏时分，俯瞰薄雾中的村庄")
    assert (ask.place, ask.light, ask.weather, ask.shot) == ("village", "dusk", "mist", "aerial")


def test_what_an_animal_does_is_no_second_subject():
    assert first_pieces("a whale swimming in the ocean") == {"spouting-whale"}
    assert first_pieces("two children running in a park") == {"man-running"}


def test_verbs_and_materials_are_not_things():
    assert first_pieces("Bees building a hive near a stone temple") == {"honeybee", "beehive", "classical-building"}
    assert first_pieces("Engineers watch a robot") == {"man-mechanic", "robot"}


def test_a_film_keeps_its_cast():
    casts = [
        plan(prompt, light="day", cast_of="film", seed=seed).groups[0].pieces
        for seed, prompt in enumerate(("a farmer", "the farmer rests"))
    ]
    assert casts[0] == casts[1]


@pytest.mark.models
def test_words_without_a_name_are_found_by_meaning_and_nonsense_is_not():
    assert nearest_pieces(["pollinators", "ponies", "violinist"], "e5") == ["honeybee", "horse", "violin"]
    assert nearest_pieces(["superposition", "refugee", "旁边", "正在"], "e5") == [None] * 4
    assert nearest_place("corals and fish far below the surface", "e5") == "underwater"


def test_the_same_call_gives_the_same_bytes(illustrator):
    first, second = (illustrator.draw("Two bees over a sunflower", **SMALL) for _ in range(2))
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert all(a.pixels.tobytes() == b.pixels.tobytes() for a, b in zip(first.layers, second.layers, strict=True))
    assert "honeybee" in first.shows


def test_different_prompts_and_seeds_give_different_pictures(illustrator):
    prompts = [
        "A bee in a meadow",
        "A teapot on a table",
        "A rocket in space",
        "Camels in the desert",
        "沙滩上的螃蟹",
        "夜晚的城市",
    ]
    pictures = [illustrator.draw(prompt, **SMALL).pixels.astype(int) for prompt in prompts]
    pictures.append(illustrator.draw(prompts[0], **{**SMALL, "seed": 2}).pixels.astype(int))
    assert all(np.abs(one - other).mean() > 8 for one, other in combinations(pictures, 2))


@pytest.mark.parametrize(("width", "height"), [(640, 360), (360, 640), (400, 400), (321, 183)])
def test_every_aspect_is_laid_out_anew_and_its_layers_compose_to_it(illustrator, width, height):
    picture = illustrator.draw(
        "A farmer with a cow in front of a red barn at dawn", **{**SMALL, "width": width, "height": height}
    )
    assert picture.pixels.shape == (height, width, 3)
    assert [layer.depth for layer in picture.layers] == sorted(layer.depth for layer in picture.layers)
    assert all(layer.pixels.shape == (height, width, 4) for layer in picture.layers)
    assert picture.layers[0].pixels[..., 3].min() == 255
    assert np.abs(over(picture.layers) - picture.pixels).mean() < 1.5


@pytest.mark.parametrize(
    "prompt", ["", " ", "!!!", "🐝🌻🚀", "نحلة فوق زهرة", "the of and", "量", "x" * 600, "a bee and a flower " * 32]
)
@pytest.mark.models
def test_no_prompt_fails(illustrator, prompt):
    picture = illustrator.draw(prompt, **SMALL)
    assert picture.pixels.std() > 8
    assert picture.shows


def test_an_emoji_names_its_piece():
    assert first_pieces("🐝 🚀") == {"honeybee", "rocket"}


def test_unknown_styles_and_absurd_sizes_are_refused(illustrator):
    with pytest.raises(UnknownName, match="watercolour"):
        illustrator.draw("a bee", **{**SMALL, "look": dataclasses.replace(LOOK, style="watercolor")})
    with pytest.raises(BadInput):
        illustrator.draw("a bee", **{**SMALL, "width": 5})


@pytest.mark.models
@pytest.mark.parametrize("style", STYLES[1:])
def test_a_style_changes_colours_and_keeps_edges(illustrator, style):
    plain = illustrator.draw("A sailboat on the sea", **{**SMALL, "width": 960, "height": 540}).pixels
    styled = stylise(plain, style, 0.6)
    assert np.abs(styled.astype(int) - plain).mean() > 6
    sharp = [cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_64F).std() for picture in (plain, styled)]
    assert sharp[1] > 0.5 * sharp[0]


def test_identity_names_art_and_embedder(illustrator):
    assert illustrator.identity == identity("image", "illustrator")
    assert "art@" in illustrator.identity


def test_sketch_is_deterministic_and_its_layers_compose():
    sketch = engine("image", "sketch")
    one, two = (sketch.draw("A bee", **SMALL) for _ in range(2))
    assert np.array_equal(one.pixels, two.pixels)
    assert np.abs(over(one.layers) - one.pixels).max() == 0
    assert not np.array_equal(one.pixels, sketch.draw("A cat", **SMALL).pixels)
