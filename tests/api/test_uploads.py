from __future__ import annotations

import base64
import hashlib

import pytest

from api.bodies import MOST_OF_FILE, RAW, limited
from api.problems import TooLarge
from infra.settings import settings
from infra.store import open_store

PNG = b"\x89PNG\r\n\x1a\n" + bytes(3_000_000)
SHA = hashlib.sha256(PNG)
WORD = base64.b64encode(SHA.digest()).decode()


async def test_a_picture_of_ones_own_is_kept_and_served(client):
    answer = await client.post("/api/assets", content=PNG, headers={"Content-Type": "image/png"})
    assert answer.status_code == 201
    asset = {"sha256": SHA.hexdigest(), "media_type": "image/png", "size_bytes": len(PNG)}
    assert answer.json() == {"asset": asset, "url": f"/api/assets/{SHA.hexdigest()}.png"}
    assert open_store().path(SHA.hexdigest()).read_bytes() == PNG
    assert (await client.get(answer.headers["location"])).content == PNG
    assert list((settings().store / "scratch").iterdir()) == []
    brief = {"topic": "Our summer", "media": {"s1": {"asset": asset}}}
    assert (await client.post("/api/projects", json={"brief": brief})).status_code == 201


@pytest.mark.parametrize("name", ["Content-Digest", "Digest"])
async def test_a_digest_is_checked(client, name):
    right, wrong = base64.b64encode(SHA.digest()).decode(), base64.b64encode(bytes(32)).decode()
    form = "md5=:abc:, sha-256=:{}:" if name == "Content-Digest" else "SHA-256={}"
    for word, status in ((right, 201), (wrong, 422), ("AAAA", 422)):
        headers = {"Content-Type": "image/png", name: form.format(word)}
        assert (await client.post("/api/assets", content=PNG, headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", b"<html>"), ("image/png", b"<html>"), ("image/jpeg", PNG), ("", PNG),
        ("image/svg+xml", b"<svg/>"),
        ("image/heic", b"\0\0\0\x1cftypheic"), ("application/json", b"{}"), ("application/octet-stream", b"\0\1\2\3"),
    ],
)  # fmt: skip
async def test_what_no_film_can_take_is_of_the_wrong_kind(client, kind, body):
    answer = await client.post("/api/assets", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/wrong-kind")


@pytest.mark.parametrize(
    ("said", "body", "kind"),
    [
        ("application/octet-stream", PNG, "image/png"),
        ("audio/mp4", b"\0\0\0\x18ftypisom", "audio/mp4"),
        ("video/quicktime", b"\0\0\0\x18ftypqt  ", "video/mp4"),
        ("audio/x-wav", b"RIFF....WAVE", "audio/wav"),
        ("Audio/MP3; rate=1", b"ID3\4", "audio/mpeg"),
    ],
)
async def test_the_sender_decides_where_the_bytes_leave_it_open(client, said, body, kind):
    answer = await client.post("/api/assets", content=body, headers={"Content-Type": said})
    assert answer.json()["asset"]["media_type"] == kind


async def test_a_file_that_becomes_too_large_is_cut_off():
    async def endless():
        return {"type": "http.request", "body": bytes(100), "more_body": True}

    receive = limited(endless, 1000)
    for _ in range(10):
        await receive()
    with pytest.raises(TooLarge, match=RAW):
        await receive()


async def test_nothing_is_no_file(client):
    answer = await client.post("/api/assets", content=b"", headers={"Content-Type": "image/png"})
    assert answer.status_code == 422


async def test_a_file_that_is_too_large_is_refused_unread(client):
    headers = {"Content-Type": "video/mp4", "Content-Length": str(MOST_OF_FILE + 1)}

    async def body():
        raise AssertionError("it was read")
        yield b""

    assert (await client.post("/api/assets", content=body(), headers=headers)).status_code == 413
