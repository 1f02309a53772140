/** The film's time: beats decide, frames follow. Mirrors tasks/schema.Timeline, tasks/timeline.py and tasks/beats.py. */
/** @typedef {import('../types.d.ts').Transition} Transition */
/** @typedef {import('../types.d.ts').Motion} Motion */

/** @type {Motion[]} */
const MOTIONS = ['parallax_right', 'push', 'parallax_left', 'tilt_up', 'parallax_push', 'pan_right', 'pull'];

/** The frame nearest to a beat. @param {number} beat @param {number} fps @param {number} bpm */
export const frameOfBeat = (beat, fps, bpm) => Math.floor((beat * 60 * fps) / bpm + 0.5);

/** First frame of each shot of so many beats; the last is the film's length. @param {number[]} beats @param {number} fps @param {number} bpm */
export function cuts(beats, fps, bpm) {
  let at = 0;
  return [0, ...beats.map((n) => frameOfBeat((at += n), fps, bpm))];
}

/** Width and height in pixels; `height` is the shorter side. @param {string} aspect @param {number} height @returns {[number, number]} */
export function canvas(aspect, height) {
  const long = Math.round((height * 16) / 9 / 2) * 2;
  return aspect === '1:1' ? [height, height] : aspect === '9:16' ? [height, long] : [long, height];
}

/** Picture before the narration of shot `index`, in ms. @param {number} index */
export const leadMs = (index) => (index ? 300 : 600);

/**
 * The transition into shot `index` and its frames. @param {number} index @param {Transition} wanted @param {number[]} beats
 * @param {number} bpm @param {number} fps @returns {{ transition: Transition, transitionFrames: number }}
 */
export function comingIn(index, wanted, beats, bpm, fps) {
  const shortest = (Math.min(beats[index - 1] ?? 0, beats[index] ?? 0) * 60 * fps) / bpm;
  const transitionFrames = wanted === 'cut' ? 0 : Math.min(Math.round(0.4 * fps), Math.trunc(shortest / 2));
  return { transition: transitionFrames ? wanted : 'cut', transitionFrames };
}

/**
 * The fewest beats that hold a narration of `narrationMs` (as spoken at pace 1) when it is spoken as fast as may be.
 * @param {number} narrationMs @param {number} index @param {boolean} last @param {number} bpm @param {number} fps
 */
export function leastBeats(narrationMs, index, last, bpm, fps) {
  const frames = (60 * fps) / bpm, margin = Math.abs(frames - Math.round(frames)) < 1e-9 ? 0 : 1000 / fps;
  const whole = narrationMs / 1.08 + leadMs(index) + (last ? 1400 : 350) + margin;
  return Math.max(1, Math.ceil((whole - 1e-6) / (60000 / bpm)));
}

/** The beat nearest to a frame. @param {number} frame @param {number} fps @param {number} bpm */
export const snapToBeat = (frame, fps, bpm) => Math.max(0, Math.round((frame * bpm) / (60 * fps)));

/** The camera move of a segment that nobody chose one for. @param {string} id @param {number} seed @returns {Motion} */
export const motionOf = (id, seed) => /** @type {Motion} */ (MOTIONS[(seed + +id.slice(1) - 1) % MOTIONS.length]);
