"""Films as clients see them: where each file of a film is, and its shots in time."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api import records
from api.callers import Reader
from api.kinds import extension
from api.problems import NotThere, declared
from api.records import Number, ProjectId
from tasks.schema import Asset, Film, Fps, Motion, SegmentId, Timeline, Transition

router = APIRouter(tags=["films"])


class File(BaseModel):
    """An asset and where it is."""

    sha256: str
    media_type: str
    size_bytes: int
    url: str = Field(examples=["/api/assets/9f…e1.mp4"])


class FilmShot(BaseModel):
    """A shot in the film's time."""

    segment: SegmentId
    caption: str
    start_ms: float
    duration_ms: float
    beats: int
    motion: Motion
    transition: Transition
    frame: File


class FilmFiles(BaseModel):
    """The files of a film."""

    master: File
    captions_vtt: File
    captions_srt: File
    poster: File
    contact_sheet: File
    manifest: File | None
    certificate: File | None


class FinishedFilm(BaseModel):
    """A finished film."""

    project: str
    version: int
    title: str = Field(examples=["How honeybees find flowers"])
    duration_ms: float
    width: int
    height: int
    fps: Fps
    bpm: float
    loudness_lufs: float
    true_peak_dbtp: float
    files: FilmFiles
    shots: list[FilmShot]


@router.get("/api/projects/{project}/film", operation_id="get_film", responses=declared(404))
async def get_film(project: ProjectId, who: Reader) -> FinishedFilm:
    """The film that a project shows."""
    row = await records.owned(who, project)
    if row.version is None or (film := await records.film_of(project, row.version)) is None:
        raise NotThere(f"Project {project} has no film yet.", f"Make one: POST /api/projects/{project}/runs.")
    return finished(project, row.version, film)


@router.get("/api/projects/{project}/versions/{number}/film", operation_id="get_version_film", responses=declared(404))
async def get_version_film(project: ProjectId, number: Number, who: Reader) -> FinishedFilm:
    """The film of one version."""
    await records.owned(who, project)
    if (film := await records.film_of(project, number)) is None:
        raise NotThere(f"Version {number} of project {project} has no film.", "Its run says how far it is.")
    return finished(project, number, film)


def finished(project: str, version: int, film: Film) -> FinishedFilm:
    """*film* as clients see it."""
    line = film.timeline
    return FinishedFilm(
        project=project,
        version=version,
        title=film.title,
        duration_ms=line.duration_ms,
        width=line.width,
        height=line.height,
        fps=line.fps,
        bpm=line.bpm,
        loudness_lufs=film.loudness_lufs,
        true_peak_dbtp=film.true_peak_dbtp,
        files=FilmFiles(**{name: _file(getattr(film, name)) for name in FilmFiles.model_fields}),
        shots=[_shot(line, index) for index in range(len(line.shots))],
    )


def file_of(asset: Asset) -> File:
    """An asset and where it is."""
    url = f"/api/assets/{asset.sha256}.{extension(asset.media_type)}"
    return File(sha256=asset.sha256, media_type=asset.media_type, size_bytes=asset.size_bytes, url=url)


def _file(asset: Asset | None) -> File | None:
    return file_of(asset) if asset else None


def _shot(line: Timeline, index: int) -> FilmShot:
    shot, start, end = line.shots[index], line.cut(index), line.cut(index + 1)
    return FilmShot(
        segment=shot.segment,
        caption=shot.caption,
        start_ms=start * 1000 / line.fps,
        duration_ms=(end - start) * 1000 / line.fps,
        beats=shot.beats,
        motion=shot.motion,
        transition=shot.transition,
        frame=file_of(shot.frame.asset),
    )
