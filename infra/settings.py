"""Settings of this process, from `FLYWHEEL_*` environment variables; every one has a working default."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.errors import BadInput

ENGINE_KINDS = {
    "draft": "text",
    "text": "text",
    "image": "image",
    "speech": "speech",
    "music": "music",
    "embed": "embed",
    "transcribe": "transcribe",
}
"""Settings that name an engine → its modality."""


class Settings(BaseSettings):
    """Where things lie and which engine makes what.

    An engine is named `kind` or `kind:model`, e.g. `llama:qwen2.5-1.5b`; `sketch` is the tiny deterministic
    engine that every modality has.
    """

    model_config = SettingsConfigDict(env_prefix="FLYWHEEL_", frozen=True, extra="ignore")

    home: Path = Field(
        default_factory=lambda: user_data_path("flywheel"), description="store, cached results, Prefect's database"
    )
    models: Path = Field(default_factory=lambda: user_cache_path("flywheel") / "models", description="model weights")
    model_folder: Path | None = Field(None, description="a folder of weights that is looked into before any download")
    offline: bool = Field(False, description="never download")

    draft: str = Field("llama:qwen2.5-0.5b", description="text engine that drafts")
    text: str = Field("llama:qwen2.5-1.5b", description="text engine that refines")
    image: str = Field("illustrator", description="picture engine")
    speech: str = Field("kokoro", description="narration engine")
    music: str = Field("composer", description="music engine")
    embed: str = Field("e5", description="meaning of short texts")
    transcribe: str = Field("whisper", description="speech to text, for certificates; none: nobody listens")

    warp: Literal["cv2", "zimg"] = Field("cv2", description="what moves the camera; zimg needs libzimg")
    threads: int = Field(default_factory=lambda: max(1, min(8, os.cpu_count() or 1)), ge=1, le=256)

    database: str | None = Field(
        None, description="SQLAlchemy address, postgresql+asyncpg://…; unset: SQLite under `home`"
    )
    redis: str | None = Field(None, description="redis://…: quotas are counted there; unset: in the database")
    prefect_port: int = Field(4200, ge=1, le=65535, description="where `flywheel up` starts Prefect")
    workers: int = Field(1, ge=0, le=64, description="worker processes of `flywheel up`")
    log: Literal["debug", "info", "warning", "error"] = Field("info", description="what is logged: this, and worse")
    runs_at_once: int = Field(4, ge=1, le=256, description="flow runs that one worker executes at a time")

    host: str = Field("127.0.0.1", description="address the API listens on; `auth=local` allows loopback only")
    port: int = Field(8300, ge=1, le=65535, description="port the API listens on")
    auth: Literal["local", "keys"] = Field("local", description="local: whoever is on this machine; keys: API keys")
    secret: str | None = Field(
        None, min_length=16, repr=False, description="signs stream tickets; unset: a file under `home`"
    )
    public_url: str | None = Field(None, description="how clients reach the API, where a proxy stands before it")
    requests_per_minute: int = Field(30, ge=1, description="requests of one user to each modality")
    runs_per_user: int = Field(8, ge=1, description="runs of one user at a time")
    approve_hours: float = Field(72, gt=0, le=8760, description="how long a film waits for a human's approval")
    films_per_day: int = Field(200, ge=1, description="films of one user in a day (UTC)")
    money_per_day: float | None = Field(None, ge=0, description="most that a tenant may spend in a day; unset: no cap")
    engine_seconds_per_day: float | None = Field(None, ge=0, description="the same in seconds of engines")
    price_per_engine_second: float = Field(0.0, ge=0, description="money for a second of any engine")

    s3_endpoint: str | None = Field(None, description="host:port of an S3 service; unset: files under `home`")
    s3_bucket: str = "flywheel"
    s3_access_key: str = ""
    s3_secret_key: str = ""
    s3_secure: bool = True

    @property
    def engines(self) -> dict[str, str]:
        """The setting of each engine by name; `ENGINE_KINDS` says of which modality it is."""
        return {name: getattr(self, name) for name in ENGINE_KINDS}

    @property
    def database_url(self) -> str:
        """The address of the database."""
        return self.database or f"sqlite+aiosqlite:///{self.home / 'flywheel.db'}"

    @property
    def store(self) -> Path:
        """Folder of the file store."""
        return self.home / "store"

    @property
    def results(self) -> Path:
        """Folder of Prefect's cached task results."""
        return self.home / "results"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once; `settings.cache_clear()` reads them again.

    Raises:
        BadInput: a `FLYWHEEL_*` variable has a value that cannot be.
    """
    try:
        return Settings()
    except ValidationError as error:
        fault = error.errors()[0]
        name = f"FLYWHEEL_{fault['loc'][0]}".upper()
        raise BadInput(f"{name}: {fault['msg']} (given: {fault['input']!r}).", "Correct it or unset it.") from error
