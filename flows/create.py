"""The creation of one film, as a story: this file is the order of the work and nothing else."""

from asyncio import TaskGroup

from prefect import flow

from tasks.anchor import directed, set_anchor
from tasks.certify import certified
from tasks.choice import with_chosen_engines
from tasks.cues import preview_cues
from tasks.drafting import behind, draft_film
from tasks.gates import approved, demand_reviewer
from tasks.master import make_sound, master_film
from tasks.music import hear_music
from tasks.narration import fitted, speak
from tasks.render import render_shot
from tasks.schema import Anchor, Brief, Edits, Film, Gate, Segment
from tasks.screenplay import given_media, outline_script, planned, refine_script
from tasks.showing import shown
from tasks.storyboard import brush_for, paint_poster, picture
from tasks.timeline import canvas, lay_timeline, plan_beats

NO_EDITS = Edits()


@flow(name="create", flow_run_name="create: {brief.topic}", validate_parameters=True)
@with_chosen_engines
@shown
async def create(brief: Brief, edits: Edits = NO_EDITS) -> Film:
    """Turn a brief into a finished film; an edited one pays only for what changed.

    Args:
        brief: What the film is about, its style, length, language and shape.
        edits: What a human changed after seeing it: captions, pictures, order, moves, voice, music, tempo, aspect.
    """
    if brief.approve:
        demand_reviewer(brief.approve)
    anchor = await set_anchor(brief)
    if brief.approve:
        edits = await approved(brief.approve, await rehearse(brief.approve, anchor, brief, edits), edits)
    song = edits.music or brief.music
    tempo = await hear_music(song) if song else None
    direction = directed(anchor, brief, edits, tempo)

    # Another aspect shows other parts of the pictures that there are: they are drawn for the brief's.
    size = canvas(edits.aspect or brief.aspect, brief.height)
    brush = brush_for(anchor, canvas(brief.aspect, brief.height))
    media = given_media(brief, edits, planned(anchor, brief.seconds).segments)

    # A picture and a voice for each segment as soon as it is written; each waits for a place in its own pool.
    async with TaskGroup() as group:
        # The draft has the machine to itself; where a human was asked, it was shown before.
        drafting = None if brief.approve else group.create_task(draft_film(anchor, direction, brief, edits, brush))
        poster = group.create_task(behind(drafting, lambda: paint_poster(brief.topic, brush)))
        outline = await behind(drafting, lambda: outline_script(anchor, brief.seconds))
        script, frames, clips = [], [], []
        async for segment in refine_script(anchor, brief.seconds, outline, edits):
            script.append(segment)
            frames.append(group.create_task(picture(segment, brush, media.get(segment.id), edits)))
            clips.append(group.create_task(speak.run(segment.id, segment.caption, anchor.language, direction.voice)))

    # The voice decides how long a shot lasts; the beat decides where it may cut.
    spoken = [clip.result() for clip in clips]
    plan = plan_beats(script, spoken, direction, brief, edits)
    fitting = await fitted(spoken, plan.paces)
    pictures = [frame.result() for frame in frames]
    timeline = lay_timeline(script, pictures, fitting, plan, size, direction, brief, edits)

    async with TaskGroup() as group:
        sound = group.create_task(make_sound(timeline, direction, song, tempo))
        for index in range(len(timeline.shots)):
            group.create_task(preview_cues(timeline, index))
        shots = [group.create_task(render_shot(timeline, index)) for index in range(len(timeline.shots))]

    rendered = [shot.result() for shot in shots]
    film = await master_film(
        outline.title, brief, edits, anchor, script, timeline, rendered, sound.result(), poster.result()
    )
    return await certified(film)


async def rehearse(gate: Gate, anchor: Anchor, brief: Brief, edits: Edits) -> list[Segment]:
    """Make what a human is to approve: the script, or all pictures too. The film then takes it from the cache."""
    direction, brush = directed(anchor, brief, edits), brush_for(anchor, canvas(brief.aspect, brief.height))
    media = given_media(brief, edits, planned(anchor, brief.seconds).segments)
    script = []
    async with TaskGroup() as group:
        drafting = group.create_task(draft_film(anchor, direction, brief, edits, brush))
        group.create_task(behind(drafting, lambda: paint_poster(brief.topic, brush)))
        outline = await behind(drafting, lambda: outline_script(anchor, brief.seconds))
        async for segment in refine_script(anchor, brief.seconds, outline, edits):
            script.append(segment)
            if gate == "storyboard":
                group.create_task(picture(segment, brush, media.get(segment.id), edits))
    return script
