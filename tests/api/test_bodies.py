from __future__ import annotations

import json
import time

import pytest
from asking import BEES
from hypothesis import given
from hypothesis import strategies as st

from api.bodies import DEEPEST, MOST, check_json, depth
from api.problems import Malformed
from infra.errors import BadInput, FlywheelError

JSON = {"Content-Type": "application/json"}
values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def deep(value):
    match value:
        case list():
            return 1 + max(map(deep, value), default=0)
        case dict():
            return 1 + max(map(deep, value.values()), default=0)
    return 0


@given(values, st.booleans())
def test_depth_is_counted_outside_strings(value, ascii_only):
    assert depth(json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "backslashreplace")) == deep(value)


@given(values)
def test_clean_json_passes_and_what_no_database_holds_does_not(value):
    text = json.dumps(value)
    unclean = "\\u0000" in text.replace("\\\\", "") or any("\ud800" <= c <= "\udfff" for c in repr(value))
    if unclean or deep(value) > DEEPEST:
        with pytest.raises(FlywheelError):
            check_json(text.encode())
    else:
        check_json(text.encode())


@pytest.mark.parametrize(
    "body",
    [b'{"a": 1, "a": 2}', b'"\\u0000"', b'"\\ud800"', b'{"\\udc00": 1}', b"[" * 65 + b"]" * 65, b"[" * 10_000],
)
def test_json_that_nothing_behind_can_hold_is_refused(body):
    with pytest.raises(BadInput):
        check_json(body)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"NaN", b"[Infinity]", b"-Infinity", b"\xff", b'"\xed\xa0\x80"', b"1" * 5000]
)
def test_what_is_no_json_is_refused(body):
    with pytest.raises(Malformed):
        check_json(body)


@pytest.mark.parametrize("piece", [b"[],", b"]", b'{"a":0},', b'"",', b"0,"])
def test_a_body_of_hundreds_of_thousands_of_values_is_refused_at_once(piece):
    begun = time.thread_time()
    with pytest.raises(BadInput, match="brackets and commas"):
        check_json(piece * (MOST // len(piece)))
    assert time.thread_time() - begun < 0.2  # 0.05 s; reading them all takes three times that limit


def test_text_may_have_any_number_of_commas():
    check_json(json.dumps({"topic": "[a, b], " * 20_000}).encode())


def test_sixty_four_deep_is_taken():
    check_json(b"[" * 64 + b"]" * 64)


async def test_a_body_that_says_it_is_too_large_is_refused_unread(client):
    read = 0

    async def body():
        nonlocal read
        for _ in range(100):
            read += 1
            yield bytes(100_000)

    answer = await client.post("/api/projects", content=body(), headers={**JSON, "Content-Length": str(10_000_000)})
    assert (answer.status_code, read) == (413, 0)


async def test_a_body_that_becomes_too_large_is_not_read_to_its_end(client):
    read = 0

    async def body():
        nonlocal read
        for _ in range(100):
            read += 1
            yield bytes(100_000)

    answer = await client.post("/api/projects", content=body(), headers=JSON)
    assert answer.status_code == 413
    assert read * 100_000 <= MOST + 200_000


@pytest.mark.parametrize(
    "address", ["/api/projects?q=%00", "/api/projects/%00", "/api/runs?state=%ff", "/api/projects/%0a"]
)
async def test_an_address_that_is_no_text_is_malformed(client, address):
    assert (await client.get(address)).status_code == 400


async def test_right_to_left_text_stays_as_it_was(client):
    topic = "\u05d3\u05d1\u05d5\u05e8\u05d9\u05dd \u0627\u0644\u0646\u062d\u0644"
    answer = await client.post("/api/projects", json={"brief": {**BEES, "topic": topic}})
    assert answer.json()["brief"]["topic"] == topic
