"""Pictures: the illustrator, which composes open art, and the sketch."""

from infra.media import glstub

glstub.skia()  # where the system lacks libGL and libEGL, skia is made loadable before a module here imports it
