from __future__ import annotations

import asyncio

import pytest
from asking import BEES, created, with_film


async def test_a_project_begins_with_a_brief(client):
    answer = await client.post("/api/projects", json={"brief": BEES, "title": "Bees"})
    project = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/projects/{project['id']}"
    assert answer.headers["etag"] == '"1"'
    assert (project["title"], project["state"], project["run"], project["film"]) == ("Bees", "draft", None, None)
    assert project["brief"]["topic"] == BEES["topic"]
    read = await client.get(answer.headers["location"])
    assert read.json()["events"].startswith(f"/api/projects/{project['id']}/events?after=0&ticket=")


async def test_a_project_may_be_made_at_once(client):
    answer = await client.post("/api/projects", json={"brief": BEES, "make": True})
    project = answer.json()
    assert project["state"] == "queued"
    assert answer.headers["flywheel-run"] == project["run"]
    assert project["last_event_id"] == 1
    versions = (await client.get(f"/api/projects/{project['id']}/versions")).json()["versions"]
    assert [(one["number"], one["run"], one["made"]) for one in versions] == [(1, project["run"], False)]


async def test_pages_go_from_the_newest_to_the_oldest_and_miss_none(client):
    made = [(await created(client, title=f"Film {n}"))["id"] for n in range(7)]
    seen, address = [], "/api/projects?limit=3"
    while address:
        answer = await client.get(address)
        seen += [one["id"] for one in answer.json()["projects"]]
        address = answer.links.get("next", {}).get("url")
        assert (answer.json()["next"] is None) == (address is None)
    assert seen == made[::-1]


async def test_a_list_can_be_searched_by_title(client):
    await created(client, title="How BEES dance")
    await created(client, title="100% tea_")
    assert [one["title"] for one in (await client.get("/api/projects?q=bees")).json()["projects"]] == ["How BEES dance"]
    assert [one["title"] for one in (await client.get("/api/projects?q=0%25 TEA_")).json()["projects"]] == ["100% tea_"]
    assert (await client.get("/api/projects?q=_ees")).json()["projects"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=!", "cursor=abc"])
async def test_a_page_that_cannot_be_is_refused(client, query):
    assert (await client.get(f"/api/projects?{query}")).status_code == 422


async def test_a_change_is_a_merge_patch_of_the_revision_that_was_read(client):
    project = await created(client)
    address = f"/api/projects/{project['id']}"
    change = {"brief": {"seconds": 20}, "edits": {"captions": {"s1": "Hello.", "s2": "There."}}}
    answer = await client.patch(address, json=change, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert answer.json()["brief"] == {**project["brief"], "seconds": 20}
    change = {"edits": {"captions": {"s1": None}}}
    headers = {"If-Match": '"2"', "Content-Type": "application/merge-patch+json"}
    answer = await client.patch(address, json=change, headers=headers)
    assert answer.json()["edits"]["captions"] == {"s2": "There."}
    answer = await client.patch(address, json={"edits": None}, headers={"If-Match": "*"})
    assert answer.json()["edits"]["captions"] == {}


async def test_a_change_without_a_condition_or_of_an_old_revision_is_refused(client):
    address = f"/api/projects/{(await created(client))['id']}"
    assert (await client.patch(address, json={"title": "A"})).status_code == 428
    assert (await client.patch(address, json={"title": "B"}, headers={"If-Match": '"1"'})).status_code == 200
    for stale in ('"1"', 'W/"2"', "2", '"22"'):
        answer = await client.patch(address, json={"title": "C"}, headers={"If-Match": stale})
        assert (answer.status_code, answer.headers["etag"]) == (412, '"2"')
    assert (await client.get(address)).json()["title"] == "B"


async def test_of_changes_at_the_same_time_one_wins(client):
    address = f"/api/projects/{(await created(client))['id']}"
    answers = await asyncio.gather(
        *[client.patch(address, json={"title": f"T{n}"}, headers={"If-Match": '"1"'}) for n in range(8)]
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_a_change_that_changes_nothing_is_no_revision(client):
    project = await created(client)
    change = {"brief": {"seconds": BEES["seconds"]}}
    answer = await client.patch(f"/api/projects/{project['id']}", json=change, headers={"If-Match": '"1"'})
    assert answer.headers["etag"] == '"1"'


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"brief": {"topic": None}}, "body.brief.topic"),
        ({"brief": {"colour": "red"}}, "body.brief.colour"),
        ({"edits": {"order": ["s1", "s1"]}}, "body.edits.order"),
        ({"edits": {"captions": {"x": "y"}}}, "body.edits.captions.x.[key]"),
        ({"brief": None}, "body.brief"),
        ({"title": ""}, "body.title"),
        ({"version": 3}, "body.version"),
    ],
)
async def test_a_change_is_checked_as_a_whole(client, change, field):
    address = f"/api/projects/{(await created(client))['id']}"
    answer = await client.patch(address, json=change, headers={"If-Match": '"1"'})
    assert answer.status_code == 422
    assert field in [fault["field"] for fault in answer.json()["errors"]]
    assert (await client.get(address)).headers["etag"] == '"1"'


async def test_a_deleted_project_is_gone_until_it_is_brought_back(client):
    address = f"/api/projects/{(await created(client))['id']}"
    assert (await client.delete(address, headers={"If-Match": '"7"'})).status_code == 412
    gone = await client.delete(address)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await client.get(address)).status_code == 404
    assert (await client.get("/api/projects")).json()["projects"] == []
    assert (await client.post(f"{address}/restore")).status_code == 200
    assert (await client.get(address)).status_code == 200


async def test_a_duplicate_goes_its_own_way(client):
    project = await created(client, title="Bees")
    other = (await client.post(f"/api/projects/{project['id']}/duplicate")).json()
    assert other["id"] != project["id"]
    assert (other["title"], other["brief"]) == ("Bees", project["brief"])
    await client.patch(f"/api/projects/{other['id']}", json={"title": "Tea"}, headers={"If-Match": "*"})
    assert (await client.get(f"/api/projects/{project['id']}")).json()["title"] == "Bees"


async def test_the_list_shows_state_and_poster(client):
    project = await created(client)
    await with_film(project["id"])
    (line,) = (await client.get("/api/projects")).json()["projects"]
    assert line["version"] == 1
    assert line["poster"].startswith("/api/assets/")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_what_is_not_there_is_not_found(client, method):
    answer = await client.request(method, "/api/projects/p_none", json={} if method == "PATCH" else None)
    assert answer.status_code == 404


async def test_edits_of_a_film_are_about_shots_that_there_are(client):
    project = await created(client)
    await with_film(project["id"], beats=(8, 8))
    change = {"edits": {"captions": {"s9": "No."}}}
    tag = (await client.get(f"/api/projects/{project['id']}")).headers["ETag"]
    answer = await client.patch(f"/api/projects/{project['id']}", json=change, headers={"If-Match": tag})
    assert answer.status_code == 422
    assert "this film has 2" in answer.json()["detail"]


async def changed(client, project, **edits):
    tag = (await client.get(f"/api/projects/{project}")).headers["ETag"]
    return await client.patch(f"/api/projects/{project}", json={"edits": edits}, headers={"If-Match": tag})


async def test_shots_are_added_and_taken_back(client):
    project = (await created(client))["id"]
    await with_film(project, beats=(8, 8))
    rest = {"caption": "Bees rest.", "visual": None, "mood": None}
    answer = await changed(client, project, added={"s201": {"caption": "Bees rest."}}, order=["s1", "s201", "s2"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["edits"]["added"] == {"s201": rest}
    answer = await changed(client, project, captions={"s201": "They rest."}, beats={"s201": 9})
    assert answer.status_code == 200
    refused = await changed(client, project, added={"s2": {"caption": "No."}})
    assert refused.status_code == 422
    assert "s2 that was added has the id of one of the script's 2" in refused.json()["detail"]
    refused = await changed(client, project, added={"s201": None})
    assert (refused.status_code, "no shot s201: this film has 2" in refused.json()["detail"]) == (422, True)
    answer = await changed(client, project, added=None, locked=None, order=None, captions=None, beats=None)
    assert "added" not in answer.json()["edits"]


async def test_a_shot_that_was_taken_out_may_come_back(client):
    project = (await created(client))["id"]
    await with_film(project, beats=(8,))
    assert (await changed(client, project, order=["s2", "s1"])).status_code == 200


IMAGE = {"asset": {"sha256": "0" * 64, "media_type": "image/png", "size_bytes": 1}}
TOUCHED = [
    {"captions": {"s2": "Other words."}}, {"visuals": {"s2": "a hive"}}, {"redo": {"s2": 1}}, {"media": {"s2": IMAGE}},
    {"beats": {"s2": 9}}, {"motions": {"s2": "hold"}}, {"transitions": {"s2": "cut"}}, {"captions": None},
]  # fmt: skip


@pytest.mark.parametrize("edits", [*TOUCHED, {"order": ["s1"]}])
async def test_what_is_locked_is_not_changed(client, edits):
    project = (await created(client))["id"]
    assert (await changed(client, project, locked=["s2"], captions={"s2": "Pinned."})).status_code == 200
    answer = await changed(client, project, **edits)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")
    assert "Shot s2 is locked" in answer.json()["detail"]
    assert "Unlock shot s2" in answer.json()["remedy"]
    assert (await changed(client, project, **edits, locked=None)).status_code == 200


async def test_what_is_locked_moves_and_takes_part_in_what_concerns_all(client):
    project = (await created(client))["id"]
    await changed(client, project, locked=["s201", "s2"], added={"s201": {"caption": "Bees rest."}})
    answer = await changed(client, project, order=["s2", "s201", "s1"], voice="bf_emma", captions={"s1": "Free."})
    assert answer.status_code == 200, answer.text
    assert (await changed(client, project, added={"s201": {"caption": "No."}})).status_code == 409
    assert (await changed(client, project, added=None)).status_code == 409
    tag = (await client.get(f"/api/projects/{project}")).headers["ETag"]
    media = {"brief": {"media": {"s2": IMAGE}}}
    assert (await client.patch(f"/api/projects/{project}", json=media, headers={"If-Match": tag})).status_code == 409
    story = {"brief": {"topic": "Tea", "seconds": 20}}
    assert (await client.patch(f"/api/projects/{project}", json=story, headers={"If-Match": tag})).status_code == 200
