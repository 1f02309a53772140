"""A film is published under an address that stays, after what it promises was looked up."""

from __future__ import annotations

import asyncio
import json

import pytest
from published import BRIEF, project_with, with_version

from api.labels import read_label
from api.showing import slug_for
from flows.create import create
from infra import keys
from infra.database import close_database
from infra.settings import settings
from infra.store import open_store
from tasks.certificate import Certificate
from tasks.schema import Asset, Brief, Edits, Media

SONG = Asset(sha256="5" * 64, media_type="audio/flac", size_bytes=1)
BEACH = Media(asset=Asset(sha256="6" * 64, media_type="image/jpeg", size_bytes=1))


@pytest.fixture(scope="module")
async def film(prefect_server):
    return await create(Brief.model_validate(BRIEF))


@pytest.fixture
async def project(client, film):
    return await project_with(client, film)


async def publish(client, project, status=201, **asked):
    answer = await client.post(f"/api/projects/{project}/publications", json=asked)
    assert answer.status_code == status, answer.text
    return answer.json()


def kept(film, tmp_path, name: str, text: str) -> Asset:
    """*text* in the store, in place of the film's *name*."""
    path = tmp_path / name
    path.write_text(text)
    asset = getattr(film, name)
    return asset.model_copy(update={"sha256": open_store().put(path)})


async def test_a_film_is_published_with_what_was_looked_up(client, project, film):
    made = await publish(client, project)
    assert made["url"] == f"http://localhost/s/{made['slug']}"
    assert made["slug"].startswith("bees-flowers-")
    assert made["qr"] == f"{made['url']}/qr.svg"
    assert f'src="{made["url"]}/embed"' in made["embed"]
    assert 'title="Bees &amp; flowers"' in made["embed"]
    assert (made["version"], made["download"], made["withdrawn"]) == (1, False, None)
    checks = made["checks"]
    assert checks == (await client.get(f"/api/projects/{project}/publications/checks")).json()
    assert checks["ready"]
    figures = {figure["name"]: figure for figure in checks["certificate"]["figures"]}
    assert figures["loudness"]["value"] == pytest.approx(film.loudness_lufs, abs=0.05)
    assert figures["frames decoded"]["value"] == film.timeline.frames
    assert checks["label"]["comment"].startswith("Made by Flywheel: script, voice and pictures by machine. Content ")
    assert not checks["label"]["c2pa"]
    assert not checks["label"]["xmp"]
    assert checks["rights"] == {"needed": False, "shots": [], "song": False}
    assert checks["captions"]["holds"]
    assert checks["captions"]["cues"] >= len(film.timeline.shots)


async def test_the_same_version_again_is_the_same_publication_and_a_newer_one_moves_it(client, project, film):
    first = await publish(client, project)
    again = await publish(client, project, 200)
    assert {**again, "checks": 0} == {**first, "checks": 0}
    await with_version(project, 2, film)
    newer = await publish(client, project, 200, download=True, embed=False)
    assert (newer["slug"], newer["version"], newer["download"], newer["embed"]) == (first["slug"], 2, True, None)
    assert newer["published"] > first["published"]
    assert newer["created"] == first["created"]
    listed = (await client.get(f"/api/projects/{project}/publications")).json()["publications"]
    assert listed == [{name: value for name, value in newer.items() if name != "checks"}]
    older = await publish(client, project, 200, version=1)
    assert (older["slug"], older["version"]) == (first["slug"], 1)


async def test_who_publishes_twice_at_once_gets_one_address(client, project):
    address = f"/api/projects/{project}/publications"
    answers = await asyncio.gather(*[client.post(address, json={}) for _ in range(5)])
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [201]
    assert len({answer.json()["slug"] for answer in answers}) == 1


async def test_what_is_withdrawn_comes_back_under_its_address(client, project):
    slug = (await publish(client, project))["slug"]
    address = f"/api/projects/{project}/publications"
    for _ in range(2):
        assert (await client.delete(f"{address}/{slug}")).status_code == 204
    assert (await client.get(address)).json()["publications"][0]["withdrawn"] is not None
    assert (await client.get(f"/s/{slug}")).status_code == 410
    back = await publish(client, project, 200)
    assert (back["slug"], back["withdrawn"]) == (slug, None)
    assert (await client.get(f"/s/{slug}")).status_code == 200
    assert (await client.delete(f"{address}/another-{slug}")).status_code == 404


async def test_without_a_finished_film_nothing_is_published(client, project, film):
    empty = (await client.post("/api/projects", json={"brief": BRIEF})).json()["id"]
    refused = await publish(client, empty, 409)
    assert refused["detail"] == "The project has no finished film."
    assert f"POST /api/projects/{empty}/runs" in refused["remedy"]
    assert (await client.get(f"/api/projects/{empty}/publications/checks")).status_code == 409
    assert (await client.get(f"/api/projects/{empty}/publications")).json() == {"publications": []}
    await with_version(project, 2, None)
    assert "version 2 is not finished" in (await publish(client, project, 409, version=2))["detail"]
    assert (await publish(client, project, 404, version=9))["detail"] == "There is no version 9."
    await publish(client, project, 422, version=0)
    await publish(client, project, 422, rigths=True)


def sealed(text: str, name: str, value: float) -> str:
    """The certificate with another figure that fails, sealed anew."""
    proof = Certificate.model_validate_json(text)
    checks = tuple(
        check.model_copy(update={"value": value, "holds": False}) if check.name == name else check
        for check in proof.checks
    )
    return proof.model_copy(update={"checks": checks, "holds": False}).sealed().text()


def of_another_film(text: str) -> str:
    proof = Certificate.model_validate_json(text)
    file = proof.exact.file.model_copy(update={"sha256": "a" * 64})
    return proof.model_copy(update={"exact": proof.exact.model_copy(update={"file": file})}).sealed().text()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (None, "The film has none."),
        (lambda proof: "{}", "It cannot be read."),
        (lambda proof: proof.replace('"holds": true', '"holds": false', 1), "It was altered."),
        (lambda proof: sealed(proof, "loudness", 7.0), "loudness: 7.0 LUFS, limit -14 ± 0.2."),
        (of_another_film, "It is another film's."),
    ],
)
async def test_a_film_whose_certificate_does_not_hold_is_not_published(client, project, film, tmp_path, change, why):
    proof = change and change(open_store().path(film.certificate.sha256).read_text())
    certificate = kept(film, tmp_path, "certificate", proof) if proof else None
    await with_version(project, 2, film, certificate=certificate)
    checks = (await client.get(f"/api/projects/{project}/publications/checks")).json()
    assert (checks["ready"], checks["certificate"]["holds"], checks["certificate"]["reason"]) == (False, False, why)
    refused = await publish(client, project, 409)
    assert refused["detail"] == f"The certificate of version 2 does not hold: {why}"
    assert refused["remedy"]
    await publish(client, project, version=1)


async def test_an_mp4_that_does_not_say_how_it_was_made_is_not_published(client, project, film, tmp_path):
    bare = open_store().path(film.master.sha256).read_bytes().replace(b"by machine", b"by masters")
    path = tmp_path / "film.mp4"
    path.write_bytes(bare)
    other = film.master.model_copy(update={"sha256": open_store().put(path)})
    text = open_store().path(film.certificate.sha256).read_text().replace(film.master.sha256, other.sha256)
    proof = Certificate.model_validate_json(text).sealed().text()
    await with_version(project, 2, film, master=other, certificate=kept(film, tmp_path, "certificate", proof))
    refused = await publish(client, project, 409)
    assert refused["detail"] == "The MP4 of version 2 does not say that it was made by machine."


async def test_the_rights_in_what_is_one_s_own_are_confirmed(client, project, film):
    ids = [shot.segment for shot in film.timeline.shots]
    edits = Edits(media={ids[-1]: BEACH, "s99": BEACH}, music=SONG)
    await with_version(project, 2, film, edits=edits)
    checks = (await client.get(f"/api/projects/{project}/publications/checks")).json()
    shot = {"segment": ids[-1], "number": len(ids), "media_type": "image/jpeg"}
    assert checks["rights"] == {"needed": True, "shots": [shot], "song": True}
    assert checks["ready"]
    refused = await publish(client, project, 422)
    assert refused["detail"] == f"The film uses media of your own (shots {len(ids)} and the music)."
    assert "rights: true" in refused["remedy"]
    await publish(client, project, 201, rights=True)


async def test_another_tenant_neither_publishes_nor_withdraws(client, project, monkeypatch):
    slug = (await publish(client, project))["slug"]
    monkeypatch.setenv("FLYWHEEL_AUTH", "keys")
    settings.cache_clear()
    _, reads = await keys.create("local", "ann", "laptop", ["read"])
    _, theirs = await keys.create("other", "eve", "laptop", ["write"])
    address = f"/api/projects/{project}/publications"
    for key, status in ((reads, 403), (theirs, 404)):
        client.headers["Authorization"] = f"Bearer {key}"
        assert (await client.post(address, json={})).status_code == status
        assert (await client.delete(f"{address}/{slug}")).status_code == status
        assert (await client.get(address)).status_code == (200 if key == reads else 404)
    del client.headers["Authorization"]
    assert (await client.post(address, json={})).status_code == 401
    assert (await client.get(f"/s/{slug}")).status_code == 200


async def test_a_project_that_is_put_away_is_not_shown_until_it_comes_back(client, project):
    slug = (await publish(client, project))["slug"]
    await client.delete(f"/api/projects/{project}")
    assert (await client.get(f"/s/{slug}")).status_code == 410
    await client.post(f"/api/projects/{project}/restore")
    assert (await client.get(f"/s/{slug}")).status_code == 200


async def test_the_address_is_the_one_that_the_settings_say(client, project, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_PUBLIC_URL", "https://films.example/")
    settings.cache_clear()
    assert (await publish(client, project))["url"].startswith("https://films.example/s/bees-flowers-")


async def test_publications_on_postgres(home, film, monkeypatch):
    import services
    from httpx import ASGITransport, AsyncClient

    from api.app import create_app

    with services.postgres() as url:
        monkeypatch.setenv("FLYWHEEL_DATABASE", url)
        settings.cache_clear()
        async with AsyncClient(transport=ASGITransport(create_app()), base_url="http://localhost") as client:
            project = await project_with(client, film)
            address = f"/api/projects/{project}/publications"
            answers = await asyncio.gather(*[client.post(address, json={"download": True}) for _ in range(4)])
            assert sorted(answer.status_code for answer in answers) == [200] * 3 + [201]
            slug = answers[0].json()["slug"]
            assert (await client.get(f"/s/{slug}")).status_code == 200
            assert (await client.delete(f"{address}/{slug}")).status_code == 204
            assert (await client.get(f"/s/{slug}")).status_code == 410
        await close_database()


def test_slugs_are_short_safe_and_by_chance():
    assert slug_for("How Honeybees Don’t Get Lost").startswith("how-honeybees-dont-get-lost-")
    assert len(slug_for("蜜蜂怎样找到花")) == 12
    assert len(slug_for("word " * 100)) <= 64
    assert slug_for("../../<script>").startswith("script-")
    assert len({slug_for("") for _ in range(1000)}) == 1000


def test_damaged_boxes_say_nothing():
    box = b"\0\0\0\x18uuid" + bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
    assert read_label(box).c2pa
    assert not read_label(box[:-1]).c2pa
    for broken in (b"", b"\0" * 64, b"\0\0\0\1moov\0\0\0\0\0\0\0\1", b"\xff" * 64, b"\0\0\0\x10moov\0\0\0\xffudta"):
        assert read_label(broken) == read_label(b"")


async def test_a_film_that_the_store_lost_is_told_as_such(client, project, film):
    open_store().path(film.master.sha256).unlink()
    answer = await client.post(f"/api/projects/{project}/publications", json={})
    assert answer.status_code == 404
    assert json.loads(answer.text)["remedy"]
