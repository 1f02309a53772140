"""The Kokoro-82M network: phoneme codes and a voice → samples and the length of every phoneme."""

from __future__ import annotations

import json
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
    """One ONNX session; `run` may be called from several threads."""

    def __init__(self, folder: Path, threads: int) -> None:
        import onnxruntime

        for name in ("model.onnx", "vocab.json"):
            if not (folder / name).is_file():
                raise ModelMissing(
                    f"Model {folder.name} has no file {name}.", f"Run: flywheel models pull {folder.name}"
                )
        self.codes: dict[str, int] = json.loads((folder / "vocab.json").read_text("utf-8"))["vocab"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = (folder / "model.onnx").read_bytes() + _extra_output()
        try:
            self._session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise EngineFailed(
                f"Kokoro's network in {folder} cannot be loaded: {error}", "Run: flywheel models pull kokoro-82m"
            ) from error

    def run(self, codes: list[int], style: NDArray[np.float32], pace: float) -> tuple[Samples, NDArray[np.int64]]:
        """Samples at 24 kHz, and frames per code: the pause before, one for each of *codes*, the pause after."""
        feed = {
            "tokens": np.array([[0, *codes, 0]], np.int64),
            "style": style.reshape(1, 256),
            "speed": np.array([pace], np.float32),
        }
        audio, frames = self._session.run(["audio", DURATIONS], feed)
        return np.ascontiguousarray(audio, np.float32).ravel(), np.asarray(frames).ravel().astype(np.int64)


def _extra_output() -> bytes:
    """A message that, put behind a model's own bytes, adds one output: protobuf joins the repeated fields."""
    from onnx import TensorProto, helper

    value = helper.make_tensor_value_info(DURATIONS, TensorProto.FLOAT, None)
    patch = helper.make_model(helper.make_graph([], "", [], [value]))
    for field in ("ir_version", "opset_import", "producer_name"):
        patch.ClearField(field)
    patch.graph.ClearField("name")
    return cast("bytes", patch.SerializeToString())
