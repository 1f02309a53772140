"""Manifests without a film: values alone, for what reads and writes them."""

from tasks.schema import (
    Anchor,
    Asset,
    Bed,
    Brief,
    Clip,
    Edits,
    Film,
    Frame,
    Manifest,
    RenderedShot,
    Script,
    Segment,
    Shot,
    Timeline,
)


def asset(name, media_type="video/mp4"):
    return Asset(sha256=name.encode().hex().ljust(64, "0")[:64], media_type=media_type, size_bytes=1)


def manifest_of(beats, *, bpm=96.0, fps=30, transitions=None, edits=None, brief_transition="crossfade"):
    """A film of shots s1, s2, … that last so many *beats*; the first comes in at once."""
    ways = ["cut", *(transitions or [brief_transition] * len(beats))][: len(beats)]
    shots = tuple(
        Shot(
            segment=f"s{n}",
            beats=count,
            motion="push",
            transition=way,
            transition_frames=0 if way == "cut" else 3,
            lead_ms=300 if n > 1 else 600,
            caption=f"Caption {n}: bees & 蜜蜂.",
            frame=Frame(asset=asset(f"frame{n}", "image/png"), width=160, height=90),
            clip=Clip(asset=asset(f"clip{n}", "audio/flac"), duration_ms=100, voice="a", pace=1, words=()),
        )
        for n, (count, way) in enumerate(zip(beats, ways, strict=True), 1)
    )
    line = Timeline(width=160, height=90, fps=fps, bpm=bpm, language="en", shots=shots)
    brief = Brief(topic="Bees", transition=brief_transition, fps=fps)
    segments = tuple(Segment(id=s.segment, caption=s.caption, visual="A bee.", mood="calm") for s in shots)
    film = Film(
        title="Bees",
        brief=brief,
        edits=edits or Edits(),
        anchor=Anchor(
            topic="Bees", style="warm", language="en", look="x", palette=("#000000",) * 5, light="day", tone="x",
            voice="a", mood="calm", bpm=bpm, seed=1,
        ),
        script=Script(title="Bees", language="en", segments=segments),
        timeline=line,
        shots=tuple(
            RenderedShot(asset=asset(f"shot{i}"), frames=line.cut(i + 1) - line.cut(i), packets_sha256="0" * 64)
            for i in range(len(shots))
        ),
        bed=Bed(asset=asset("bed", "audio/flac"), bpm=bpm, beats=line.beats),
        master=asset("master"), captions_vtt=asset("vtt"), captions_srt=asset("srt"), poster=asset("poster"),
        contact_sheet=asset("sheet"), loudness_lufs=-14, true_peak_dbtp=-1.5,
    )  # fmt: skip
    return Manifest(
        format="flywheel-manifest/1", brief=brief, edits=film.edits, seed=1, engines={}, made_with={}, film=film
    )
