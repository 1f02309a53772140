/** The film's time: beats decide, frames follow. Mirrors tasks/schema.Timeline, tasks/timeline.py and tasks/beats.py. */
/** @import { Motion, TimelineMaths as Maths } from '../types.d.ts' */

/** @type {Motion[]} */
const MOTIONS = ['parallax_right', 'push', 'parallax_left', 'tilt_up', 'parallax_push', 'pan_right', 'pull'];

/** The frame nearest to a beat. @type {Maths['frameOfBeat']} */
export const frameOfBeat = (beat, fps, bpm) => Math.floor((beat * 60 * fps) / bpm + 0.5);

/** First frame of each shot; the last is the film's length. @type {Maths['cuts']} */
export const cuts = (beats, fps, bpm) => {
  let at = 0;
  return [0, ...beats.map((n) => frameOfBeat((at += n), fps, bpm))];
};

/** Width and height in pixels; `height` is the shorter side. @type {Maths['canvas']} */
export const canvas = (aspect, height) => {
  const long = Math.round((height * 16) / 9 / 2) * 2;
  return aspect === '1:1' ? [height, height] : aspect === '9:16' ? [height, long] : [long, height];
};

/** Picture before the narration of a shot. @type {Maths['leadMs']} */
export const leadMs = (index) => (index ? 300 : 600);

/** The transition into a shot, and its frames. @type {Maths['comingIn']} */
export const comingIn = (index, wanted, beats, bpm, fps) => {
  const shortest = (Math.min(beats[index - 1] ?? 0, beats[index] ?? 0) * 60 * fps) / bpm;
  const transitionFrames = wanted === 'cut' ? 0 : Math.min(Math.round(0.4 * fps), Math.trunc(shortest / 2));
  return { transition: transitionFrames ? wanted : 'cut', transitionFrames };
};

/** The fewest beats that hold a narration, which lasts `narrationMs` at pace 1, spoken as fast as may be. @type {Maths['leastBeats']} */
export const leastBeats = (narrationMs, index, last, bpm, fps) => {
  const frames = (60 * fps) / bpm, margin = Math.abs(frames - Math.round(frames)) < 1e-9 ? 0 : 1000 / fps;
  const whole = narrationMs / 1.08 + leadMs(index) + (last ? 1400 : 350) + margin;
  return Math.max(1, Math.ceil((whole - 1e-6) / (60000 / bpm)));
};

/** The beat nearest to a frame. @type {Maths['snapToBeat']} */
export const snapToBeat = (frame, fps, bpm) => Math.max(0, Math.round((frame * bpm) / (60 * fps)));

/** The camera move of a segment that nobody chose one for. @type {Maths['motionOf']} */
export const motionOf = (id, seed) => /** @type {Motion} */ (MOTIONS[(seed + +id.slice(1) - 1) % MOTIONS.length]);
