"""Engines of one film: chosen for as long as its flow runs, in its tasks, its pools, its keys and its manifest."""

from __future__ import annotations

import asyncio

import pytest
from films import manifest_of

from infra import pools
from infra.engines import choosing, chosen, setting_identity
from infra.errors import BadInput, UnknownName
from tasks.choice import with_chosen_engines
from tasks.master import manifest
from tasks.schema import Brief
from tasks.screenplay import write_draft
from tasks.storyboard import Brush, draw_frame

BRUSH = Brush(
    palette=("#000000",) * 5, light="day", style="plain", strength=0.5, width=64, height=36, seed=1
)  # fmt: skip


def test_without_a_choice_the_settings_choose():
    assert chosen("text") == "sketch"
    with choosing({"text": "llama"}):
        assert chosen("text") == "llama"
        with choosing({"image": "illustrator"}):
            assert (chosen("text"), chosen("image"), chosen("music")) == ("llama", "illustrator", "sketch")
    assert chosen("text") == "sketch"


async def test_tasks_and_pools_follow_and_films_beside_do_not():
    async def film(spec: str) -> list[str]:
        with choosing({"text": spec}):
            await asyncio.sleep(0)
            async with asyncio.TaskGroup() as group:
                task = group.create_task(pools.run("text", chosen, "text"))
            return [chosen("text"), task.result(), await asyncio.to_thread(chosen, "text")]

    assert await asyncio.gather(film("llama"), film("sketch")) == [["llama"] * 3, ["sketch"] * 3]


def test_keys_follow_the_engines_that_they_name():
    before = {step: step.key("a bee", BRUSH) for step in [draw_frame]}
    with choosing({"image": "illustrator"}):
        assert draw_frame.key("a bee", BRUSH) != before[draw_frame]
    with choosing({"embed": "e5"}):
        assert draw_frame.key("a bee", BRUSH) != before[draw_frame]
    with choosing({"speech": "kokoro", "image": "sketch"}):
        assert draw_frame.key("a bee", BRUSH) == before[draw_frame]
    assert write_draft.uses == ("draft",)


def test_the_illustrator_looks_with_the_chosen_eye():
    with choosing({"image": "illustrator", "embed": "e5"}):
        by_e5 = setting_identity("image")
    with choosing({"image": "illustrator"}):
        assert setting_identity("image") != by_e5


def test_the_manifest_names_the_engines_of_the_film():
    film = manifest_of([4, 4]).film
    with choosing({"speech": "kokoro"}):
        assert '"speech": "kokoro' in manifest(film)
    assert '"speech": "sketch' in manifest(film)


@pytest.mark.parametrize(
    ("choice", "known"),
    [
        ({"image": "illustrater"}, "illustrator"),
        ({"text": "gpt"}, "llama, sketch"),
        ({"text": "llama:qwen9"}, "qwen2.5"),
        ({"picture": "sketch"}, "image"),
    ],
)
async def test_an_unknown_engine_is_refused_before_any_work(choice, known):
    began = []

    @with_chosen_engines
    async def film(brief: Brief) -> None:
        began.append(brief)

    brief = Brief.model_construct(topic="Bees", engines=choice)
    with pytest.raises(UnknownName, match=known) as error:
        await film(brief)
    assert isinstance(error.value, BadInput)
    assert not began


async def test_a_flow_runs_with_the_engines_of_its_brief():
    @with_chosen_engines
    async def film(brief: Brief, more: str = "") -> tuple[str, str, str]:
        return brief.topic, more, chosen("music")

    assert await film(Brief(topic="Bees", engines={"music": "composer"}), more="x") == ("Bees", "x", "composer")
    assert chosen("music") == "sketch"
