/** Camera moves as numbers. Mirrors infra/media/camera.py, and where warp.py, planes.py and pictures.py have samples lie. */
/** @import { CameraMaths as Maths, Window } from '../types.d.ts' */

/** What a parallax is without layers, and at depth 1 with them. @type {Record<string, string | undefined>} */
export const PLAIN = { parallax_left: 'pan_left', parallax_right: 'pan_right', parallax_push: 'push' };

/** The camera move named `motion` for a shot of `seconds`, for what lies at `depth`. @type {Maths['move']} */
export const move = (motion, seconds, depth = 1) => {
  const plain = PLAIN[motion], reach = Math.min(0.16, Math.max(0.05, 0.025 * seconds * (plain ? 1.5 : 1)));
  const share = plain ? 0.25 + 0.75 * depth : 1, zoom = 1 + reach, travel = (0.5 - 0.5 / zoom) * share;
  const wide = { x: 0.5, y: 0.5, zoom: 1 }, near = { ...wide, zoom: 1 + reach * share };
  const left = { x: 0.5 - travel, y: 0.5, zoom }, right = { ...left, x: 0.5 + travel };
  const up = { x: 0.5, y: 0.5 - travel, zoom }, down = { ...up, y: 0.5 + travel };
  /** @type {Record<string, [Window, Window] | undefined>} */
  const moves = {
    push: [wide, near], pull: [near, wide], pan_right: [left, right], pan_left: [right, left], tilt_down: [up, down], tilt_up: [down, up],
  };
  const [start, end] = moves[plain ?? motion] ?? [wide, wide];
  return { start, end };
};

/** The window of `frame` of `frames`. @type {Maths['at']} */
export const at = ({ start, end }, frame, frames) => {
  const t = frame / Math.max(1, frames - 1), u = t * t * (3 - 2 * t) * 0.35 + t * 0.65;
  const between = (/** @type {number} */ a, /** @type {number} */ b) => a * (1 - u) + b * u;
  return { x: between(start.x, end.x), y: between(start.y, end.y), zoom: Math.exp(between(Math.log(start.zoom), Math.log(end.zoom))) };
};

const within = (/** @type {number} */ place, /** @type {number} */ most) => Math.min(Math.max(place, 0), most);

/** What a window shows of a picture of that size. @type {Maths['rect']} */
export const rect = ({ x, y, zoom }, width, height) => {
  const across = width / zoom, down = height / zoom;
  return [within(x * width - across / 2, width - across), within(y * height - down / 2, height - down), across, down];
};

/** Pixels of an enlarged picture along a side of the frame. @type {Maths['enlarged']} */
export const enlarged = (side, zoom) => Math.trunc((side * zoom * 1.178) / 2 + 0.5) * 2;

/** Half to even, as Python rounds. */
const round = (/** @type {number} */ x) => Math.round(x) - (x % 2 === 0.5 ? 1 : 0);

/** The largest part of a picture of that aspect, around `focus` along the side that is cropped. @type {Maths['cover']} */
export const cover = (width, height, aspect, focus) => {
  const wider = width / height / aspect;
  const across = Math.max(1, Math.min(width, round(height * aspect))), down = Math.max(1, Math.min(height, round(width / aspect)));
  const x = wider > 1.01 ? focus[0] : 0.5, y = wider < 0.99 ? focus[1] : 0.5;
  return [within(Math.trunc(x * width - across / 2), width - across), within(Math.trunc(y * height - down / 2), height - down), across, down];
};
