"""A film with engines and words of its own: the whole way, on real Prefect."""

from __future__ import annotations

import json

import pytest

from flows.create import create
from infra.engines import setting_identity
from infra.errors import BadInput, UnknownName
from tasks.assets import path_of
from tasks.schema import Brief, Wording

pytestmark = pytest.mark.usefixtures("prefect_server")

BRIEF = Brief(topic="A bee in the rain", seconds=5, height=480, fps=24)


async def test_a_film_is_made_by_the_engines_of_its_brief():
    plain = await create(BRIEF)
    other = await create(BRIEF.model_copy(update={"engines": {"music": "composer"}}))
    engines = [json.loads(path_of(film.manifest).read_text())["engines"] for film in (plain, other)]
    assert engines[0] | {"music": engines[1]["music"]} == engines[1]
    assert engines[1]["music"].startswith("composer/")
    assert other.bed.asset != plain.bed.asset
    assert [shot.asset for shot in other.shots] == [shot.asset for shot in plain.shots]
    assert setting_identity("music") == engines[0]["music"]


async def test_an_unknown_engine_or_a_wording_that_cannot_be_filled_ends_the_film_at_once():
    with pytest.raises(UnknownName, match="composer"):
        await create(BRIEF.model_copy(update={"engines": {"music": "orchestra"}}))
    with pytest.raises(BadInput, match="“only”"):
        await create(BRIEF.model_copy(update={"wording": Wording(only="{beat.x} {words}")}))


async def test_a_template_and_a_wording_are_another_script():
    plain = await create(BRIEF)
    story = await create(BRIEF.model_copy(update={"template": "story"}))
    worded = await create(BRIEF.model_copy(update={"wording": Wording(system="You sing.")}))
    assert (story.anchor.template, worded.anchor.wording) == ("story", Wording(system="You sing."))
    assert len({film.script.model_dump_json() for film in (plain, story)}) == 2
