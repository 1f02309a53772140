"""How the studio's pages and files are served."""

from __future__ import annotations

import gzip

import pytest

from api.studio import files


@pytest.fixture
def base() -> str:
    return f"/studio/-/{files.build()}"


async def test_pages_and_files_answer_get_and_head_alike(client, base):
    for path, status in (
        ("/", 307), ("/studio", 200), ("/studio/library", 200), (f"{base}/app.js", 200), (f"{base}/none.js", 404),
    ):  # fmt: skip
        got, head = await client.get(path), await client.head(path)
        assert (got.status_code, head.status_code, head.content) == (status, status, b""), path
        assert got.headers.get("content-security-policy") == head.headers.get("content-security-policy")


async def test_only_the_studio_s_own_files_are_served(client, base, tmp_path):
    for name in ("secret.js", "secret.css", "secret.svg"):
        (tmp_path / name).write_text("")
        for way in (f"{base}/{tmp_path / name}", f"{base}/{'%2e%2e/' * 12}{tmp_path.relative_to('/')}/{name}"):
            assert (await client.get(way)).status_code == 404, way
    for name in ("%2e%2e/share.css", "tsconfig.json", "i18n", "", "app.js/"):
        assert (await client.get(f"{base}/{name}")).status_code == 404, name


async def test_a_file_is_sent_compressed_to_who_takes_that_and_kept_for_ever(client, base):
    async def sent(accepts: str) -> tuple[str | None, bytes]:
        async with client.stream("GET", f"{base}/app.js", headers={"Accept-Encoding": accepts}) as answer:
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["vary"] == "Accept-Encoding"
            return answer.headers.get("content-encoding"), b"".join([part async for part in answer.aiter_raw()])

    (coded, small), (plainly, whole) = await sent("br, gzip"), await sent("identity")
    assert (coded, plainly, gzip.decompress(small)) == ("gzip", None, whole)


async def test_a_file_of_another_build_is_not_there(client):
    assert (await client.get("/studio/-/000000000000/app.js")).status_code == 404
