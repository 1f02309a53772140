/** Draws any frame of a scene as the renderer does (infra/media/{shots,views,parallax,transitions}.py), on a clock of its own that follows the sound's. */
import { PLAIN, at, cover, enlarged, move, rect } from './core/camera.js';
import { frameAt, msOf, shotAt } from './core/scene.js';
/** @import { Drawn, FromWorker, Group, LookOf, Scene, ScenePicture, SceneShot, ToWorker } from './types.d.ts' */
/** @typedef {OffscreenCanvasRenderingContext2D} Brush */

const ROOM = 320e6, AT_ONCE = 4, RETRY_MS = 4000;
const me = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (self));
/** @type {Map<string, Drawn>} */
const kept = new Map();
/** @type {Map<string, Drawn>} */
const newest = new Map();
/** @type {Map<string, ImageBitmap>} */
const stills = new Map();
/** @type {Record<string, LookOf>} */
const LOOKS = {
  clean: { weight: 700, colour: '#fff', edge: '#101014', outline: 0.15, size: [0.058, 0.066], width: [0.76, 0.84], bottom: [0.925, 0.77] },
  bold: { weight: 900, colour: '#fff', edge: '#0b0b0f', outline: 0.2, size: [0.092, 0.088], width: [0.72, 0.88], bottom: [0.92, 0.74], upper: true },
  documentary: { weight: 500, colour: '#f4f4f2', edge: '', outline: 0, size: [0.05, 0.056], width: [0.6, 0.86], bottom: [0.92, 0.77], panel: '#0c1118b8', rule: '#e8b04b' },
  children: { weight: 800, colour: '#fff', edge: '#2b1b5e', outline: 0.24, size: [0.07, 0.078], width: [0.74, 0.84], bottom: [0.92, 0.765] },
};
let scene = /** @type {Scene | null} */ (null), brush = /** @type {Brush | null} */ (null);
let clock = { playing: false, ms: 0, at: 0 }, dirty = false, raf = 0, last = -1, loading = 0, used = 0, whole = true;

/** @param {FromWorker} message @param {Transferable[]} [moved] */
const say = (message, moved = []) => me.postMessage(message, moved);
const epoch = () => performance.timeOrigin + performance.now();

/** Have `make` make what is called `name`, once; null until it is there. @param {string} name @param {() => Promise<Group[]>} make @param {boolean} [now] */
function need(name, make, now) {
  const there = kept.get(name);
  if (there) {
    there.used = ++used;
    return there;
  }
  if (loading >= AT_ONCE && !now) return null;
  loading++;
  /** @type {Drawn} */
  const drawn = { groups: null, bytes: 0, used: ++used, ready: Promise.resolve() };
  drawn.ready = make().then((groups) => {
    drawn.groups = groups;
    drawn.bytes = groups.reduce((sum, { bitmap }) => sum + bitmap.width * bitmap.height * 4, 0);
    spare();
  }, () => void setTimeout(() => kept.delete(name) && redraw(), RETRY_MS)).finally(() => {
    loading--;
    redraw();
  });
  kept.set(name, drawn);
  return drawn;
}

/** Lets go of what was used longest ago. */
function spare() {
  let bytes = 0;
  for (const [name, drawn] of [...kept].sort(([, a], [, b]) => b.used - a.used)) {
    if ((bytes += drawn.bytes) <= ROOM || !drawn.groups) continue;
    kept.delete(name);
    for (const { bitmap } of drawn.groups) bitmap.close();
    drawn.groups = null;
  }
}

/** @param {string} url */
async function fetched(url) {
  const still = stills.get(url);
  if (still) return still;
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  return createImageBitmap(await answer.blob());
}

/** The picture's part that is seen, enlarged as the renderer does. @param {CanvasImageSource & { width: number, height: number }} source
 * @param {number} width @param {number} height @param {[number, number]} focus @param {[number, number]} size @param {boolean} layer */
async function scaled(source, width, height, focus, size, layer) {
  const part = cover(source.width, source.height, width / height, focus);
  const resizeQuality = layer && part[2] <= size[0] ? 'low' : 'high';
  return createImageBitmap(/** @type {ImageBitmap} */ (source), ...part, { resizeWidth: size[0], resizeHeight: size[1], resizeQuality });
}

/** What moves together, far to near. @param {ScenePicture} picture @param {number} width @param {number} height @param {[number, number]} size
 * @param {{ url: string, depth: number }[]} layers @param {boolean} pan @returns {Promise<Group[]>} */
async function grouped(picture, width, height, size, layers, pan) {
  if (picture.footage && picture.key && !stills.has(picture.url)) await still(picture.url);
  const sources = await Promise.all((layers.length ? layers : [picture]).map(({ url }) => fetched(url)));
  /** @type {{ depth: number, source: ImageBitmap | OffscreenCanvas }[]} */
  const parts = [];
  sources.forEach((source, index) => {
    const depth = layers[index]?.depth ?? 1, before = parts.at(-1);
    if (!before || pan || depth < 0.5 !== before.depth < 0.5) return parts.push({ depth, source });
    if (!(before.source instanceof OffscreenCanvas)) before.source = onto(new OffscreenCanvas(source.width, source.height), before.source);
    before.source = onto(before.source, source);
    before.depth = depth;
  });
  const groups = await Promise.all(parts.map(async ({ depth, source }) =>
    ({ depth, bitmap: await scaled(source, width, height, picture.focus, size, layers.length > 0) })));
  for (const source of sources) if (!stills.has(picture.url)) source.close();
  return groups;
}

/** @param {OffscreenCanvas} canvas @param {CanvasImageSource} source */
function onto(canvas, source) {
  /** @type {Brush} */ (canvas.getContext('2d')).drawImage(source, 0, 0);
  return canvas;
}

/** The first frame of a clip, which only a page can decode. @param {string} url @returns {Promise<void>} */
const still = (url) => new Promise((resolve) => {
  waiting.set(url, resolve);
  say({ still: url });
});
/** @type {Map<string, () => void>} */
const waiting = new Map();

/** @param {SceneShot} shot */
const ends = (shot) => shot.frames + (scene?.shots[scene.shots.indexOf(shot) + 1]?.transitionFrames ?? 0);

/** What a shot is drawn of at that size. @param {Scene} scene @param {SceneShot} shot @param {number} width @param {number} height @param {boolean} [now] */
function view(scene, shot, width, height, now) {
  const { picture } = shot;
  if (!picture) return null;
  const layers = PLAIN[shot.motion] ? picture.layers : [], motion = layers.length ? shot.motion : PLAIN[shot.motion] ?? shot.motion;
  const near = move(motion, ends(shot) / scene.fps), zoom = Math.max(near.start.zoom, near.end.zoom);
  /** @type {[number, number]} */
  const size = [enlarged(width, zoom), enlarged(height, zoom)], pan = near.start.zoom === near.end.zoom;
  const name = [picture.key, picture.focus, layers.map(({ url }) => url), size, pan].join();
  const drawn = need(name, () => grouped(picture, width, height, size, layers, pan), now);
  if (drawn?.groups) newest.set(shot.id, drawn);
  return drawn;
}

/** @param {string} url @param {boolean} [now] */
const sheet = (url, now) => need(url, async () => [{ depth: 1, bitmap: await fetched(url) }], now);

/** Draws frame `index` of a shot; false where something else had to stand in for it. @param {Brush} g @param {Scene} scene @param {SceneShot} shot @param {number} index */
function show(g, scene, shot, index) {
  const { width, height } = g.canvas, drawn = view(scene, shot, width, height);
  const groups = drawn?.groups ?? newest.get(shot.id)?.groups ?? (shot.picture ? nearby(scene, shot) : null);
  g.setTransform(1, 0, 0, 1, 0, 0);
  g.fillStyle = groups ? '#000' : '#20242c';
  g.fillRect(0, 0, width, height);
  for (const { depth, bitmap } of groups ?? []) {
    const camera = move(shot.motion, ends(shot) / scene.fps, depth);
    const [left, top, across, down] = rect(at(camera, index, ends(shot)), bitmap.width, bitmap.height), x = width / across, y = height / down;
    g.setTransform(x, 0, 0, y, -left * x, -top * y);
    g.drawImage(bitmap, 0, 0);
  }
  g.setTransform(1, 0, 0, 1, 0, 0);
  return !shot.picture || !!drawn?.groups;
}

/** The nearest thing that is decoded. @param {Scene} scene @param {SceneShot} shot */
function nearby(scene, shot) {
  const from = scene.shots.indexOf(shot);
  for (let away = 1; away < scene.shots.length; away++) {
    for (const other of [scene.shots[from - away], scene.shots[from + away]]) {
      const groups = other && newest.get(other.id)?.groups;
      if (groups) return groups;
    }
  }
  return null;
}

/** @type {OffscreenCanvas | null} */
let extra = null;

/** @param {Brush} g @param {Scene} scene @param {number} frame */
function draw(g, scene, frame) {
  const shot = shotAt(scene, frame);
  if (!shot) return true;
  const { width, height } = g.canvas, index = frame - shot.first, count = shot.transitionFrames, share = (index + 1) / (count + 1);
  const before = scene.shots[scene.shots.indexOf(shot) - 1];
  g.imageSmoothingQuality = 'low';
  let complete = true;
  if (index >= count || !before) complete = show(g, scene, shot, index);
  else if (shot.transition === 'dip') {
    complete = share < 0.5 ? show(g, scene, before, before.frames + index) : show(g, scene, shot, index);
    g.fillStyle = `rgb(0 0 0 / ${1 - Math.abs(1 - 2 * share)})`;
    g.fillRect(0, 0, width, height);
  } else {
    if (extra?.width !== width || extra.height !== height) extra = new OffscreenCanvas(width, height);
    const spare = /** @type {Brush} */ (extra.getContext('2d'));
    spare.globalCompositeOperation = 'source-over';
    spare.imageSmoothingQuality = 'low';
    const known = show(spare, scene, shot, index);
    complete = show(g, scene, before, before.frames + index) && known;
    if (shot.transition === 'wipe') wiped(spare, share);
    else g.globalAlpha = share;
    g.drawImage(extra, 0, 0);
    g.globalAlpha = 1;
  }
  return letters(g, scene, shot, index) && complete;
}

/** Leaves of what is drawn what a wipe shows of it. @param {Brush} g @param {number} share */
function wiped(g, share) {
  const { width, height } = g.canvas, soft = 0.04 * width, edge = (share * 1.04 - 0.02) * width + 0.5;
  const fall = g.createLinearGradient(edge - soft / 2, 0, edge + soft / 2, 0);
  for (let stop = 0; stop <= 16; stop++) {
    const u = 1 - stop / 16;
    fall.addColorStop(stop / 16, `rgb(0 0 0 / ${u * u * (3 - 2 * u)})`);
  }
  g.globalCompositeOperation = 'destination-in';
  g.fillStyle = fall;
  g.fillRect(0, 0, width, height);
}

/** The caption: from its sheet where that is valid, else as live text. @param {Brush} g @param {Scene} scene @param {SceneShot} shot @param {number} index */
function letters(g, scene, shot, index) {
  if (!shot.lettered) {
    live(g, scene, shot, index);
    return true;
  }
  const cue = shot.cues.find(({ first, end }) => first <= index && index < end), drawn = shot.sheet && sheet(shot.sheet), scale = g.canvas.width / scene.width;
  if (!cue || !drawn) return !cue || !shot.sheet;
  const bitmap = drawn.groups?.[0]?.bitmap;
  if (!bitmap) return false;
  g.imageSmoothingQuality = 'medium';
  g.drawImage(bitmap, cue.sheet_x, cue.sheet_y, cue.width, cue.height, cue.x * scale, cue.y * scale, cue.width * scale, cue.height * scale);
  return true;
}

/** Two lines at a time while they are spoken. @param {Brush} g @param {Scene} scene @param {SceneShot} shot @param {number} index */
function live(g, scene, shot, index) {
  const { width, height } = g.canvas, look = LOOKS[scene.captionStyle] ?? LOOKS.clean, tall = width < height ? 1 : 0;
  if (!look || !shot.caption) return;
  const size = look.size[tall] * Math.min(width, height), room = look.width[tall] * width;
  g.font = `${look.weight} ${size}px "Noto Sans", "Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif`;
  const lines = wrapped(g, look.upper ? shot.caption.toUpperCase() : shot.caption, room, scene.language);
  const spoken = (msOf(scene, index) - shot.leadMs) / (shot.voice?.durationMs ?? msOf(scene, shot.frames) - shot.leadMs);
  const page = Math.min(Math.max(0, Math.floor(spoken * Math.ceil(lines.length / 2))), Math.ceil(lines.length / 2) - 1);
  const now = lines.slice(page * 2, page * 2 + 2), step = size * 1.3, bottom = look.bottom[tall] * height;
  let x = width / 2, y = bottom - step * now.length + size * 1.02;
  g.textAlign = 'center';
  if (look.panel) {
    const across = Math.max(...now.map((line) => g.measureText(line).width)), left = width * (tall ? 0.07 : 0.05);
    g.fillStyle = look.panel;
    g.fillRect(left, bottom - step * now.length - size * 0.38, across + size * 1.24, step * now.length + size * 0.76);
    g.fillStyle = look.rule ?? '';
    g.fillRect(left, bottom - step * now.length - size * 0.38, size * 0.085, step * now.length + size * 0.76);
    g.textAlign = 'left';
    x = left + size * 0.62;
  }
  g.lineJoin = 'round';
  g.lineWidth = size * look.outline;
  g.strokeStyle = look.edge;
  g.fillStyle = look.colour;
  for (const line of now) {
    if (look.outline) g.strokeText(line, x, y);
    g.fillText(line, x, y);
    y += step;
  }
}

/** @param {Brush} g @param {string} text @param {number} room @param {string} language */
function wrapped(g, text, room, language) {
  const lines = [''];
  for (const { segment } of new Intl.Segmenter(language, { granularity: 'word' }).segment(text)) {
    const line = lines.at(-1) + segment;
    if (lines.at(-1) && /[\p{L}\p{N}]/u.test(segment) && g.measureText(line).width > room) lines.push(segment);
    else lines[lines.length - 1] = line;
  }
  return lines.map((line) => line.trim());
}

/** Has the shots around the playhead decoded. @param {Scene} scene @param {number} frame @param {number} width @param {number} height */
function ahead(scene, frame, width, height) {
  const shot = shotAt(scene, frame), from = shot ? scene.shots.indexOf(shot) : 0;
  for (const near of [1, 2, -1]) {
    const other = scene.shots[from + near];
    if (other) view(scene, other, width, height);
    if (other?.sheet) sheet(other.sheet);
  }
}

function redraw() {
  dirty = true;
  if (!raf) raf = me.requestAnimationFrame(tick);
}

function tick() {
  raf = 0;
  if (!scene || !brush) return;
  const now = epoch(), ms = clock.playing ? clock.ms + now - clock.at : clock.ms, frame = frameAt(scene, ms);
  if (frame !== last || dirty) {
    dirty = false;
    whole = draw(brush, scene, frame);
    ahead(scene, frame, brush.canvas.width, brush.canvas.height);
    say({ frame, ms, at: now, took: epoch() - now, whole, playing: clock.playing });
    last = frame;
  }
  if (clock.playing && ms < msOf(scene, scene.frames)) raf ||= me.requestAnimationFrame(tick);
}

/** A frame's pixels at the film's own size, drawn of all that it shows. @param {number} id @param {number} frame */
async function pixels(id, frame) {
  if (!scene) return;
  const canvas = new OffscreenCanvas(scene.width, scene.height), shot = shotAt(scene, frame);
  const g = /** @type {Brush} */ (canvas.getContext('2d', { alpha: false, willReadFrequently: true }));
  const seen = [shot, shot && scene.shots[scene.shots.indexOf(shot) - 1]];
  for (const one of seen) {
    if (one) await view(scene, one, canvas.width, canvas.height, true)?.ready;
    if (one?.sheet) await sheet(one.sheet, true)?.ready;
  }
  const complete = draw(g, scene, frame), { data } = g.getImageData(0, 0, canvas.width, canvas.height);
  say({ pixels: id, width: canvas.width, height: canvas.height, data: data.buffer, whole: complete }, [data.buffer]);
}

/** @param {MessageEvent<ToWorker>} event */
me.onmessage = ({ data }) => {
  if ('canvas' in data) brush = data.canvas.getContext('2d', { alpha: false });
  if ('scene' in data) scene = data.scene;
  if ('clock' in data) clock = data.clock;
  if ('size' in data && brush) [brush.canvas.width, brush.canvas.height] = data.size;
  if ('bitmap' in data) {
    if (data.bitmap) stills.set(data.still, data.bitmap);
    waiting.get(data.still)?.();
  }
  if ('pixels' in data) return void pixels(data.pixels, data.frame);
  if ('clock' in data && !('scene' in data)) {
    if (!raf) raf = me.requestAnimationFrame(tick);
  } else redraw();
};
