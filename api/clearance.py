"""What a film needs before it is published, looked up in its own files: certificate, label, rights, captions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, ValidationError

from api.labels import label_of
from infra.errors import BadInput, Conflict
from infra.store import open_store
from tasks.certificate import Certificate, shortened
from tasks.schema import CaptionStyle, Language, SegmentId

if TYPE_CHECKING:
    from tasks.schema import Film, Media


class Figure(BaseModel):
    """One figure of the certificate against its limit; *holds* is null where it could not be measured."""

    name: str = Field(examples=["loudness"])
    value: str | float | None
    unit: str = Field(examples=["LUFS"])
    limit: str = Field(examples=["-14 ± 0.2"])
    holds: bool | None
    decides: bool = Field(description="Whether the certificate holds only if this does.")


class CertificateCheck(BaseModel):
    """Whether the film is what it promises to be, as its certificate says."""

    holds: bool
    reason: str = Field(description="Why it does not hold; empty if it does.")
    figures: list[Figure]


class LabelCheck(BaseModel):
    """What the MP4 itself says of how it was made; the public page says it in words beside the film."""

    holds: bool = Field(description="Whether the MP4's comment says that it was made by machine.")
    comment: str = Field(examples=["Made by Flywheel: script, voice and pictures by machine. Content 9f…"])
    c2pa: bool = Field(description="Whether it carries C2PA content credentials.")
    xmp: bool = Field(description="Whether it carries an XMP packet.")


class OwnShot(BaseModel):
    """A shot that shows a picture or a clip of the user's own."""

    segment: SegmentId
    number: int = Field(description="Which shot of the film it is, from 1.")
    media_type: str


class RightsCheck(BaseModel):
    """What in the film is the user's own: the rights in it are confirmed when it is published."""

    needed: bool
    shots: list[OwnShot]
    song: bool


class CaptionsCheck(BaseModel):
    """The captions: drawn into the pictures in that style, and as a WebVTT track of *cues*."""

    holds: bool
    style: CaptionStyle
    language: Language
    cues: int


class Checks(BaseModel):
    """What was looked up; *ready*: nothing but the confirmation of rights stands in the way."""

    version: int
    ready: bool
    duration_ms: float
    width: int
    height: int
    certificate: CertificateCheck
    label: LabelCheck
    rights: RightsCheck
    captions: CaptionsCheck


def checks_of(film: Film, version: int) -> Checks:
    """All checks of a finished film; reads its files.

    Raises:
        AssetMissing: the store lost one of them.
    """
    proof, label = _certificate(film), _label(film)
    return Checks(
        version=version,
        ready=proof.holds and label.holds,
        duration_ms=film.timeline.duration_ms,
        width=film.timeline.width,
        height=film.timeline.height,
        certificate=proof,
        label=label,
        rights=_rights(film),
        captions=_captions(film),
    )


def demand(checks: Checks, *, rights: bool) -> None:
    """Let pass what may be published; *rights*: whether the caller says to hold them.

    Raises:
        Conflict: the film is not what it promises, or does not say how it was made.
        BadInput: the rights in what is the user's own were not confirmed.
    """
    remedy = "Make the film again (POST …/runs), then publish that version."
    if not checks.certificate.holds:
        why = checks.certificate.reason
        raise Conflict(f"The certificate of version {checks.version} does not hold: {why}", remedy)
    if not checks.label.holds:
        raise Conflict(f"The MP4 of version {checks.version} does not say that it was made by machine.", remedy)
    if checks.rights.needed and not rights:
        shots = ", ".join(str(shot.number) for shot in checks.rights.shots)
        own = " and ".join([*([f"shots {shots}"] if shots else []), *(["the music"] if checks.rights.song else [])])
        raise BadInput(
            f"The film uses media of your own ({own}).",
            "Send rights: true to confirm that you hold the rights in them.",
        )


def _certificate(film: Film) -> CertificateCheck:
    if film.certificate is None:
        return CertificateCheck(holds=False, reason="The film has none.", figures=[])
    try:
        proof = Certificate.model_validate_json(open_store().path(film.certificate.sha256).read_text("utf-8"))
    except ValidationError:
        return CertificateCheck(holds=False, reason="It cannot be read.", figures=[])
    figures = [
        Figure(name=one.name, value=_short(one.value), unit=one.unit, limit=shortened(one.limit),
               holds=one.holds, decides=one.decides)
        for one in proof.checks
    ]  # fmt: skip
    failed = "; ".join(check.told for check in proof.checks if check.decides and not check.holds)
    reason = ""
    if proof.sealed().seal != proof.seal:
        reason = "It was altered."
    elif film.manifest is None or (proof.exact.file.sha256, proof.exact.file.manifest_sha256) != (
        film.master.sha256,
        film.manifest.sha256,
    ):
        reason = "It is another film's."
    elif failed or not proof.holds:
        reason = f"{failed or 'It says so itself'}."
    return CertificateCheck(holds=not reason, reason=reason, figures=figures)


def _short(value: str | float | None) -> str | float | None:
    return shortened(value) if isinstance(value, str) else value


def _label(film: Film) -> LabelCheck:
    said = label_of(film.master.sha256)
    return LabelCheck(holds="by machine" in said.comment, comment=shortened(said.comment), c2pa=said.c2pa, xmp=said.xmp)


def own_shots(film: Film) -> list[OwnShot]:
    """The shots that show a picture or a clip of the user's own."""
    own: dict[str, Media] = {**film.brief.media, **film.edits.media}
    return [
        OwnShot(segment=shot.segment, number=number, media_type=own[shot.segment].asset.media_type)
        for number, shot in enumerate(film.timeline.shots, 1)
        if shot.segment in own
    ]


def own_song(film: Film) -> bool:
    """Whether its music is a song of the user's own."""
    return bool(film.edits.music or film.brief.music)


def _rights(film: Film) -> RightsCheck:
    shots, song = own_shots(film), own_song(film)
    return RightsCheck(needed=bool(shots or song), shots=shots, song=song)


def _captions(film: Film) -> CaptionsCheck:
    text = open_store().path(film.captions_vtt.sha256).read_text("utf-8")
    cues = text.count(" --> ")
    line = film.timeline
    return CaptionsCheck(holds=cues > 0, style=line.caption_style, language=line.language, cues=cues)
