from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from infra.engines import engine, identity
from infra.errors import UnknownName


@pytest.fixture(scope="module")
def e5():
    return engine("embed", "e5")


@pytest.mark.models
def test_meaning_crosses_languages(e5):
    queries = e5.embed(["蜜蜂在花丛中飞", "a snowy mountain at night", "在太空中的火箭", "他在喝热茶"])
    passages = ["honeybee insect", "mountain snow", "rocket space", "a cup of tea"]
    assert (queries @ e5.embed(passages, kind="passage").T).argmax(axis=1).tolist() == [0, 1, 2, 3]


@pytest.mark.models
def test_chinese_finds_the_chinese_word(e5):
    passages = e5.embed(["山 雪", "蜜蜂", "茶杯", "火箭"], kind="passage")
    assert (e5.embed(["蜜蜂在花丛中飞"]) @ passages.T).argmax() == 1


@pytest.mark.models
def test_rows_are_unit_and_do_not_depend_on_their_company(e5):
    texts = [
        "bee",
        "",
        "🐝🦀",
        "A rather longer sentence about the life of bees in June. " * 60,
        "蜜蜂 \n\t 蜂蜜",
        "\ud800",
    ]
    together = e5.embed(texts)
    assert together.shape == (6, 384)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([e5.embed([text]) for text in texts])
    assert np.allclose((alone * together).sum(axis=1), 1, atol=1e-5)


@pytest.mark.models
def test_no_texts_no_rows(e5):
    assert e5.embed([]).shape == (0, 384)


@pytest.mark.models
def test_full_width_and_spacing_are_the_same_text(e5):
    first, second = e5.embed(["ＦＵＬＬ　ｗｉｄｔｈ", "  FULL   width "])
    assert first @ second > 0.9999


@pytest.mark.models
def test_threads_may_share_it(e5):
    texts = [f"text number {number}" for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda text: e5.embed([text])[0], texts))
    assert all(np.array_equal(row, e5.embed([text])[0]) for row, text in zip(rows, texts, strict=True))


@pytest.mark.models
def test_identity_is_known_before_loading(e5):
    assert identity("embed", "e5") == identity("embed", "e5:e5-small") == e5.identity


def test_an_unknown_model_is_refused():
    with pytest.raises(UnknownName, match="e5-small"):
        engine("embed", "e5:e5-smal")


def test_sketch_is_near_by_spelling():
    sketch = engine("embed", "sketch")
    rows = sketch.embed(["honey bees", "a honey bee", "mountain snow", "蜜蜂采蜜", "小蜜蜂", "", "🐝"])
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
    assert rows[3] @ rows[4] > rows[3] @ rows[2]
    assert np.array_equal(
        rows, sketch.embed(["honey bees", "a honey bee", "mountain snow", "蜜蜂采蜜", "小蜜蜂", "", "🐝"])
    )
    assert identity("embed", "sketch") == sketch.identity
