/** The timeline: the film's shots, captions, voices and music over its beats. */
import { added, applied, locked, mergePatch, moved, nextId, removed, same, withBeats } from '../core/edits.js';
import { msOf } from '../core/scene.js';
import { t } from '../i18n.js';
import { change, doc, project, scene, selected, shots, undo } from '../store.js';
import { computed, html, signal, useComputed, useEffect, useLayoutEffect, useRef, useSignal, useSignalEffect } from '../vendor/ui.js';
import { HEIGHT, LANES, beatsOf, clock, laid, paint, placeAt } from './lanes.js';
import { announce, toast } from './live.js';
import { beingMade } from './remake.js';
/** @typedef {import('../types.d.ts').Scene} Scene */
/** @typedef {import('../types.d.ts').Laid} Laid */
/** @typedef {import('../types.d.ts').Dragged} Dragged */
/** @typedef {import('../types.d.ts').Lane} Lane */
/** @typedef {import('../preview.js').Preview} Preview */
/** @template T @typedef {import('../vendor/ui.js').Signal<T>} Signal */

const MOST = 160, EDGE = 10, HOLD_MS = 350, ASIDE = 200;
/** Whether beats are shown across all lanes. */
export const grid = signal(false);
/** The shot in hand: the selected one, else the first. */
export const chosen = computed(() => shots.value.find(({ id }) => id === selected.value) ?? shots.value[0]);
/** Peaks of sounds by their hash; null: on their way. @type {Map<string, Float32Array | null>} */
const sounds = new Map();
/** Counts what makes the lanes look otherwise. */
const looks = signal(0);
const look = () => { looks.value++; };
new MutationObserver(look).observe(document.documentElement, { attributeFilter: ['data-theme'] });
matchMedia('(prefers-color-scheme: light)').addEventListener('change', look);

const ids = () => shots.value.map(({ id }) => id);

/** Go to the caption's field. */
export const edit = () => document.getElementById('caption')?.focus();

/** Put another shot behind *after*, at the end without it, and go to its words. @param {string} [after] */
export function add(after) {
  const order = ids(), now = doc.value;
  if (!now) return;
  const id = nextId(now, order);
  change('added', (was) => added(was, order, after ?? order.at(-1) ?? null, { caption: t('board.new') }));
  selected.value = id;
  setTimeout(() => /** @type {HTMLTextAreaElement | null} */ (document.getElementById('caption'))?.select(), 50);
}

/** Whether a shot is locked, which is then told with the way out: the server takes no change of it. @param {string} id */
export function kept(id) {
  if (!doc.value?.edits.locked?.includes(id)) return false;
  toast(t('inspector.lockHint'), { action: { label: t('inspector.unlock'), run: () => change('lock', (now) => locked(now, id, false)) } });
  return true;
}

/** Let a shot last so many beats; null: as its narration wants. @param {string} id @param {number | null} beats */
export const lengthen = (id, beats) => kept(id) || change('beats', (doc) => withBeats(doc, id, beats), { key: `beats:${id}` });

/** Put a shot in place *to*, from 0. @param {string} id @param {number} to */
export function place(id, to) {
  const order = ids();
  if (!(to in order) || order[to] === id) return;
  change('order', (doc) => moved(doc, order, id, to));
  announce(t('tl.moved', { n: to + 1, all: order.length }));
}

/** Take a shot out, and offer to put it back. @param {string} id */
export function drop(id) {
  const order = ids(), at = order.indexOf(id);
  if (order.length < 2) return announce(t('tl.last'));
  if (kept(id)) return;
  const before = doc.value, whose = project.value?.id;
  change('removed', (now) => removed(now, order, id));
  const after = doc.value, back = () => {
    if (project.value?.id !== whose) return;
    if (same(doc.value, after)) undo();
    else change('removed', (now) => applied(now, mergePatch(after, before)));
  };
  selected.value = order[at + 1] ?? order[at - 1] ?? null;
  toast(t('tl.removed', { n: at + 1 }), { action: { label: t('tl.undo'), run: back } });
}

/** Make a shot a beat longer or shorter. @param {Laid} clip @param {number} by */
function stretch({ shot, beats }, by) {
  const to = Math.max(shot.leastBeats, beats + by);
  if (to !== beats) lengthen(shot.id, to);
  announce(t(to === beats + by ? 'tl.beats' : 'tl.least', { n: to }));
}

/** @param {{preview: Preview | null}} props */
export const Timeline = ({ preview }) => html`<section class="tl panel" aria-label=${t('tl')}>${scene.value
  ? html`<${Lanes} film=${scene.value} preview=${preview} />` : html`<h2>${t('tl')}</h2><p class="dim small">${t('tl.empty')}</p>`}</section>`;

/** @param {{film: Scene, preview: Preview | null}} props */
function Lanes({ film, preview }) {
  const window = useRef(/** @type {any} */ (null)), canvas = useRef(/** @type {any} */ (null)), head = useRef(/** @type {any} */ (null));
  const anchor = useRef(/** @type {{beat: number, at: number} | null} */ (null));
  const zoom = useSignal(0), view = useSignal({ left: 0, width: 800 }), drag = useSignal(/** @type {Dragged | null} */ (null));
  const clips = useComputed(() => (scene.value ? laid(scene.value, drag.value) : [])), total = useComputed(() => beatsOf(clips.value) || 1);
  const fit = useComputed(() => Math.min(MOST, (view.value.width - 12) / total.value)), scale = useComputed(() => Math.max(fit.value, zoom.value));
  const before = (/** @type {number} */ x) => clips.value.findLastIndex(({ start }) => start * scale.value < x);
  const from = useComputed(() => Math.max(0, before(view.value.left - ASIDE)));
  const to = useComputed(() => before(view.value.left + view.value.width + ASIDE) + 1);
  const headAt = () => (((preview?.ms ?? 0) * film.bpm) / 60000) * scale.value;

  /** @param {number} next @param {number} [at] where in the window stays what is there: else where the playhead is seen, else the middle */
  const zoomTo = (next, at) => {
    const { left, width } = view.value, x = headAt() - left, stays = at ?? (x >= 0 && x <= width ? x : width / 2);
    anchor.current = { beat: (left + stays) / scale.value, at: stays };
    zoom.value = next <= fit.value * 1.001 ? 0 : Math.min(MOST, next);
  };
  const follow = () => {
    const x = headAt(), { left, width } = view.value;
    if (head.current) head.current.style.transform = `translateX(${x}px)`;
    if (preview?.playing.value && !drag.value && (x < left || x > left + width * 0.9)) window.current.scrollLeft = x - width * 0.1;
  };
  useLayoutEffect(() => {
    if (anchor.current) window.current.scrollLeft = anchor.current.beat * scale.value - anchor.current.at;
    anchor.current = null;
    follow();
  }, [scale.value]);
  useEffect(() => { look(); return preview?.onFrame(follow); }, [preview, film.bpm]);
  useEffect(() => watch(window.current, view, drag, () => scale.value, zoomTo), []);
  useSignalEffect(() => {
    const shown = scene.value, { left, width } = view.value, ratio = devicePixelRatio, style = getComputedStyle(canvas.current),
      ink = canvas.current.getContext('2d');
    if (!shown || looks.value < 0) return;
    canvas.current.width = width * ratio;
    canvas.current.height = HEIGHT * ratio;
    ink.scale(ratio, ratio);
    const colours = /** @type {any} */ (new Proxy({}, { get: (_, name) => style.getPropertyValue(`--${String(name)}`) }));
    paint(ink, { scene: shown, clips: clips.value, scale: scale.value, left, width, grid: grid.value, colours,
      peaks: (key) => peaksOf(preview, key) });
  });

  return html`<${Tools} film=${film} scale=${scale.value} least=${fit.value} zoom=${zoomTo} />
    <div class="tl-body"><div class="tl-names small dim"
      aria-hidden="true">${/** @type {Lane[]} */ (['shots', 'captions', 'voice', 'music']).map((name) =>
      html`<span key=${name} style=${lane(name)}>${t(`tl.${name}`)}</span>`)}</div>
    <div class="tl-scroll" ref=${window}><div class="tl-wide" style=${{ width: `${total.value * scale.value + 10}px`, height: `${HEIGHT}px` }}>
      <canvas ref=${canvas} class="tl-canvas" style=${{ width: `${view.value.width}px`, height: `${HEIGHT}px` }} role="img"
        aria-label=${t('tl.drawn')}></canvas>
      <div class="tl-ruler" style=${lane('ruler')} onPointerDown=${scrubbing(film, preview, scale)}></div>
      <${Clips} film=${film} preview=${preview} clips=${clips.value} from=${from.value} to=${to.value} scale=${scale.value} drag=${drag}
        window=${window} />
      <div class="tl-head" ref=${head}></div></div></div></div>`;
}

/** @param {{film: Scene, scale: number, least: number, zoom: (next: number) => void}} props */
const Tools = ({ film, scale, least, zoom }) => html`<header class="row tl-tools">
  <h2 class="grow">${t('tl')} <span class="num">${clock(film.frames / film.fps, 1)} · ${t('tl.bpm', { n: Math.round(film.bpm * 10) / 10 })}</span>
    </h2>
  <button class="quiet small" aria-pressed=${grid.value} title=${t('tl.gridHint')}
    onClick=${() => { grid.value = !grid.value; }}>${t('tl.grid')}</button>
  <button class="icon quiet" aria-label=${t('tl.out')} disabled=${scale <= least} onClick=${() => zoom(scale / 1.5)}>−</button>
  <input type="range" aria-label=${t('tl.zoom')} step="any" value=${(100 * Math.log(scale / least)) / Math.log(MOST / least) || 0}
    onInput=${(/** @type {any} */ event) => zoom(least * (MOST / least) ** (event.target.value / 100))} />
  <button class="icon quiet" aria-label=${t('tl.in')} disabled=${scale >= MOST} onClick=${() => zoom(scale * 1.5)}>+</button>
  <button class="quiet small" onClick=${() => zoom(0)}>${t('tl.fit')}</button></header>`;

/** Look where the window is scrolled to, and zoom it by the wheel and by two fingers.
 * @param {HTMLElement} window @param {Signal<{left: number, width: number}>} view @param {Signal<Dragged | null>} drag @param {() => number} scale
 * @param {(next: number, at?: number) => void} zoom */
function watch(window, view, drag, scale, zoom) {
  const stop = new AbortController(), here = () => { view.value = { left: window.scrollLeft, width: window.clientWidth }; },
    sizes = new ResizeObserver(here);
  const on = (/** @type {string} */ kind, /** @type {(event: any) => void} */ act) =>
    window.addEventListener(kind, act, { passive: false, signal: stop.signal });
  const spread = (/** @type {TouchEvent} */ { touches: [one, other] }) => (one && other ? Math.abs(one.clientX - other.clientX) + 1 : 0);
  let apart = 0, before = 1;
  sizes.observe(window);
  on('scroll', here);
  on('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(scale() * Math.exp(-event.deltaY / 200), event.clientX - window.getBoundingClientRect().left);
  });
  on('touchstart', (event) => { apart = spread(event); before = scale(); });
  on('touchmove', (event) => {
    const now = spread(event);
    if (drag.value || (apart && now)) event.preventDefault();
    if (apart && now) zoom((before * now) / apart);
  });
  return () => { stop.abort(); sizes.disconnect(); };
}

/** @param {{film: Scene, preview: Preview | null, clips: Laid[], from: number, to: number, scale: number, drag: Signal<Dragged | null>,
 * window: any}} props */
function Clips({ film, preview, clips, from, to, scale, drag, window }) {
  const moving = useRef(false), list = useRef(/** @type {any} */ (null)), dragged = drag.value;
  const home = clips.find(({ shot }) => shot.id === chosen.value?.id) ?? clips[0];
  useLayoutEffect(() => {
    if (!moving.current || !home) return;
    moving.current = false;
    list.current.querySelector('[tabindex="0"]').focus({ preventScroll: true });
    const left = home.start * scale, { scrollLeft, clientWidth } = window.current;
    if (left < scrollLeft || left + home.beats * scale > scrollLeft + clientWidth) window.current.scrollLeft = left - 40;
  });
  /** @param {Laid | undefined} clip */
  const go = (clip) => {
    if (!clip) return;
    moving.current = true;
    selected.value = clip.shot.id;
    if (!preview?.playing.value) preview?.seek(msOf(film, clip.shot.first));
  };
  /** @param {KeyboardEvent} event @param {Laid} clip */
  const press = (event, clip) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0, { id } = clip.shot, on = by || { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (by && event.shiftKey) stretch(clip, by);
    else if (by && event.altKey) { moving.current = true; selected.value = id; place(id, clip.index + by); }
    else if (on) go(clips[clip.index + on]);
    else if (event.key === 'Home') go(clips[0]);
    else if (event.key === 'End') go(clips.at(-1));
    else if (event.key === 'Enter') edit();
    else if (event.key === 'Delete' || event.key === 'Backspace') { moving.current = true; drop(id); }
    else return;
    event.preventDefault();
  };
  const seen = clips.slice(from, to), here = home && !seen.includes(home) ? [...seen, home] : seen;
  const others = clips.filter(({ shot }) => shot.id !== dragged?.id);
  return html`<div ref=${list} role="listbox" aria-orientation="horizontal" aria-label=${t('tl.shots')}>${here.map((clip) => html`
      <${Clip} key=${clip.shot.id} film=${film} clip=${clip} scale=${scale} all=${clips.length} on=${clip === home}
        own=${dragged?.id === clip.shot.id ? dragged : null}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => press(event, clip)}
        onPointerDown=${(/** @type {PointerEvent} */ event) => grab(event, clip, clips, film, preview, scale, drag)} />`)}</div>
    <div aria-hidden="true">${here.map(({ shot, ...at }) => html`<div key=${shot.id} class="tl-caption small" style=${across('captions', at, scale)}
      onClick=${() => { selected.value = shot.id; }} onDblClick=${edit}>${shot.caption}</div>`)}
    ${dragged?.kind === 'move' && html`<div class="tl-gap" style=${across('shots', {
      start: others[dragged.to]?.start ?? beatsOf(clips), beats: 0 }, scale)}></div>`}</div>`;
}

/** @param {{film: Scene, clip: Laid, scale: number, all: number, on: boolean, own: Dragged | null, onKeyDown: any, onPointerDown: any}} props */
function Clip({ film, clip, scale, all, on, own, ...acts }) {
  const { shot, start, beats, index } = clip, second = 60 / film.bpm, making = beingMade.value.has(shot.id);
  const time = (/** @type {number} */ at) => clock(at * second, 1);
  const title = t('tl.shot', { n: index + 1, all, from: time(start), to: time(start + beats), beats });
  return html`<div class=${`tl-clip${on ? ' on' : ''}${own ? ' held' : ''}${making ? ' making' : ''}`} role="option"
    tabindex=${on ? 0 : -1} aria-selected=${on}
    aria-setsize=${all} aria-posinset=${index + 1} aria-label=${`${title}. ${shot.caption}${making ? ` ${t('tag.making')}` : ''}`} ...${acts}
    style=${{
      ...across('shots', clip, scale), transform: own?.kind === 'move' ? `translateX(${own.by}px)` : '',
      backgroundImage: shot.picture && `url("${shot.picture.url}")`,
    }}><span class="tl-label num">${index + 1}${beats * scale > 74 ? ` · ${t('tl.beats', { n: beats })}` : ''}</span>
    ${own?.kind === 'beats' && html`<span class="tl-told num">${own.to === shot.leastBeats ? t('tl.least', { n: own.to }) : time(own.to)}</span>`}
    <span class="tl-edge"></span></div>`;
}

/** @param {Lane} name */
const lane = (name) => ({ top: `${LANES[name][0]}px`, height: `${LANES[name][1]}px` });
/** @param {Lane} name @param {{start: number, beats: number}} at @param {number} scale */
const across = (name, { start, beats }, scale) => ({ ...lane(name), left: `${start * scale}px`, width: `${Math.max(3, beats * scale - 3)}px` });

/** @param {Preview | null} preview @param {string} key */
function peaksOf(preview, key) {
  if (preview && !sounds.has(key)) {
    sounds.set(key, null);
    preview.peaks(key).then((peaks) => { sounds.set(key, peaks); look(); }, () => sounds.delete(key));
  }
  return sounds.get(key) ?? undefined;
}

/** @param {Scene} film @param {Preview | null} preview @param {{value: number}} scale */
const scrubbing = (film, preview, scale) => (/** @type {PointerEvent} */ event) => {
  const ruler = /** @type {HTMLElement} */ (event.currentTarget);
  const seek = (/** @type {PointerEvent} */ { clientX }) =>
    preview?.seek(((clientX - ruler.getBoundingClientRect().left) / scale.value) * (60000 / film.bpm));
  held(event, seek, () => {});
  seek(event);
};

/** Follow a pointer until it is let go; `end` hears whether it was given up.
 * @param {PointerEvent} event @param {(event: PointerEvent) => void} move @param {(lost: boolean) => void} end */
function held({ currentTarget, pointerId }, move, end) {
  const element = /** @type {HTMLElement} */ (currentTarget), stop = new AbortController(), options = { signal: stop.signal };
  const done = (/** @type {boolean} */ lost) => () => { stop.abort(); end(lost); };
  element.setPointerCapture(pointerId);
  element.addEventListener('pointermove', move, options);
  element.addEventListener('pointerup', done(false), options);
  element.addEventListener('pointercancel', done(true), options);
  addEventListener('keydown', ({ key }) => { if (key === 'Escape') done(true)(); }, options);
}

/** Take a clip by its right edge to make it longer, or by its middle to put it elsewhere; without moving it is chosen.
 * @param {PointerEvent} event @param {Laid} clip @param {Laid[]} clips @param {Scene} film @param {Preview | null} preview @param {number} scale
 * @param {{value: Dragged | null}} drag */
function grab(event, { shot, start, beats, index }, clips, film, preview, scale, drag) {
  if (event.button) return;
  const element = /** @type {HTMLElement} */ (event.currentTarget), box = element.getBoundingClientRect();
  const { clientX, pointerType } = event, { id } = shot;
  const mouse = pointerType === 'mouse', edge = box.right - clientX <= Math.min(mouse ? EDGE : 2 * EDGE, box.width / 3);
  let ready = edge || mouse;
  const timer = setTimeout(() => {
    if (!ready) drag.value = { kind: 'move', id, to: index, by: 0 };
    ready = true;
  }, HOLD_MS);
  held(event, ({ clientX: now }) => {
    const by = now - clientX;
    if (!ready || (!drag.value && Math.abs(by) < 4)) return;
    drag.value = edge ? { kind: 'beats', id, to: Math.max(shot.leastBeats, beats + Math.round(by / scale)), by }
      : { kind: 'move', id, to: placeAt(clips, id, start + beats / 2 + by / scale), by };
  }, (lost) => {
    const last = drag.value;
    clearTimeout(timer);
    drag.value = null;
    if (lost) return;
    selected.value = id;
    element.focus({ preventScroll: true });
    if (last?.kind === 'move') place(id, last.to);
    else if (last && last.to !== beats) lengthen(id, last.to);
    else if (!last) preview?.seek(Math.min(msOf(film, shot.first + shot.frames - 1),
      ((start + ((clientX - box.left) / box.width) * beats) * 60000) / film.bpm));
  });
}
