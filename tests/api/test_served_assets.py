from __future__ import annotations

import hashlib
import json
import time

import httpx
import pytest
import services
from hypothesis import given
from hypothesis import strategies as st

from api.kinds import INLINE, OTHER, extension, settled, sniffed
from infra import keys
from infra.settings import settings
from infra.store import open_store

CLIP = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 40


@pytest.fixture
def kept(home, tmp_path):
    """Puts bytes into the store; their hash."""

    def put(body: bytes) -> str:
        path = tmp_path / "body"
        path.write_bytes(body)
        return open_store().put(path)

    return put


async def test_an_asset_is_served_for_ever_under_its_hash(client, kept):
    sha = kept(CLIP)
    answer = await client.get(f"/api/assets/{sha}.mp4")
    assert (answer.status_code, answer.content) == (200, CLIP)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["etag"] == f'"{sha}"'
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in answer.headers
    head = await client.head(f"/api/assets/{sha}.mp4")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(CLIP)))
    again = await client.get(f"/api/assets/{sha}", headers={"If-None-Match": f'"other", "{sha}"'})
    assert (again.status_code, again.content) == (304, b"")


async def test_who_has_it_is_told_so_also_by_a_weak_tag_but_not_of_what_is_not_there(client, kept):
    sha, gone = kept(CLIP), "0" * 64
    for tag in (f'W/"{sha}"', f'"x", W/"{sha}"', "*"):
        assert (await client.get(f"/api/assets/{sha}", headers={"If-None-Match": tag})).status_code == 304
    assert (await client.get(f"/api/assets/{sha}", headers={"If-None-Match": f'W/"{gone}"'})).status_code == 200
    for tag in (f'"{gone}"', "*"):
        assert (await client.get(f"/api/assets/{gone}", headers={"If-None-Match": tag})).status_code == 404


async def test_where_keys_are_asked_for_no_cache_on_the_way_keeps_it(client, kept, monkeypatch):
    sha = kept(CLIP)
    monkeypatch.setenv("FLYWHEEL_AUTH", "keys")
    settings.cache_clear()
    _, secret = await keys.create("acme", "ann", "laptop", ["read"])
    answer = await client.get(f"/api/assets/{sha}", headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, max-age=31536000, immutable")


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-0", 206, 0, 0),
        ("bytes=100-199", 206, 100, 199),
        ("bytes=100-", 206, 100, len(CLIP) - 1),
        ("bytes=-7", 206, len(CLIP) - 7, len(CLIP) - 1),
        ("bytes=-999999", 206, 0, len(CLIP) - 1),
        ("bytes=5-99999999", 206, 5, len(CLIP) - 1),
        ("bytes=-", 200, 0, len(CLIP) - 1),
        ("bytes=9-3", 200, 0, len(CLIP) - 1),
        ("bytes=x", 200, 0, len(CLIP) - 1),
        ("lines=1-2", 200, 0, len(CLIP) - 1),
        ("bytes=0-1,5-6", 200, 0, len(CLIP) - 1),
    ],
)
async def test_ranges(client, kept, asked, status, first, last):
    answer = await client.get(f"/api/assets/{kept(CLIP)}.mp4", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (status, CLIP[first : last + 1])
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(CLIP)}"


@pytest.mark.parametrize("asked", ["bytes=99999-", "bytes=-0", f"bytes={len(CLIP)}-"])
async def test_a_range_that_is_not_there_is_a_problem(client, kept, asked):
    answer = await client.get(f"/api/assets/{kept(CLIP)}.mp4", headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-range"] == f"bytes */{len(CLIP)}"


async def test_a_range_of_something_else_is_the_whole(client, kept):
    sha = kept(CLIP)
    for unless, status in ((f'"{sha}"', 206), ('"other"', 200), (f'W/"{sha}"', 200)):
        headers = {"Range": "bytes=0-1", "If-Range": unless}
        assert (await client.get(f"/api/assets/{sha}", headers=headers)).status_code == status


async def test_what_browsers_could_run_is_saved_not_shown(client, kept):
    for body in (b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7"):
        sha = kept(body)
        for name in (sha, f"{sha}.html", f"{sha}.svg"):
            answer = await client.get(f"/api/assets/{name}")
            assert answer.headers["content-type"] == OTHER
            assert answer.headers["content-disposition"].startswith("attachment")


async def test_a_download_has_the_name_that_was_asked_for(client, kept):
    sha = kept(CLIP)
    answer = await client.get(f"/api/assets/{sha}.mp4", params={"download": "蜜蜂 film.mp4"})
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''%E8%9C%9C%E8%9C%82%20film.mp4"
    for bad in ("a/b", "a\nb", "", "x" * 151):
        assert (await client.get(f"/api/assets/{sha}", params={"download": bad})).status_code in {400, 422}


async def test_what_the_store_does_not_hold_or_no_hash_is_refused(client, kept):
    assert (await client.get(f"/api/assets/{'0' * 64}")).status_code == 404
    assert (await client.get("/api/assets/..%2f..%2fetc%2fpasswd")).status_code in {404, 422}
    assert (await client.get("/api/assets/abc")).status_code == 422


async def test_a_damaged_asset_is_never_served(client, kept):
    sha = kept(CLIP)
    path = open_store().path(sha)
    path.chmod(0o644)
    path.write_bytes(b"other")
    assert (await client.get(f"/api/assets/{sha}")).status_code == 404


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"RIFF....WEBP", "image/webp"),
        (b"RIFF....WAVE", "audio/wav"), (b"\0\0\0\x1cftypavif", "image/avif"), (b"\0\0\0\x1cftypheic", "image/heic"),
        (b"\0\0\0\x1cftypM4A ", "audio/mp4"), (CLIP[:200], "video/mp4"), (b"ID3\4", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"), (b"\xff\xf1\x50", "audio/aac"), (b"fLaC", "audio/flac"),
        (b"OggS....OpusHead", "audio/ogg"), (b"WEBVTT\n", "text/vtt"),
        (json.dumps({"a": 1}).encode(), "application/json"),
        (b"1\n00:00:00,000 --> 00:00:01,000\nHi", "application/x-subrip"), (b"<html>", OTHER), (b"", OTHER),
        (b"\x1a\x45\xdf\xa3.....webm", "video/webm"), (b"#EXTM3U\n", "application/vnd.apple.mpegurl"),
    ],
)  # fmt: skip
def test_bytes_say_what_they_are(head, kind):
    assert sniffed(head) == kind


def test_every_kind_that_is_shown_has_its_extension():
    assert all(INLINE[extension(kind)] == kind for kind in INLINE.values())


@given(st.binary(max_size=300), st.sampled_from(["image/png", "video/mp4", OTHER, "", "text/html; x=y"]))
def test_no_bytes_break_the_table_and_no_page_is_taken(head, declared):
    assert sniffed(head)
    assert "html" not in (settled(declared, head) or "")


@pytest.fixture
def s3(home, monkeypatch):
    with services.s3() as names:
        for name, value in names.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        open_store.cache_clear()
        store = open_store()
        while not store.client.bucket_exists(store.bucket):  # the service makes it a moment after it answers
            time.sleep(0.1)
        yield


async def test_with_s3_the_answer_is_an_address_that_works_for_a_while(s3, client, kept):
    sha = kept(CLIP)
    answer = await client.get(f"/api/assets/{sha}.mp4", params={"download": "film.mp4"})
    assert answer.status_code == 302
    assert "immutable" not in answer.headers["cache-control"]
    async with httpx.AsyncClient() as anybody:
        brought = await anybody.get(answer.headers["location"])
        part = await anybody.get(answer.headers["location"], headers={"Range": "bytes=0-3"})
    assert hashlib.sha256(brought.content).hexdigest() == sha
    assert brought.headers["content-type"] == "video/mp4"
    assert brought.headers["content-disposition"] == 'attachment; filename="film.mp4"'
    assert (part.status_code, part.content) == (206, CLIP[:4])
    assert 0 < int(httpx.URL(answer.headers["location"]).params["X-Amz-Expires"]) <= 3600
    head = await client.head(f"/api/assets/{sha}")
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(CLIP)))
    assert head.headers["content-type"] == "video/mp4"
    assert (await client.get(f"/api/assets/{'0' * 64}")).status_code == 404
