/** Draws any frame of a scene as infra/media/{shots,views,parallax,transitions}.py do, by a clock that is set by the sound's. */
import { PLAIN, at, cover, enlarged, move, rect } from './core/camera.js';
import { frameAt, msOf, shotAt } from './core/scene.js';
/** @import { Brush, Drawn, DrawingParts as Parts, FromWorker, LookOf, Scene, ToWorker } from './types.d.ts' */

const ROOM = 320e6, AT_ONCE = 4, RETRY_MS = 4000, FACES = '"Noto Sans","Noto Sans SC","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif';
/** @type {Record<string, LookOf | undefined>} */
const LOOKS = {
  clean: [700, 0.15, '#101014', [0.058, 0.76, 0.925], [0.066, 0.84, 0.77]],
  bold: [900, 0.2, '#0b0b0f', [0.092, 0.72, 0.92], [0.088, 0.88, 0.74]],
  documentary: [500, 0, '', [0.05, 0.6, 0.92], [0.056, 0.86, 0.77], '#0c1118b8', '#e8b04b'],
  children: [800, 0.24, '#2b1b5e', [0.07, 0.74, 0.92], [0.078, 0.84, 0.765]],
};
const me = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (self));
/** @type {Map<string, Drawn>} */
const kept = new Map();
/** The latest there is of each shot. @type {Map<string, Drawn>} */
const latest = new Map();
/** First frames of clips, which only a page can decode. @type {Map<string, { bitmap?: ImageBitmap, told: (value?: unknown) => void }>} */
const stills = new Map();
let scene = /** @type {Scene} */ (/** @type {unknown} */ (null)), brush = /** @type {Brush | null} */ (null), extra = new OffscreenCanvas(1, 1);
let clock = { playing: false, ms: 0, at: 0 }, dirty = false, raf = 0, last = -1, loading = 0, used = 0;

const say = (/** @type {FromWorker} */ message, /** @type {Transferable[]} */ moved = []) => me.postMessage(message, moved);
const epoch = () => performance.timeOrigin + performance.now();

/** Has `make` make what is called `name`, once; null while too much else is being made. @type {Parts['need']} */
const need = (name, make, now) => {
  const drawn = kept.get(name) ?? /** @type {Drawn} */ ({ groups: null });
  drawn.used = ++used;
  if (kept.has(name)) return drawn;
  if (loading >= AT_ONCE && !now) return null;
  loading++;
  kept.set(name, drawn);
  drawn.ready = make().then((groups) => {
    drawn.groups = groups;
    spare();
  }).catch(() => void setTimeout(() => kept.delete(name) && redraw(), RETRY_MS)).finally(() => {
    loading--;
    redraw();
  });
  return drawn;
};

/** Lets go of what was used longest ago. */
const spare = () => {
  let bytes = 0;
  for (const [name, drawn] of [...kept].sort(([, a], [, b]) => b.used - a.used)) {
    for (const { bitmap } of drawn.groups ?? []) bytes += bitmap.width * bitmap.height * 4;
    if (bytes < ROOM || !drawn.groups) continue;
    for (const { bitmap } of drawn.groups) bitmap.close();
    drawn.groups = null;
    kept.delete(name);
  }
};

/** @type {Parts['fetched']} */
const fetched = async (url) => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  const bytes = await answer.blob();
  if (!bytes.type.startsWith('video/')) return createImageBitmap(bytes);
  await new Promise((told) => {
    stills.set(url, { told });
    say({ still: url });
  });
  return /** @type {ImageBitmap} */ (stills.get(url)?.bitmap);
};

/** What moves together, far to near, cropped and enlarged: all layers under a pan, else two at most. @type {Parts['grouped']} */
const grouped = async (picture, layers, size, pan) => {
  /** @type {{ depth: number, canvas: OffscreenCanvas }[]} */
  const parts = [];
  for (const [index, source] of (await Promise.all((layers.length ? layers : [picture]).map(({ url }) => fetched(url)))).entries()) {
    const depth = layers[index]?.depth ?? 1, before = parts.at(-1);
    const merged = before && !pan && depth < 0.5 === before.depth < 0.5;
    const canvas = merged ? before.canvas : new OffscreenCanvas(source.width, source.height);
    canvas.getContext('2d')?.drawImage(source, 0, 0);
    source.close();
    if (merged) before.depth = depth;
    else parts.push({ depth, canvas });
  }
  return Promise.all(parts.map(async ({ depth, canvas }) => {
    const part = cover(canvas.width, canvas.height, scene.width / scene.height, picture.focus);
    const resizeQuality = layers.length && part[2] <= size[0] ? 'low' : 'high';
    return { depth, bitmap: await createImageBitmap(canvas, ...part, { resizeWidth: size[0], resizeHeight: size[1], resizeQuality }) };
  }));
};

/** @type {Parts['beside']} */
const beside = (shot, step) => scene.shots[scene.shots.indexOf(shot) + step];

/** For how many frames a shot is seen. @type {Parts['ends']} */
const ends = (shot) => shot.frames + (beside(shot, 1)?.transitionFrames ?? 0);

/** The move of what lies at `depth`: a plain one where there are no layers. @type {Parts['camera']} */
const camera = (shot, depth) => move((!shot.picture?.layers[0] && PLAIN[shot.motion]) || shot.motion, ends(shot) / scene.fps, depth);

/** What a shot is drawn of. @type {Parts['view']} */
const view = (shot, { canvas: { width, height } }, now) => {
  const { picture, motion } = shot, layers = picture && PLAIN[motion] ? picture.layers : [];
  if (!picture) return null;
  const { start, end } = camera(shot), zoom = Math.max(start.zoom, end.zoom);
  /** @type {[number, number]} */
  const size = [enlarged(width, zoom), enlarged(height, zoom)], pan = start.zoom === end.zoom;
  const drawn = need([picture.key, picture.focus, size, layers.map(({ url }) => url), pan].join(), () => grouped(picture, layers, size, pan), now);
  if (drawn?.groups) latest.set(shot.id, drawn);
  return drawn;
};

/** @type {Parts['sheet']} */
const sheet = (url, now) => need(url, async () => [{ depth: 1, bitmap: await fetched(url) }], now);

/** Frame `index` of a shot; until it is decoded the nearest thing that is. @type {Parts['show']} */
const show = (g, shot, index) => {
  const { width, height } = g.canvas, { shots } = scene, drawn = view(shot, g), here = shots.indexOf(shot);
  const groups = drawn?.groups ?? (shot.picture && shots
    .map((other, place) => ({ groups: latest.get(other.id)?.groups, away: Math.abs(place - here) }))
    .filter((other) => other.groups).sort((a, b) => a.away - b.away)[0]?.groups) ?? [];
  g.resetTransform();
  g.fillStyle = groups[0] ? '#000' : '#20242c';
  g.fillRect(0, 0, width, height);
  for (const { depth, bitmap } of groups) {
    const [left, top, across, down] = rect(at(camera(shot, depth), index, ends(shot)), bitmap.width, bitmap.height);
    g.setTransform(width / across, 0, 0, height / down, (-left * width) / across, (-top * height) / down);
    g.drawImage(bitmap, 0, 0);
  }
  g.resetTransform();
  return !shot.picture || !!drawn?.groups;
};

/** @type {Parts['draw']} */
const draw = (g, frame) => {
  const { width, height } = g.canvas, shot = shotAt(scene, frame);
  if (!shot) return true;
  const index = frame - shot.first, count = shot.transitionFrames, share = (index + 1) / (count + 1), before = beside(shot, -1);
  g.imageSmoothingQuality = 'low';
  let whole = true;
  if (index >= count || !before) whole = show(g, shot, index);
  else if (shot.transition === 'dip') {
    whole = share < 0.5 ? show(g, before, before.frames + index) : show(g, shot, index);
    g.fillStyle = `rgb(0 0 0/${1 - Math.abs(1 - 2 * share)})`;
    g.fillRect(0, 0, width, height);
  } else {
    if (extra.width !== width || extra.height !== height) extra = new OffscreenCanvas(width, height);
    const spare = /** @type {Brush} */ (extra.getContext('2d'));
    spare.globalCompositeOperation = 'source-over';
    whole = [show(spare, shot, index), show(g, before, before.frames + index)].every(Boolean);
    if (shot.transition === 'wipe') wiped(spare, share);
    else g.globalAlpha = share;
    g.drawImage(extra, 0, 0);
    g.globalAlpha = 1;
  }
  return letters(g, shot, index) && whole;
};

/** Leaves what a wipe shows of the shot that comes in. @type {Parts['wiped']} */
const wiped = (g, share) => {
  const { width, height } = g.canvas, left = (share * 1.04 - 0.04) * width + 0.5, fall = g.createLinearGradient(left, 0, left + 0.04 * width, 0);
  for (let u = 0; u <= 1; u += 1 / 16) fall.addColorStop(1 - u, `rgb(0 0 0/${u * u * (3 - 2 * u)})`);
  g.globalCompositeOperation = 'destination-in';
  g.fillStyle = fall;
  g.fillRect(0, 0, width, height);
};

/** The caption, from its sheet where that is valid. @type {Parts['letters']} */
const letters = (g, shot, index) => {
  if (!shot.lettered) live(g, shot, index);
  const cue = shot.cues.find(({ first, end }) => first <= index && index < end), drawn = shot.sheet && sheet(shot.sheet);
  if (!cue || !shot.sheet) return true;
  const bitmap = drawn && drawn.groups?.[0]?.bitmap, { x, y, width, height, sheet_x, sheet_y } = cue, scale = g.canvas.width / scene.width;
  g.imageSmoothingQuality = 'medium';
  if (bitmap) g.drawImage(bitmap, sheet_x, sheet_y, width, height, x * scale, y * scale, width * scale, height * scale);
  return !!bitmap;
};

/** The caption as text, two lines at a time while they are spoken. @type {Parts['live']} */
const live = (g, { caption, voice, leadMs, frames }, index) => {
  const { width, height } = g.canvas;
  const [weight, outline, edge, wide, tall, panel, rule] = LOOKS[scene.captionStyle] ?? /** @type {LookOf} */ (LOOKS.clean);
  const [share, room, low] = /** @type {[number, number, number]} */ (width < height ? tall : wide), size = share * Math.min(width, height);
  g.font = `${weight} ${size}px ${FACES}`;
  const lines = wrapped(g, weight > 800 ? caption.toUpperCase() : caption, room * width), pages = Math.ceil(lines.length / 2);
  const ms = msOf(scene, index) - leadMs, words = voice?.words ?? [], spoken = words.filter((word) => word.start_ms <= ms).length / words.length;
  const page = Math.max(0, Math.min(pages - 1, Math.floor((words[0] ? spoken : ms / msOf(scene, frames)) * pages))) * 2;
  const now = lines.slice(page, page + 2);
  const step = size * 1.3, top = low * height - step * now.length, pad = size * 0.38;
  g.textAlign = panel ? 'left' : 'center';
  const left = panel ? width * 0.05 + size * 0.6 : width / 2;
  if (panel && caption) {
    g.fillStyle = panel;
    g.fillRect(width * 0.05, top - pad, Math.max(...now.map((line) => g.measureText(line).width)) + size * 1.2, step * now.length + 2 * pad);
    g.fillStyle = rule ?? '';
    g.fillRect(width * 0.05, top - pad, size * 0.085, step * now.length + 2 * pad);
  }
  g.lineJoin = 'round';
  g.lineWidth = size * outline;
  g.strokeStyle = edge;
  g.fillStyle = '#fff';
  now.forEach((line, row) => {
    if (outline) g.strokeText(line, left, top + row * step + size);
    g.fillText(line, left, top + row * step + size);
  });
};

/** @type {Parts['wrapped']} */
const wrapped = (g, text, room) => {
  const lines = [''];
  for (const { segment } of new Intl.Segmenter(scene.language, { granularity: 'word' }).segment(text)) {
    const line = lines.at(-1) + segment;
    if (line !== segment && /[\p{L}\p{N}]/u.test(segment) && g.measureText(line).width > room) lines.push(segment);
    else lines[lines.length - 1] = line;
  }
  return lines;
};

const redraw = () => {
  dirty = true;
  raf ||= me.requestAnimationFrame(tick);
};

const tick = () => {
  raf = 0;
  if (!scene || !brush) return;
  const now = epoch(), ms = clock.playing ? clock.ms + now - clock.at : clock.ms, frame = frameAt(scene, ms);
  if (frame !== last || dirty) {
    dirty = false;
    last = frame;
    const whole = draw(brush, frame), shot = shotAt(scene, frame);
    say({ frame, ms, at: now, took: epoch() - now, whole, playing: clock.playing });
    for (const step of [1, 2, -1]) {
      const other = shot && beside(shot, step);
      if (other) view(other, brush);
      if (other?.sheet) sheet(other.sheet);
    }
  }
  if (clock.playing && ms < msOf(scene, scene.frames)) raf ||= me.requestAnimationFrame(tick);
};

/** A frame at the film's size, of all that is to be seen. @type {Parts['pixels']} */
const pixels = async (id, frame) => {
  const { width, height } = scene, shot = shotAt(scene, frame);
  const g = new OffscreenCanvas(width, height).getContext('2d', { alpha: false, willReadFrequently: true });
  if (!g) return;
  for (const one of [shot && beside(shot, -1), shot]) {
    if (one) await view(one, g, true)?.ready;
    if (one?.sheet) await sheet(one.sheet, true)?.ready;
  }
  const whole = draw(g, frame), data = g.getImageData(0, 0, width, height).data.buffer;
  say({ pixels: id, width, height, data, whole }, [data]);
};

me.onmessage = (/** @type {MessageEvent<ToWorker>} */ { data }) => {
  if ('pixels' in data) {
    if (scene) void pixels(data.pixels, data.frame);
    return;
  }
  if ('canvas' in data) brush = data.canvas.getContext('2d', { alpha: false });
  if ('scene' in data) scene = /** @type {Scene} */ (data.scene);
  if ('size' in data && brush) [brush.canvas.width, brush.canvas.height] = data.size;
  if ('bitmap' in data) {
    const still = stills.get(data.still);
    if (still && data.bitmap) still.bitmap = data.bitmap;
    still?.told();
  }
  if ('clock' in data) {
    clock = data.clock;
    raf ||= me.requestAnimationFrame(tick);
  } else redraw();
};
