/** The film played as it will be rendered: the sound's clock is the master, a worker draws by it. */
import { frameAt, msOf } from './core/scene.js';
import { signal } from './vendor/ui.js';
/** @import { FromWorker, Scene, ToWorker } from './types.d.ts' */
/** @typedef {{ buffer: AudioBuffer, gain: number }} Sound */

const RATE = 48000, AHEAD_MS = 15000, SOON_MS = 3000, SOUNDS = 24, LEAD_S = 0.04;
const VOICE_LU = -19, BED_LU = -23;
const DUCK = { db: -11, attack: 0.3, hold: 0.2, release: 0.7 };
/** @type {Map<HTMLCanvasElement, { worker: Worker, timer: number }>} */
const workers = new Map();
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('studio', { createScriptURL: (/** @type {string} */ url) => url });

/** @param {HTMLCanvasElement} canvas */
function drawing(canvas) {
  const known = workers.get(canvas);
  if (known) {
    clearTimeout(known.timer);
    return known.worker;
  }
  const { href } = new URL('./preview-worker.js', import.meta.url), worker = new Worker(policy?.createScriptURL(href) ?? href, { type: 'module' });
  const off = canvas.transferControlToOffscreen();
  worker.postMessage({ canvas: off }, [off]);
  workers.set(canvas, { worker, timer: 0 });
  return worker;
}

/** Gain that brings a sound to a loudness, by the mean square of what is heard of it. @param {AudioBuffer} buffer @param {number} wanted */
function levelling(buffer, wanted) {
  const data = buffer.getChannelData(0), block = buffer.sampleRate * 0.4;
  let sum = 0, count = 0;
  for (let from = 0; from + block <= data.length || !from; from += block) {
    let power = 0, heard = 0;
    for (let i = Math.floor(from); i < from + block && i < data.length; i += 4, heard++) power += (data[i] ?? 0) ** 2;
    if (power / heard > 1e-5) (sum += power / heard), count++;
  }
  return count ? 10 ** ((wanted - 10 * Math.log10(sum / count)) / 20) : 1;
}

/** Plays one scene on one canvas. Whoever made it disposes of it; made again on the same canvas within a second, it goes on drawing there. */
export class Preview {
  playing = signal(false);
  buffering = signal(false);
  #scene = /** @type {Scene | null} */ (null);
  #context = /** @type {AudioContext | null} */ (null);
  #bus = /** @type {GainNode | null} */ (null);
  #ms = 0;
  #zero = 0;
  #timer = 0;
  #raf = 0;
  #starting = 0;
  #shown = true;
  #asked = 0;
  #calls = /** @type {Set<(ms: number, frame: number) => void>} */ (new Set());
  #sounds = /** @type {Map<string, Promise<Sound>>} */ (new Map());
  #nodes = /** @type {Map<string, { node: AudioBufferSourceNode | null, gain?: GainNode }>} */ (new Map());
  #answers = /** @type {Map<number, (message: any) => void>} */ (new Map());
  #errors = /** @type {number[]} */ ([]);
  #drawn = 0;
  #dropped = 0;
  #before = -1;
  #took = /** @type {number[]} */ ([]);

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.worker = drawing(canvas);
    this.worker.onmessage = ({ data }) => this.#hear(data);
    this.sizes = new ResizeObserver(() => this.#fit());
    this.sizes.observe(canvas);
  }

  /** Show another scene; what is heard of it goes on without a gap. @param {Scene | null} scene */
  set(scene) {
    const before = this.#scene;
    this.#scene = scene;
    this.#say({ scene });
    if (!scene) return this.pause();
    if (before?.width !== scene.width || before.height !== scene.height) this.#fit();
    if (this.#ms > this.#end) this.seek(this.#end);
    if (this.playing.value) this.#tune();
    this.#told();
  }

  /** Must be called from a gesture the first time, as browsers ask for sound. */
  async play() {
    if (!this.#scene || this.playing.value) return;
    const context = this.#context ??= new AudioContext({ sampleRate: RATE }), start = ++this.#starting;
    if (this.#ms >= this.#end) this.#ms = 0;
    this.buffering.value = true;
    await Promise.allSettled([context.resume(), ...this.#voices(SOON_MS).map(({ voice }) => this.#sound(voice.key, voice.url, VOICE_LU))]);
    if (start !== this.#starting) return;
    this.playing.value = true;
    this.#begin();
    this.#timer = window.setInterval(() => this.#tune(), 250);
    this.#told();
  }

  pause() {
    this.#starting++;
    this.buffering.value = false;
    if (!this.playing.value) return;
    this.#ms = this.ms;
    this.playing.value = false;
    clearInterval(this.#timer);
    this.#silence();
    this.#anchor();
    this.#told();
  }

  /** @param {number} ms */
  seek(ms) {
    this.#ms = Math.min(Math.max(0, ms), this.#end);
    this.#before = -1;
    if (this.playing.value) {
      this.#silence();
      this.#begin();
    } else this.#anchor();
    this.#told();
  }

  /** @param {number} frames */
  step(frames) {
    this.pause();
    if (this.#scene) this.seek(msOf(this.#scene, Math.max(0, frameAt(this.#scene, this.#ms) + frames)));
  }

  /** Where it stands, as it is heard. */
  get ms() {
    return this.playing.value ? Math.min(Math.max(0, this.#heard().ms), this.#end) : this.#ms;
  }

  /** Calls `cb` with the time and the frame, once a frame at most. @param {(ms: number, frame: number) => void} cb */
  onFrame(cb) {
    this.#calls.add(cb);
    this.#told();
    return () => void this.#calls.delete(cb);
  }

  /** Frames drawn and dropped while playing; what frames took to draw and how far the drawing clock was from the sound's, in ms. */
  stats() {
    return { drawn: this.#drawn, dropped: this.#dropped, tookMs: [...this.#took], errorsMs: [...this.#errors] };
  }

  /** Lowest and highest sample of each 10 ms of a sound. @param {string} key @returns {Promise<Float32Array>} */
  async peaks(key) {
    const { buffer } = await this.#sound(key, `/api/assets/${key}`, VOICE_LU), data = buffer.getChannelData(0), step = buffer.sampleRate / 100;
    const pairs = new Float32Array(Math.ceil(data.length / step) * 2);
    data.forEach((value, index) => {
      const at = Math.floor(index / step) * 2;
      if (value < (pairs[at] ?? 0)) pairs[at] = value;
      else if (value > (pairs[at + 1] ?? 0)) pairs[at + 1] = value;
    });
    return pairs;
  }

  /** A frame's RGBA at the film's size, as it would be rendered. @param {number} frame @returns {Promise<{ width: number, height: number, data: ArrayBuffer, whole: boolean }>} */
  pixels(frame) {
    return new Promise((resolve) => {
      this.#answers.set(++this.#asked, resolve);
      this.#say({ pixels: this.#asked, frame });
    });
  }

  dispose() {
    this.pause();
    this.#calls.clear();
    this.sizes.disconnect();
    cancelAnimationFrame(this.#raf);
    void this.#context?.close();
    this.#say({ scene: null });
    const entry = workers.get(this.canvas);
    if (entry) entry.timer = window.setTimeout(() => (entry.worker.terminate(), workers.delete(this.canvas)), 1000);
  }

  get #end() {
    return this.#scene ? msOf(this.#scene, this.#scene.frames) : 0;
  }

  /** @param {ToWorker} message @param {Transferable[]} [moved] */
  #say(message, moved = []) {
    this.worker.postMessage(message, moved);
  }

  /** @param {FromWorker} message */
  #hear(message) {
    if ('still' in message) void this.#still(message.still);
    else if ('pixels' in message) this.#answers.get(message.pixels)?.(message);
    else if ('frame' in message) {
      this.buffering.value = this.playing.value && !message.whole;
      if (!message.playing || !this.playing.value) return void (this.#before = -1);
      if (this.#before >= 0) this.#dropped += Math.max(0, message.frame - this.#before - 1);
      if (message.frame > this.#before) this.#drawn++;
      this.#before = message.frame;
      this.#took.push(message.took);
      const heard = this.#heard();
      this.#errors.push(heard.ms + message.at - heard.at - message.ms);
      if (this.#errors.length > 6000) this.#errors.shift(), this.#took.shift();
    }
  }

  /** Draws no larger than the film, nor than is seen. */
  #fit() {
    const { clientWidth, clientHeight } = this.canvas, scene = this.#scene;
    if (!scene || !clientWidth || !clientHeight) return;
    const scale = Math.min(1, (Math.min(clientWidth / scene.width, clientHeight / scene.height)) * devicePixelRatio);
    this.#say({ size: [Math.round(scene.width * scale), Math.round(scene.height * scale)] });
  }

  /** The film's time that is heard, and when. */
  #heard() {
    const context = this.#context, now = performance.timeOrigin + performance.now();
    if (!context || !this.playing.value) return { ms: this.#ms, at: now };
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    if (!contextTime || !performanceTime) return { ms: (context.currentTime - this.#zero) * 1000, at: now };
    return { ms: (contextTime - this.#zero) * 1000 + performance.now() - performanceTime, at: now };
  }

  #anchor() {
    const { ms, at } = this.#heard();
    this.#say({ clock: { playing: this.playing.value, ms, at } });
  }

  /** Tells who listens where it stands: all the time while it plays, else once. */
  #told() {
    this.#raf ||= requestAnimationFrame(() => {
      this.#raf = 0;
      const { ms } = this, frame = this.#scene ? frameAt(this.#scene, ms) : 0;
      for (const call of this.#calls) call(ms, frame);
      if (this.playing.value) this.#told();
    });
  }

  #begin() {
    const context = /** @type {AudioContext} */ (this.#context);
    this.#zero = context.currentTime + LEAD_S - this.#ms / 1000;
    this.#bus = new GainNode(context);
    this.#bus.connect(context.destination);
    this.#tune();
  }

  #silence() {
    this.#bus?.disconnect();
    this.#nodes.clear();
  }

  /** Narration that is heard within `ms` from where it stands. @param {number} ms */
  #voices(ms) {
    const scene = this.#scene, now = this.ms;
    return (scene?.shots ?? []).flatMap((shot) => {
      const start = scene && shot.voice ? msOf(scene, shot.first) + shot.voice.offset : Infinity;
      return shot.voice && start < now + ms && start + shot.voice.durationMs > now ? [{ voice: shot.voice, start }] : [];
    });
  }

  /** Has everything play that is to be heard soon, lets go of what is not heard any more, and ends at the end. */
  #tune() {
    const scene = this.#scene, context = this.#context;
    if (!scene || !context || !this.playing.value) return;
    if (this.#heard().ms >= this.#end) {
      this.#ms = this.#end;
      this.pause();
      this.#ms = this.#end;
      return this.#anchor();
    }
    this.#anchor();
    const wanted = new Set(this.#voices(AHEAD_MS).map(({ voice, start }) => {
      const name = `${voice.key}@${start}`;
      this.#schedule(name, voice.key, voice.url, VOICE_LU, start);
      return name;
    }));
    if (scene.bed) {
      wanted.add('bed' + scene.bed.key);
      this.#schedule('bed' + scene.bed.key, scene.bed.key, scene.bed.url, BED_LU, 0);
    }
    for (const [name, { node }] of this.#nodes) {
      if (wanted.has(name)) continue;
      node?.disconnect();
      this.#nodes.delete(name);
    }
    this.#duck();
  }

  /** @param {string} name @param {string} key @param {string} url @param {number} loudness @param {number} start */
  #schedule(name, key, url, loudness, start) {
    if (this.#nodes.has(name)) return;
    const context = /** @type {AudioContext} */ (this.#context), bus = /** @type {GainNode} */ (this.#bus), entry = { node: /** @type {AudioBufferSourceNode | null} */ (null), gain: new GainNode(context) };
    this.#nodes.set(name, entry);
    this.#sound(key, url, loudness).then(({ buffer, gain }) => {
      if (this.#nodes.get(name) !== entry || this.#bus !== bus) return;
      const node = entry.node = new AudioBufferSourceNode(context, { buffer }), level = new GainNode(context, { gain });
      node.connect(level).connect(entry.gain).connect(bus);
      const when = this.#zero + start / 1000, late = Math.max(0, context.currentTime - when);
      node.start(late ? 0 : when, late);
      if (name.startsWith('bed')) this.#curve = '';
    }, () => this.#nodes.delete(name));
  }

  #curve = '';

  /** The bed makes way for the narration, as infra/media/ducking.py has it. */
  #duck() {
    const scene = this.#scene, context = this.#context, bed = scene?.bed && this.#nodes.get('bed' + scene.bed.key)?.gain;
    if (!scene || !context || !bed) return;
    const { attack, hold, release, db } = DUCK, spans = /** @type {[number, number][]} */ ([]);
    for (const { first, voice } of scene.shots) {
      const start = (msOf(scene, first) + (voice?.offset ?? 0)) / 1000, end = start + (voice?.durationMs ?? 0) / 1000, last = spans.at(-1);
      if (!voice) continue;
      if (last && start - last[1] < attack + hold + 1.5 * release) last[1] = end;
      else spans.push([start, end]);
    }
    const curve = `${this.#zero} ${spans}`;
    if (curve === this.#curve) return;
    this.#curve = curve;
    const begin = context.currentTime - this.#zero, length = Math.max(0.1, this.#end / 1000 - begin), values = new Float32Array(Math.ceil(length * 50) + 2);
    values.forEach((_, index) => {
      const at = begin + index * length / (values.length - 1);
      const depth = Math.max(0, ...spans.filter(([s, e]) => at > s - attack && at < e + hold + release)
        .map(([s, e]) => Math.min(1, (at - s + attack) / attack, (e + hold + release - at) / release)));
      values[index] = 10 ** (db * depth * depth * (3 - 2 * depth) / 20);
    });
    bed.gain.cancelScheduledValues(0);
    bed.gain.setValueCurveAtTime(values, context.currentTime, length);
  }

  /** A sound, decoded; the latest few are kept. @param {string} key @param {string} url @param {number} loudness @returns {Promise<Sound>} */
  #sound(key, url, loudness) {
    const known = this.#sounds.get(key) ?? fetch(url).then(async (answer) => {
      if (!answer.ok) throw new Error(`${answer.status} ${url}`);
      const buffer = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await answer.arrayBuffer());
      return { buffer, gain: levelling(buffer, loudness) };
    });
    known.catch(() => this.#sounds.delete(key));
    this.#sounds.delete(key);
    this.#sounds.set(key, known);
    if (this.#sounds.size > SOUNDS) this.#sounds.delete(this.#sounds.keys().next().value ?? '');
    return known;
  }

  /** The first frame of a clip. @param {string} url */
  async #still(url) {
    const video = Object.assign(document.createElement('video'), { muted: true, preload: 'auto', src: url });
    await new Promise((done) => (video.onloadeddata = video.onerror = done));
    const bitmap = video.videoWidth ? await createImageBitmap(video) : null;
    this.#say({ still: url, bitmap }, bitmap ? [bitmap] : []);
  }
}
