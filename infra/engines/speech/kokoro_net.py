"""The Kokoro-82M network: phoneme codes and a voice → samples and the length of every phoneme."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from infra.engines import Samples
from infra.errors import EngineFailed, ModelMissing

RATE = 24_000
FRAME = 600
"""Samples per frame of the duration predictor (25 ms)."""
LONGEST = 510
DURATIONS = "/encoder/Clip_output_0"
"""The tensor that holds each phoneme's whole number of frames, before the length regulator."""


class KokoroNet:
    """Two ONNX sessions, the whole network and its plan of lengths; callable from several threads."""

    def __init__(self, folder: Path, threads: int) -> None:
        for name in ("model.onnx", "vocab.json"):
            if not (folder / name).is_file():
                raise ModelMissing(
                    f"Model {folder.name} has no file {name}.", f"Run: flywheel models pull {folder.name}"
                )
        self.codes: dict[str, int] = json.loads((folder / "vocab.json").read_text("utf-8"))["vocab"]
        self._path, self._threads = folder / "model.onnx", threads
        self._lock = threading.Lock()
        self._planner: Any = None
        self._session = self._open(self._path.read_bytes() + _extra_output())

    def run(self, codes: list[int], style: NDArray[np.float32], pace: float) -> tuple[Samples, NDArray[np.int64]]:
        """Samples at 24 kHz, and frames per code: the pause before, one for each of *codes*, the pause after."""
        audio, frames = self._session.run(["audio", DURATIONS], _feed(codes, style, pace))
        return np.ascontiguousarray(audio, np.float32).ravel(), np.asarray(frames).ravel().astype(np.int64)

    def plan(self, codes: list[int], style: NDArray[np.float32]) -> NDArray[np.int64]:
        """The frames that `run` will give at pace 1, fifty times sooner (the first call takes a second more)."""
        with self._lock:
            self._planner = self._planner or self._open(_planning(self._path))
        frames = self._planner.run([DURATIONS], _feed(codes, style, 1.0))[0]
        return np.asarray(frames).ravel().astype(np.int64)

    def _open(self, model: bytes) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            what = f"Kokoro's network in {self._path.parent} cannot be loaded: {error}"
            raise EngineFailed(what, "Run: flywheel models pull kokoro-82m") from error


def _feed(codes: list[int], style: NDArray[np.float32], pace: float) -> dict[str, NDArray[Any]]:
    return {
        "tokens": np.array([[0, *codes, 0]], np.int64),
        "style": style.reshape(1, 256),
        "speed": np.array([pace], np.float32),
    }


def _extra_output() -> bytes:
    """A message that, put behind a model's own bytes, adds one output: protobuf joins the repeated fields."""
    from onnx import ModelProto

    patch = ModelProto()
    patch.graph.output.append(_durations())
    return cast("bytes", patch.SerializeToString())


def _planning(path: Path) -> bytes:
    """The part of the network that the durations need, a sixth of it."""
    import onnx
    from onnx.utils import Extractor

    model = onnx.load(path)
    model.graph.output.append(_durations())
    part = Extractor(model).extract_model(["tokens", "style", "speed"], [DURATIONS])
    return cast("bytes", part.SerializeToString())


def _durations() -> Any:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(DURATIONS, TensorProto.FLOAT, None)
