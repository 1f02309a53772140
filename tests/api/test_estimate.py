from __future__ import annotations

import pytest
from asking import BEES, asset, created, manifest_of, with_film
from sqlalchemy import func, insert, select

from api.changes import Rework
from api.estimate import SHIPPED
from infra import tables
from infra.database import reading, writing
from infra.settings import settings
from tasks.schema import Added, Brief, Edits, Media


async def estimated(client, **question):
    answer = await client.post("/api/estimate", json=question)
    assert answer.status_code == 200, answer.text
    return answer.json()


def times(estimate):
    return {step["step"]: step["times"] for step in estimate["steps"]}


async def test_a_new_film_is_counted_whole_and_nothing_is_begun(client):
    found = await estimated(client, brief={"topic": "Bees", "seconds": 30})
    assert found["segments"] == 5
    assert times(found)["speak"] == times(found)["draw_frame"] == times(found)["shoot"] == 5
    assert found["compared_with"] is None
    assert {step["source"] for step in found["steps"]} == {"shipped"}
    seconds = found["seconds"]
    assert 0 < seconds["low"] < seconds["likely"] < seconds["high"]
    assert found["engine_seconds"] == pytest.approx(sum(step["engine_seconds"] for step in found["steps"]))
    async with reading() as db:
        assert await db.scalar(select(func.count()).select_from(tables.runs)) == 0


async def test_a_longer_or_larger_film_takes_longer(client):
    small = await estimated(client, brief={"topic": "Bees", "seconds": 30, "height": 480})
    large = await estimated(client, brief={"topic": "Bees", "seconds": 30})
    long = await estimated(client, brief={"topic": "Bees", "seconds": 300})
    assert small["engine_seconds"] < large["engine_seconds"] < long["engine_seconds"]
    assert times(long)["extend_outline"] == 5


async def test_what_was_measured_here_counts_more_than_what_was_shipped(client):
    async with writing() as db:
        for engine, count, seconds in (("a", 1, 1.0), ("b", 3, 31.0)):
            row = {"step": "speak", "engine": engine, "count": count, "seconds": seconds}
            await db.execute(insert(tables.timings).values(**row))
    found = await estimated(client, brief={"topic": "Bees", "seconds": 30})
    (speak,) = [step for step in found["steps"] if step["step"] == "speak"]
    assert (speak["source"], speak["engine_seconds"]) == ("measured", 5 * 8.0)


async def test_money_is_engine_seconds_at_their_price(client, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_PRICE_PER_ENGINE_SECOND", "0.5")
    settings.cache_clear()
    found = await estimated(client, brief=BEES)
    assert found["money"] == pytest.approx(found["engine_seconds"] / 2)


async def test_an_edit_of_a_film_counts_only_what_it_changes(client):
    project = (await created(client))["id"]
    await with_film(project)
    nothing = await estimated(client, project=project)
    assert (nothing["steps"], nothing["engine_seconds"], nothing["compared_with"]) == ([], 0, 1)
    caption = await estimated(client, project=project, edits={"captions": {"s2": "Other words."}})
    assert (caption["spoken"], caption["drawn"], caption["rendered"]) == (["s2"], [], ["s2"])
    assert times(caption) == {"speak": 1, "shoot": 1, "mix_sound": 1, "join_shots": 1, "certify": 1}
    voice = await estimated(client, project=project, edits={"voice": "bf_emma"})
    assert voice["spoken"] == voice["rendered"] == ["s1", "s2", "s3"]
    other = await estimated(client, project=project, brief={**BEES, "topic": "Tea"})
    assert other["compared_with"] is None
    assert times(other)["refine_segment"] == 2


OLD = (Brief(topic="Bees"), Edits())
REST, WORK = Added(caption="Bees rest."), Added(caption="Bees work.")
SONG = asset("song", "audio/mpeg")


@pytest.mark.parametrize(
    ("brief", "edits", "spoken", "drawn", "shot"),
    [
        ({}, {"visuals": {"s1": "A hive."}}, "", "s1", "s1 s2"),
        ({}, {"redo": {"s3": 1}}, "", "s3", "s3"),
        ({}, {"media": {"s2": Media(asset=asset("beach", "image/jpeg"))}}, "", "s2", "s2 s3"),
        ({}, {"motions": {"s3": "hold"}}, "", "", "s3"),
        ({}, {"order": ("s1", "s3")}, "", "", "s3"),
        ({}, {"added": {"s9": REST}}, "s9", "s9", "s9"),
        ({}, {"added": {"s9": REST}, "order": ("s1", "s9", "s2", "s3")}, "s9", "s9", "s2 s9"),
        ({}, {"locked": ("s1",)}, "", "", ""),
        ({}, {"bpm": 120.0}, "", "", "s1 s2 s3"),
        ({}, {"music": SONG}, "", "", "s1 s2 s3"),
        ({}, {"mood": "epic"}, "", "", ""),
        ({"caption_style": "bold"}, {}, "", "", "s1 s2 s3"),
        ({}, {"aspect": "9:16"}, "", "", "s1 s2 s3"),
        ({"height": 720}, {}, "", "s1 s2 s3", "s1 s2 s3"),
    ],
)
def test_each_change_makes_what_depends_on_it(brief, edits, spoken, drawn, shot):
    new = (OLD[0].model_copy(update=brief), OLD[1].model_copy(update=edits))
    rework = Rework(manifest_of((8, 8, 8)).film, OLD, new)
    found = [" ".join(sorted(names)) for names in (rework.spoken(), rework.drawn(), rework.shot())]
    assert found == [spoken, drawn, shot]
    assert rework.steps()["join_shots"] == int(edits != {"locked": ("s1",)})
    assert set(rework.steps()) <= set(SHIPPED)


@pytest.mark.parametrize(
    ("before", "after", "told", "spoken", "drawn"),
    [
        ({"added": {"s9": REST}}, {"added": {"s9": WORK}}, "s1 s2 s3 s9", "s9", "s9"),
        ({"added": {"s9": REST}}, {"added": {"s9": REST}, "captions": {"s9": "Bees wake."}}, "s1 s2 s3 s9", "s9", "s9"),
        ({"added": {"s9": REST}}, {"added": {"s9": REST}, "visuals": {"s9": "A hive."}}, "s1 s2 s3 s9", "", "s9"),
        ({"added": {"s9": REST}}, {}, "s1 s2 s3", "", ""),
        ({"added": {"s9": REST}, "order": ("s9", "s1")}, {"order": ("s1", "s2")}, "s1 s2", "", "s2"),
    ],
)
def test_changes_of_added_shots_are_counted(before, after, told, spoken, drawn):
    film = manifest_of((8, 8, 8)).film
    if "added" in before:
        order = before.get("order", ("s1", "s2", "s3", "s9"))
        names = [film.timeline.shots[0].model_copy(update={"segment": name}) for name in order]
        line = film.timeline.model_copy(update={"shots": tuple(names)})
        film = film.model_copy(update={"timeline": line, "edits": Edits(**before)})
    rework = Rework(film, (OLD[0], Edits(**before)), (OLD[0], Edits(**after)))
    assert " ".join(rework.told) == told
    assert (" ".join(sorted(rework.spoken())), " ".join(sorted(rework.drawn()))) == (spoken, drawn)


async def test_shots_that_are_added_are_counted(client):
    added = {f"s{number}": {"caption": "Bees rest."} for number in (201, 202)}
    found = await estimated(client, brief={"topic": "Bees", "seconds": 30}, edits={"added": added})
    assert found["segments"] == 7
    assert found["spoken"][-2:] == found["drawn"][-2:] == ["s201", "s202"]
    assert times(found)["speak"] == times(found)["draw_frame"] == times(found)["shoot"] == 7
    assert times(found)["refine_segment"] == 5


async def test_a_question_about_nothing_is_refused(client):
    assert (await client.post("/api/estimate", json={})).status_code == 422
    assert (await client.post("/api/estimate", json={"project": "p_none"})).status_code == 404
