/** The lanes of the timeline: where clips lie, and what is drawn beneath them (ruler, beats, voices, music). Lengths in beats and pixels. */
/** @typedef {import('../types.d.ts').Scene} Scene */
/** @typedef {import('../types.d.ts').Laid} Laid */
/** @typedef {import('../types.d.ts').Dragged} Dragged */

/** Top and height of each lane. @type {Record<import('../types.d.ts').Lane, [top: number, height: number]>} */
export const LANES = { ruler: [0, 32], shots: [36, 56], captions: [96, 28], voice: [128, 36], music: [168, 32] };
export const HEIGHT = 204;
const DUCK = { gain: 10 ** (-11 / 20), attack: 300, hold: 200, release: 700, gap: 1550 };
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120];

/** Where each shot lies while one of them is dragged longer or shorter. @param {Scene} scene @param {Dragged | null} [drag] @returns {Laid[]} */
export function laid(scene, drag) {
  let start = 0;
  return scene.shots.map((shot, index) => {
    const beats = drag?.kind === 'beats' && drag.id === shot.id ? drag.to : shot.beats;
    start += beats;
    return { shot, index, start: start - beats, beats };
  });
}

/** How long they are together, in beats. @param {Laid[]} clips */
export const beatsOf = (clips) => clips.reduce((sum, { beats }) => sum + beats, 0);

/** The place that a shot dragged to *beat* takes among the others. @param {Laid[]} clips @param {string} id @param {number} beat */
export const placeAt = (clips, id, beat) => clips.filter((clip) => clip.shot.id !== id && clip.start + clip.beats / 2 < beat).length;

/** How loud the music is under voices, 0 to 1, at a time in ms; *spans* are from when to when someone speaks.
 * @param {[number, number][]} spans @returns {(ms: number) => number} */
export function ducked(spans) {
  /** @type {[number, number][]} */
  const merged = [];
  for (const [from, to] of spans) {
    const last = merged.at(-1);
    if (last && from - last[1] < DUCK.gap) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return (ms) => {
    const depth = Math.max(0, ...merged.map(([from, to]) =>
      Math.min(1, (ms - from) / DUCK.attack + 1, (to + DUCK.hold - ms) / DUCK.release + 1)));
    return DUCK.gain ** depth;
  };
}

/** From when to when each shot's narration is heard, in ms. @param {Laid[]} clips @param {number} beatMs @returns {[number, number][]} */
export const spoken = (clips, beatMs) => clips.flatMap(({ shot: { voice }, start }) =>
  voice ? [/** @type {[number, number]} */ ([start * beatMs + voice.offset, start * beatMs + voice.offset + voice.durationMs])] : []);

/** The largest sample, of pairs per 10 ms, between two times. @param {Float32Array | undefined} peaks @param {number} from @param {number} to */
export function loudest(peaks, from, to) {
  let most = 0;
  for (let i = Math.max(0, Math.floor(from / 10)); i <= to / 10; i++) most = Math.max(most, peaks?.[i * 2 + 1] ?? 0, -(peaks?.[i * 2] ?? 0));
  return most;
}

/** Minutes and seconds. @param {number} seconds */
export function clock(seconds, digits = 0) {
  const shown = Number(seconds.toFixed(digits));
  return `${Math.floor(shown / 60)}:${(shown % 60).toFixed(digits).padStart(digits ? 3 + digits : 2, '0')}`;
}

/** @typedef {CanvasRenderingContext2D} Ink */
/** @typedef {import('../types.d.ts').LaneView} View */

/** Draw what is seen of the lanes. @param {Ink} ink @param {View} view */
export function paint(ink, view) {
  const { scene, clips, scale, left, width, colours } = view, beatMs = 60000 / scene.bpm, first = Math.max(0, Math.floor(left / scale));
  const last = Math.min(Math.ceil((left + width) / scale), beatsOf(clips)), x = (/** @type {number} */ beat) => beat * scale - left;
  ink.clearRect(0, 0, width, HEIGHT);
  ink.font = `11px ${colours.font}`;
  ink.textBaseline = 'top';
  ruler(ink, view, first, last, beatMs, x);
  for (const { shot: { voice }, start } of clips) {
    if (!voice || x(start + voice.durationMs / beatMs + 2) < 0 || x(start) > width) continue;
    speech(ink, view.peaks(voice.key), x(start + voice.offset / beatMs), voice.durationMs, scale / beatMs, width, colours);
  }
  if (scene.bed) music(ink, view, view.peaks(scene.bed.key), ducked(spoken(clips, beatMs)), beatMs, x(last));
}

/** @param {Ink} ink @param {View} view @param {number} first @param {number} last @param {number} beatMs @param {(beat: number) => number} x */
function ruler(ink, { scale, grid, left, colours }, first, last, beatMs, x) {
  const [, bottom] = LANES.ruler;
  for (let beat = first; beat <= last; beat++) {
    const bar = beat % 4 === 0;
    if (!bar && scale < 7 || scale < 2) continue;
    ink.fillStyle = bar ? colours.edge : colours.line;
    ink.fillRect(Math.round(x(beat)), bottom - (bar ? 9 : 5), 1, bar ? 9 : 5);
    ink.globalAlpha = 0.5;
    if (grid && scale >= 4) ink.fillRect(Math.round(x(beat)), bottom, 1, HEIGHT - bottom);
    ink.globalAlpha = 1;
  }
  const step = STEPS.find((seconds) => seconds * 1000 / beatMs * scale >= 56) ?? 300, apart = step * 1000 / beatMs;
  ink.fillStyle = colours.dim;
  for (let n = Math.floor(left / scale / apart); n * apart <= last; n++) {
    ink.fillText(clock(n * step), x(n * apart) + 4, 4);
    ink.fillRect(Math.round(x(n * apart)), 4, 1, 10);
  }
}

/** @param {Ink} ink @param {Float32Array | undefined} peaks @param {number} x @param {number} ms @param {number} perMs @param {number} width
 * @param {View['colours']} colours */
function speech(ink, peaks, x, ms, perMs, width, colours) {
  const [top, height] = LANES.voice, middle = top + height / 2;
  ink.fillStyle = colours.raised;
  ink.beginPath();
  ink.roundRect(x, top, ms * perMs, height, 5);
  ink.fill();
  ink.fillStyle = colours.accent;
  for (let at = Math.max(0, Math.ceil(x)); at < Math.min(width, x + ms * perMs); at += 2) {
    const high = Math.min(1, 2.2 * loudest(peaks, (at - x) / perMs, (at - x + 2) / perMs)) * (height - 6);
    ink.fillRect(at, middle - Math.max(1, high) / 2, 1.25, Math.max(1, high));
  }
}

/** @param {Ink} ink @param {View} view @param {Float32Array | undefined} peaks @param {(ms: number) => number} gain @param {number} beatMs
 * @param {number} end */
function music(ink, { scale, left, width, colours }, peaks, gain, beatMs, end) {
  const [top, height] = LANES.music, perMs = scale / beatMs;
  for (let at = -(left % 4); at < Math.min(width, end); at += 4) {
    const ms = (at + left) / perMs, high = Math.max(0.08, Math.min(1, 1.6 * loudest(peaks, ms, ms + 4 / perMs))) * height;
    ink.fillStyle = colours.line;
    ink.fillRect(at, top + height - high, 3, high);
    ink.fillStyle = colours.ok;
    ink.fillRect(at, top + height - high * gain(ms), 3, high * gain(ms));
  }
}
