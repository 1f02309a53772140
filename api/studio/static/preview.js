/** The film played as it will be rendered: the sound's clock is the master, and a worker draws by it. */
import { frameAt, msOf } from './core/scene.js';
import { signal } from './vendor/ui.js';
/** @import { FromWorker, Pixels, Scene, Sound, ToWorker } from './types.d.ts' */

const RATE = 48000, AHEAD_MS = 15000, SOON_MS = 3000, SOUNDS = 24, STATS = 6000;
const VOICE_LU = -19, BED_LU = -23, DUCK_DB = -11, ATTACK = 0.3, HOLD = 0.2, RELEASE = 0.7;
/** @type {Map<HTMLCanvasElement, { worker: Worker, timer: number }>} */
const workers = new Map();
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('studio', { createScriptURL: (/** @type {string} */ url) => url });
const epoch = () => performance.timeOrigin + performance.now();

/** The worker that has a canvas: it can be handed over only once. @param {HTMLCanvasElement} canvas */
const drawing = (canvas) => {
  const known = workers.get(canvas);
  clearTimeout(known?.timer);
  if (known) return known.worker;
  const { href } = new URL('./preview-worker.js', import.meta.url), worker = new Worker(policy?.createScriptURL(href) ?? href, { type: 'module' });
  const off = canvas.transferControlToOffscreen();
  worker.postMessage({ canvas: off }, [off]);
  workers.set(canvas, { worker, timer: 0 });
  return worker;
};

/** What brings a sound to a loudness, by the mean square of the parts that are heard. @param {AudioBuffer} buffer @param {number} wanted */
const levelling = (buffer, wanted) => {
  const data = buffer.getChannelData(0), block = RATE * 0.4, powers = [];
  for (let from = 0; from < data.length; from += block) {
    let power = 0;
    for (let at = from; at < from + block; at += 4) power += (data[at] ?? 0) ** 2;
    if ((power *= 4 / block) > 1e-5) powers.push(power);
  }
  return powers.length ? 10 ** ((wanted - 10 * Math.log10(powers.reduce((sum, power) => sum + power) / powers.length)) / 20) : 1;
};

/** Plays one scene on one canvas until it is disposed of; made anew on that canvas within a second, it goes on there. */
export class Preview {
  playing = signal(false);
  buffering = signal(false);
  #scene = /** @type {Scene | null} */ (null);
  #context = /** @type {AudioContext | null} */ (null);
  #bus = /** @type {GainNode | null} */ (null);
  #calls = /** @type {Set<(ms: number, frame: number) => void>} */ (new Set());
  #sounds = /** @type {Map<string, Promise<Sound>>} */ (new Map());
  #nodes = /** @type {Map<string, GainNode>} */ (new Map());
  #answers = /** @type {((pixels: Pixels) => void)[]} */ ([]);
  #stats = { drawn: 0, dropped: 0, tookMs: /** @type {number[]} */ ([]), errorsMs: /** @type {number[]} */ ([]) };
  #ms = 0;
  #zero = 0;
  #timer = 0;
  #raf = 0;
  #starts = 0;
  #before = -1;
  #curve = '';

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.worker = drawing(canvas);
    this.worker.onmessage = ({ data }) => this.#hear(data);
    this.sizes = new ResizeObserver(() => this.#fit());
    this.sizes.observe(canvas);
  }

  /** Show another scene; what sounds in both goes on. @param {Scene | null} scene */
  set(scene) {
    this.#scene = scene;
    this.#say({ scene });
    this.#fit();
    if (this.ms > this.#end) this.seek(this.#end);
    if (!scene) this.pause();
    this.#tune();
    this.#tell();
  }

  /** The first time it must be called from a gesture: browsers ask for one before sound. */
  async play() {
    if (!this.#scene || this.playing.value) return;
    const context = this.#context ??= new AudioContext({ sampleRate: RATE }), start = ++this.#starts;
    if (this.#ms >= this.#end) this.#ms = 0;
    this.buffering.value = true;
    await Promise.allSettled([context.resume(), ...this.#voices(SOON_MS).map(({ voice }) => this.#sound(voice, VOICE_LU))]);
    if (start !== this.#starts) return;
    this.playing.value = true;
    this.#timer = window.setInterval(() => this.#tune(), 250);
    this.seek(this.#ms);
  }

  pause() {
    this.#starts++;
    this.buffering.value = false;
    if (!this.playing.value) return;
    this.#ms = this.ms;
    this.playing.value = false;
    clearInterval(this.#timer);
    this.seek(this.#ms);
  }

  /** @param {number} ms */
  seek(ms) {
    const context = this.#context;
    this.#ms = Math.min(Math.max(0, ms), this.#end);
    this.#before = -1;
    this.#bus?.disconnect();
    this.#nodes.clear();
    if (context) {
      this.#zero = context.currentTime + 0.04 - this.#ms / 1000;
      this.#bus = new GainNode(context);
      this.#bus.connect(context.destination);
    }
    this.#anchor();
    this.#tune();
    this.#tell();
  }

  /** @param {number} frames */
  step(frames) {
    this.pause();
    if (this.#scene) this.seek(msOf(this.#scene, frameAt(this.#scene, this.#ms) + frames));
  }

  /** The film's time that is heard. */
  get ms() {
    return Math.min(Math.max(0, this.#heard()), this.#end);
  }

  /** Has `cb` told the time and the frame, once a frame at most. @param {(ms: number, frame: number) => void} cb */
  onFrame(cb) {
    this.#calls.add(cb);
    this.#tell();
    return () => void this.#calls.delete(cb);
  }

  /** Frames drawn and dropped while it played; what each took to draw, and how far its time was from the sound's, in ms. */
  stats() {
    return structuredClone(this.#stats);
  }

  /** Lowest and highest sample of each 10 ms of a sound. @param {string} key */
  async peaks(key) {
    const { buffer } = await this.#sound({ key, url: `/api/assets/${key}` }, VOICE_LU), pairs = new Float32Array(Math.ceil(buffer.length / 480) * 2);
    buffer.getChannelData(0).forEach((value, index) => {
      const low = Math.floor(index / 480) * 2;
      pairs[low] = Math.min(pairs[low] ?? 0, value);
      pairs[low + 1] = Math.max(pairs[low + 1] ?? 0, value);
    });
    return pairs;
  }

  /** A frame's RGBA at the film's size. @param {number} frame @returns {Promise<Pixels>} */
  pixels(frame) {
    return new Promise((resolve) => this.#say({ pixels: this.#answers.push(resolve) - 1, frame }));
  }

  dispose() {
    this.set(null);
    this.#calls.clear();
    this.sizes.disconnect();
    cancelAnimationFrame(this.#raf);
    void this.#context?.close();
    const entry = workers.get(this.canvas);
    if (entry) entry.timer = window.setTimeout(() => workers.delete(this.canvas) && entry.worker.terminate(), 1000);
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
    if ('still' in message) return void this.#still(message.still);
    if ('pixels' in message) return this.#answers[message.pixels]?.(message);
    const { frame, ms, at, took, whole, playing } = message, stats = this.#stats, before = this.#before;
    if (!playing || !this.playing.value) return;
    this.buffering.value = !whole;
    this.#before = frame;
    if (before < 0 || frame <= before) return;
    stats.drawn++;
    stats.dropped += frame - before - 1;
    if (stats.tookMs.push(took) > STATS) stats.tookMs.shift();
    if (stats.errorsMs.push(this.#heard() + at - epoch() - ms) > STATS) stats.errorsMs.shift();
  }

  /** Has frames drawn no larger than the film, nor than they are seen. */
  #fit() {
    const { clientWidth, clientHeight } = this.canvas, scene = this.#scene;
    if (!scene || !clientWidth || !clientHeight) return;
    const scale = Math.min(1, Math.min(clientWidth / scene.width, clientHeight / scene.height) * devicePixelRatio);
    this.#say({ size: [Math.round(scene.width * scale), Math.round(scene.height * scale)] });
  }

  #heard() {
    const context = this.#context;
    if (!context || !this.playing.value) return this.#ms;
    const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
    return ((contextTime && performanceTime ? contextTime + (performance.now() - performanceTime) / 1000 : context.currentTime) - this.#zero) * 1000;
  }

  #anchor() {
    this.#say({ clock: { playing: this.playing.value, ms: this.#heard(), at: epoch() } });
  }

  /** Tells who listens where it stands: all the time while it plays, else once. */
  #tell() {
    this.#raf ||= requestAnimationFrame(() => {
      const { ms } = this, frame = this.#scene ? frameAt(this.#scene, ms) : 0;
      this.#raf = 0;
      for (const call of this.#calls) call(ms, frame);
      if (this.playing.value) this.#tell();
    });
  }

  /** Narration that is heard within `soon` ms. @param {number} soon */
  #voices(soon) {
    const scene = this.#scene, { ms } = this;
    return (scene?.shots ?? []).flatMap(({ voice, first }) => {
      const start = scene && voice ? msOf(scene, first) + voice.offset : 0;
      return voice && start < ms + soon && start + voice.durationMs > ms ? [{ voice, start }] : [];
    });
  }

  /** Has sound what is to be heard soon, silences what is not to be heard any more, and ends at the end. */
  #tune() {
    const scene = this.#scene;
    if (!scene || !this.playing.value) return;
    if (this.#heard() >= this.#end) return this.pause();
    this.#anchor();
    const wanted = this.#voices(AHEAD_MS).map(({ voice, start }) => this.#sounding(voice, VOICE_LU, start));
    if (scene.bed) wanted.push(this.#sounding(scene.bed, BED_LU, 0));
    for (const [name, gain] of this.#nodes) {
      if (wanted.includes(name)) continue;
      gain.disconnect();
      this.#nodes.delete(name);
    }
    this.#duck();
  }

  /** @param {{ key: string, url: string }} source @param {number} loudness @param {number} start */
  #sounding(source, loudness, start) {
    const name = source.key + start, context = /** @type {AudioContext} */ (this.#context), bus = /** @type {GainNode} */ (this.#bus);
    if (this.#nodes.has(name)) return name;
    const out = new GainNode(context);
    this.#nodes.set(name, out);
    this.#sound(source, loudness).then(({ buffer, gain }) => {
      if (this.#nodes.get(name) !== out) return;
      const node = new AudioBufferSourceNode(context, { buffer }), when = this.#zero + start / 1000;
      node.connect(new GainNode(context, { gain })).connect(out).connect(bus);
      node.start(Math.max(when, context.currentTime), Math.max(0, context.currentTime - when));
    }, () => this.#nodes.delete(name));
    return name;
  }

  /** The bed makes way for narration, as infra/media/ducking.py has it. */
  #duck() {
    const scene = this.#scene, context = this.#context, out = scene?.bed && this.#nodes.get(`${scene.bed.key}0`);
    if (!scene || !context || !out) return;
    const spans = /** @type {[number, number][]} */ ([]);
    for (const { first, voice } of scene.shots) {
      const start = (msOf(scene, first) + (voice?.offset ?? 0)) / 1000, end = start + (voice?.durationMs ?? 0) / 1000, last = spans.at(-1);
      if (voice && last && start - last[1] < ATTACK + HOLD + 1.5 * RELEASE) last[1] = end;
      else if (voice) spans.push([start, end]);
    }
    if (this.#curve === (this.#curve = `${this.#zero} ${spans} ${scene.bed?.key}`)) return;
    const now = context.currentTime, begin = now - this.#zero, length = Math.max(0.1, this.#end / 1000 - begin);
    const gains = Float32Array.from({ length: Math.ceil(length * 50) + 2 }, (_, index) => {
      const at = begin + index / 50, depth = spans.reduce((most, [start, end]) =>
        Math.max(most, Math.min(1, (at - start) / ATTACK + 1, (end + HOLD - at) / RELEASE + 1)), 0);
      return 10 ** ((DUCK_DB * depth * depth * (3 - 2 * depth)) / 20);
    });
    out.gain.cancelScheduledValues(0);
    out.gain.setValueCurveAtTime(gains, now, (gains.length - 1) / 50);
  }

  /** A sound, decoded; the latest are kept. @param {{ key: string, url: string }} source @param {number} loudness @returns {Promise<Sound>} */
  #sound({ key, url }, loudness) {
    const sounds = this.#sounds, sound = sounds.get(key) ?? fetch(url).then(async (answer) => {
      if (!answer.ok) throw new Error(`${answer.status} ${url}`);
      const buffer = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await answer.arrayBuffer());
      return { buffer, gain: levelling(buffer, loudness) };
    });
    sound.catch(() => sounds.delete(key));
    sounds.delete(key);
    sounds.set(key, sound);
    if (sounds.size > SOUNDS) sounds.delete(sounds.keys().next().value ?? '');
    return sound;
  }

  /** Has the first frame of a clip decoded, for the worker. @param {string} url */
  async #still(url) {
    const video = Object.assign(document.createElement('video'), { muted: true, preload: 'auto', src: url });
    await new Promise((done) => (video.onloadeddata = video.onerror = done));
    const bitmap = video.videoWidth ? await createImageBitmap(video) : null;
    this.#say({ still: url, bitmap }, bitmap ? [bitmap] : []);
  }
}
