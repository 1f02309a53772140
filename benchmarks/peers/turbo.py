"""MoneyPrinterTurbo's own chain, called in its own environment: `python -m benchmarks.peers.turbo FILM OUT`.

The calls are those of its task service for local materials, at its defaults but for what makes it the same film:
landscape, the stills in order, shots of the film's length, no background music. `--prepare` makes its folders once.
"""

from __future__ import annotations

import json
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

from app.models.schema import MaterialInfo, VideoAspect, VideoConcatMode, VideoParams
from app.services import video
from app.utils import utils

from benchmarks.peers.film import SHOT_S, Film


def prepare(film: Film, out: Path) -> None:
    """Bring the stills into the only folder it takes materials from, and its fonts into its home; say its settings."""
    materials = Path(utils.storage_dir("local_videos", create=True))
    for shot in film.shots:
        shutil.copy(shot.still, materials)
    utils.font_dir()
    settings = {
        "package": f"mpt {version('mpt')}",
        "moviepy": version("moviepy"),
        "ffmpeg": Path(video.get_ffmpeg_binary()).name,
        "encoder": "libx264, medium, crf 23: nothing is set, so ffmpeg's defaults",
        "fps": video.fps,
        "audio": f"{video.audio_codec} {video.audio_bitrate}",
    }
    out.write_text(json.dumps(settings))


def render(film: Film, out: Path) -> None:
    params = VideoParams(
        video_subject="", video_aspect=VideoAspect.landscape, video_concat_mode=VideoConcatMode.sequential, bgm_type=""
    )
    stills = [MaterialInfo(provider="local", url=Path(shot.still).name) for shot in film.shots]
    clips = video.preprocess_video(stills, clip_duration=SHOT_S, image_motion=params.image_motion)
    combined = out.with_name("combined-1.mp4")
    video.combine_videos(
        combined_video_path=str(combined),
        video_paths=[clip.url for clip in clips],
        audio_file=str(film.narration),
        video_aspect=params.video_aspect,
        video_fit_mode=params.video_fit_mode,
        video_concat_mode=params.video_concat_mode,
        video_transition_mode=params.video_transition_mode,
        max_clip_duration=SHOT_S,
        threads=params.n_threads,
        clip_speed=params.video_clip_speed,
    )
    video.generate_video(
        video_path=str(combined),
        audio_path=str(film.narration),
        subtitle_path=str(film.srt),
        output_file=str(out),
        params=params,
    )


if __name__ == "__main__":
    work = prepare if "--prepare" in sys.argv else render
    work(Film.load(Path(sys.argv[1])), Path(sys.argv[2]))
