"""libzimg (zscale's library) through ctypes: a resize may begin and end between the samples of its source.

The structures are those of zimg.h, API 2.4, which every 3.x library has.
"""

from __future__ import annotations

import ctypes
from ctypes import byref, c_char, c_double, c_int, c_size_t, c_ssize_t, c_uint, c_void_p
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from infra.errors import PackageMissing
from infra.media.planes import ALIGN, aligned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.media.planes import Plane
    from infra.media.sampling import Axis

NAME = "libzimg.so.2"
API = 0x204
BILINEAR = 1
CPU_AUTO_64B = 2
"""The best instructions that this processor has, AVX-512 among them."""
WHOLE = 0xFFFFFFFF


class _Region(ctypes.Structure):
    _fields_: ClassVar = [(name, c_double) for name in ("left", "top", "width", "height")]


class _Format(ctypes.Structure):
    _fields_: ClassVar = [
        ("version", c_uint),
        ("width", c_uint),
        ("height", c_uint),
        ("pixel_type", c_int),
        ("subsample_w", c_uint),
        ("subsample_h", c_uint),
        ("color_family", c_int),
        ("matrix", c_int),
        ("transfer", c_int),
        ("primaries", c_int),
        ("depth", c_uint),
        ("range", c_int),
        ("field_parity", c_int),
        ("chroma_location", c_int),
        ("active_region", _Region),
        ("alpha", c_int),
    ]


class _Parameters(ctypes.Structure):
    _fields_: ClassVar = [
        ("version", c_uint),
        ("filter", c_int),
        ("a", c_double),
        ("b", c_double),
        ("filter_uv", c_int),
        ("a_uv", c_double),
        ("b_uv", c_double),
        ("dither", c_int),
        ("cpu", c_int),
        ("peak", c_double),
        ("approximate", c_char),
    ]


class _Plane(ctypes.Structure):
    _fields_: ClassVar = [("data", c_void_p), ("stride", c_ssize_t), ("mask", c_uint)]


class _Buffer(ctypes.Structure):
    _fields_: ClassVar = [("version", c_uint), ("planes", _Plane * 4)]


@lru_cache(maxsize=1)
def installed() -> bool:
    """Whether this machine has the library."""
    try:
        library()
    except PackageMissing:
        return False
    return True


@lru_cache(maxsize=1)
def library() -> Any:
    """The library with its calls declared.

    Raises:
        PackageMissing: this machine does not have it.
    """
    try:
        zimg = ctypes.CDLL(NAME)
    except OSError as error:
        raise PackageMissing(
            f"{NAME} cannot be loaded: {error}.", "Run: apt-get install libzimg2, or set FLYWHEEL_WARP=cv2"
        ) from error
    zimg.zimg_filter_graph_build.restype = c_void_p
    zimg.zimg_filter_graph_build.argtypes = [c_void_p, c_void_p, c_void_p]
    zimg.zimg_filter_graph_free.argtypes = [c_void_p]
    zimg.zimg_filter_graph_get_tmp_size.argtypes = [c_void_p, c_void_p]
    zimg.zimg_filter_graph_process.argtypes = [c_void_p] * 8
    zimg.zimg_get_last_error.argtypes = [c_void_p, c_size_t]
    zimg.zimg_image_format_default.argtypes = [c_void_p, c_uint]
    zimg.zimg_graph_builder_params_default.argtypes = [c_void_p, c_uint]
    return zimg


def version() -> str:
    """Like `3.0.4`."""
    parts = c_uint(), c_uint(), c_uint()
    library().zimg_get_version_info(*(byref(part) for part in parts))
    return ".".join(str(part.value) for part in parts)


class Graphs:
    """A sampler of aligned planes: one graph for all planes that share their axes."""

    def __init__(self) -> None:
        self.zimg = library()
        self.parameters = _Parameters()
        self.zimg.zimg_graph_builder_params_default(byref(self.parameters), API)
        self.parameters.filter, self.parameters.cpu = BILINEAR, CPU_AUTO_64B
        self.source, self.target = self._format(), self._format()
        self.scratch = np.empty(0, np.uint8)

    def __call__(
        self, sources: Sequence[Plane], targets: Sequence[Plane], across: Axis, down: Axis, _miss: float = 0
    ) -> None:
        graph = self._graph(sources[0], across, down)
        try:
            room = self._room(graph)
            for source, target in zip(sources, targets, strict=True):
                whole = target if _fits(target) else aligned(*target.shape)
                self._process(graph, source, whole, room)
                if whole is not target:
                    np.copyto(target, whole)
        finally:
            self.zimg.zimg_filter_graph_free(graph)

    def _process(self, graph: int, source: Plane, target: Plane, room: int) -> None:
        sent, got = _buffer(source), _buffer(target)
        self._check(not self.zimg.zimg_filter_graph_process(graph, byref(sent), byref(got), room, *[None] * 4))

    def _graph(self, source: Plane, across: Axis, down: Axis) -> int:
        self.source.height, self.source.width = source.shape
        region = self.source.active_region
        region.left, region.width = across.start + 0.5 - across.step / 2, across.step * across.count
        region.top, region.height = down.start + 0.5 - down.step / 2, down.step * down.count
        self.target.width, self.target.height = across.count, down.count
        graph = self.zimg.zimg_filter_graph_build(byref(self.source), byref(self.target), byref(self.parameters))
        self._check(bool(graph))
        return int(graph)

    def _format(self) -> _Format:
        """Grey bytes."""
        made = _Format()
        self.zimg.zimg_image_format_default(byref(made), API)
        made.pixel_type, made.depth = 0, 8
        return made

    def _room(self, graph: int) -> int:
        """The address of scratch memory for *graph*."""
        size = c_size_t()
        self.zimg.zimg_filter_graph_get_tmp_size(graph, byref(size))
        if self.scratch.size < size.value + ALIGN:
            self.scratch = np.empty(size.value + ALIGN, np.uint8)
        return -(-self.scratch.ctypes.data // ALIGN) * ALIGN

    def _check(self, done: bool) -> None:
        if not done:
            message = ctypes.create_string_buffer(512)
            self.zimg.zimg_get_last_error(message, 512)
            raise RuntimeError(f"libzimg: {message.value.decode(errors='replace')}")


def _fits(plane: Plane) -> bool:
    """Whether rows begin and end on whole vectors: zimg writes no less."""
    return plane.ctypes.data % ALIGN == 0 and plane.strides[0] % ALIGN == 0 and plane.shape[1] % ALIGN == 0


def _buffer(plane: Plane) -> _Buffer:
    made = _Buffer()
    made.version = API
    first = made.planes[0]
    first.data, first.stride, first.mask = plane.ctypes.data, plane.strides[0], WHOLE
    return made
