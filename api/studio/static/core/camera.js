/** Camera moves as numbers. Mirrors infra/media/camera.py, and what of warp.py, planes.py and pictures.py says where samples lie. */
/** @typedef {{ x: number, y: number, zoom: number }} Window */
/** @typedef {{ start: Window, end: Window }} Move */
/** @typedef {[left: number, top: number, across: number, down: number]} Rect */

/** What a parallax is without layers, and at depth 1 with them. @type {Record<string, string | undefined>} */
export const PLAIN = { parallax_left: 'pan_left', parallax_right: 'pan_right', parallax_push: 'push' };

/** The camera move named `motion` for a shot of `seconds`, for what lies at `depth`. @param {string} motion @param {number} seconds @returns {Move} */
export function move(motion, seconds, depth = 1) {
  const plain = PLAIN[motion];
  const reach = Math.min(0.16, Math.max(0.05, 0.025 * seconds * (plain ? 1.5 : 1)));
  const share = plain ? 0.25 + 0.75 * depth : 1, tight = 1 + reach, travel = (0.5 - 0.5 / tight) * share;
  const wide = { x: 0.5, y: 0.5, zoom: 1 }, near = { x: 0.5, y: 0.5, zoom: 1 + reach * share };
  const x = (/** @type {number} */ way) => ({ x: 0.5 + way * travel, y: 0.5, zoom: tight });
  const y = (/** @type {number} */ way) => ({ x: 0.5, y: 0.5 + way * travel, zoom: tight });
  /** @type {Record<string, [Window, Window] | undefined>} */
  const moves = {
    push: [wide, near], pull: [near, wide], pan_right: [x(-1), x(1)], pan_left: [x(1), x(-1)], tilt_down: [y(-1), y(1)], tilt_up: [y(1), y(-1)],
  };
  const [start, end] = moves[plain ?? motion] ?? [wide, wide];
  return { start, end };
}

/** The window of `frame` of `frames`. @param {Move} move @param {number} frame @param {number} frames @returns {Window} */
export function at({ start, end }, frame, frames) {
  const t = frame / Math.max(1, frames - 1), u = t * t * (3 - 2 * t) * 0.35 + t * 0.65;
  const between = (/** @type {number} */ a, /** @type {number} */ b) => a * (1 - u) + b * u;
  return { x: between(start.x, end.x), y: between(start.y, end.y), zoom: Math.exp(between(Math.log(start.zoom), Math.log(end.zoom))) };
}

/** What a window shows of a picture of that size. @param {Window} window @param {number} width @param {number} height @returns {Rect} */
export function rect({ x, y, zoom }, width, height) {
  const across = width / zoom, down = height / zoom;
  const within = (/** @type {number} */ place, /** @type {number} */ most) => Math.min(Math.max(place, 0), most);
  return [within(x * width - across / 2, width - across), within(y * height - down / 2, height - down), across, down];
}

/** Pixels of an enlarged picture along a side of that many in the frame. @param {number} side @param {number} zoom */
export const enlarged = (side, zoom) => Math.trunc((side * zoom * 1.178) / 2 + 0.5) * 2;

/** Half to even, as Python rounds. @param {number} x */
function round(x) {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 ? up - 1 : up;
}

/**
 * The largest part of a picture whose width is `aspect` times its height, as near around `focus` as it can be; along a side that is not
 * cropped the focus says nothing. @param {number} width @param {number} height @param {number} aspect @param {[number, number]} focus @returns {Rect}
 */
export function cover(width, height, aspect, focus) {
  const wider = width / height / aspect;
  const across = Math.max(1, Math.min(width, round(height * aspect))), down = Math.max(1, Math.min(height, round(width / aspect)));
  const begin = (/** @type {number} */ whole, /** @type {number} */ part, /** @type {number} */ centre) =>
    Math.min(Math.max(Math.trunc(centre * whole - part / 2), 0), whole - part);
  return [begin(width, across, wider > 1.01 ? focus[0] : 0.5), begin(height, down, wider < 0.99 ? focus[1] : 0.5), across, down];
}
