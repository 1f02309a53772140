/** The timeline: the film's shots, captions, voices and music over its beats. */
import { moved, removed, withBeats } from '../core/edits.js';
import { msOf } from '../core/scene.js';
import { language, t } from '../i18n.js';
import { change, scene, selected, shots, undo } from '../store.js';
import { html, signal, useComputed, useEffect, useLayoutEffect, useRef, useSignal, useSignalEffect } from '../vendor/ui.js';
import { HEIGHT, LANES, clock, laid, paint, placeAt } from './lanes.js';
import { announce, toast } from './live.js';
import { beingMade } from './remake.js';
/** @typedef {import('../types.d.ts').Scene} Scene */
/** @typedef {import('../types.d.ts').Laid} Laid */
/** @typedef {import('../types.d.ts').Dragged} Dragged */
/** @typedef {import('../preview.js').Preview} Preview */

/** Whether beats are shown across all lanes. */
export const grid = signal(false);
const MOST = 160, EDGE = 10, HOLD_MS = 350;
/** Peaks of sounds by their hash; a sound without any could not be read. @type {Map<string, Float32Array | null>} */
const sounds = new Map();
const heard = signal(0), repainted = signal(0);
new MutationObserver(() => repainted.value++).observe(document.documentElement, { attributeFilter: ['data-theme'] });
matchMedia('(prefers-color-scheme: light)').addEventListener('change', () => repainted.value++);

/** @param {string} id @param {number} beats */
const lengthen = (id, beats) => change('beats', (doc) => withBeats(doc, id, beats), { key: `beats:${id}` });
const ids = () => shots.value.map(({ id }) => id);

/** Put a shot in place *to*, from 0. @param {string} id @param {number} to */
export function place(id, to) {
  if (to < 0 || to >= ids().length || ids()[to] === id) return;
  change('order', (doc) => moved(doc, ids(), id, to));
  announce(t('tl.moved', { n: to + 1, all: ids().length }));
}

/** Take a shot out, and offer to put it back. @param {string} id */
export function drop(id) {
  const order = ids(), at = order.indexOf(id);
  if (order.length < 2) return announce(t('tl.last'));
  change('removed', (doc) => removed(doc, order, id));
  if (selected.value === id) selected.value = order[at + 1] ?? order[at - 1] ?? null;
  toast(t('tl.removed', { n: at + 1 }), { action: { label: t('tl.undo'), run: undo } });
}

/** Make a shot a beat longer or shorter. @param {Laid} clip @param {number} by */
function stretch({ shot, beats }, by) {
  const to = Math.max(shot.leastBeats, beats + by);
  if (to !== beats) lengthen(shot.id, to);
  announce(to === beats + by ? t('tl.beats', { n: to }) : t('tl.least', { n: shot.leastBeats }));
}

/** @param {{preview: Preview | null}} props */
export function Timeline({ preview }) {
  const film = scene.value;
  if (!film) return html`<section class="tl panel" aria-label=${t('tl')}><h2>${t('tl')}</h2><p class="dim small">${t('tl.empty')}</p></section>`;
  return html`<${Lanes} film=${film} preview=${preview} />`;
}

/** @param {{film: Scene, preview: Preview | null}} props */
function Lanes({ film, preview }) {
  const scroller = useRef(/** @type {HTMLDivElement | null} */ (null)), canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const head = useRef(/** @type {HTMLDivElement | null} */ (null)), anchor = useRef(/** @type {{beat: number, at: number} | null} */ (null));
  const zoom = useSignal(0), view = useSignal({ left: 0, width: 800 }), drag = useSignal(/** @type {Dragged | null} */ (null));
  const clips = useComputed(() => (scene.value ? laid(scene.value, drag.value) : []));
  const total = useComputed(() => { const last = clips.value.at(-1); return last ? last.start + last.beats : 1; });
  const fitting = useComputed(() => Math.min(MOST, (view.value.width - 12) / total.value));
  const scale = useComputed(() => (zoom.value ? Math.max(fitting.value, zoom.value) : fitting.value));
  const from = useComputed(() => Math.max(0, clips.value.findLastIndex((clip) => clip.start * scale.value < view.value.left - 200)));
  const to = useComputed(() => clips.value.findLastIndex((clip) => clip.start * scale.value < view.value.left + view.value.width + 200) + 1);
  const beat = () => ((preview?.ms ?? 0) * film.bpm) / 60000;

  /** @param {number} next @param {number} [at] where in the window stays what is there */
  const zoomTo = (next, at) => {
    const { left, width } = view.value, now = beat() * scale.value - left;
    const stays = at ?? (now >= 0 && now <= width ? now : width / 2);
    anchor.current = { beat: (left + stays) / scale.value, at: stays };
    zoom.value = next <= fitting.value * 1.001 ? 0 : Math.min(MOST, next);
  };
  useLayoutEffect(() => {
    if (anchor.current && scroller.current) scroller.current.scrollLeft = anchor.current.beat * scale.value - anchor.current.at;
    anchor.current = null;
    follow();
  }, [scale.value]);

  const follow = () => {
    const x = beat() * scale.value, { left, width } = view.value;
    if (head.current) head.current.style.transform = `translateX(${x}px)`;
    if (preview?.playing.value && !drag.value && scroller.current && (x < left || x > left + width * 0.9)) scroller.current.scrollLeft = x - width * 0.1;
  };
  useEffect(() => preview?.onFrame(follow), [preview, film.bpm]);

  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (scroller.current), stop = new AbortController();
    const look = () => { view.value = { left: element.scrollLeft, width: element.clientWidth }; };
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    look();
    const on = (/** @type {string} */ kind, /** @type {(event: any) => void} */ act) => element.addEventListener(kind, act, { passive: false, signal: stop.signal });
    on('scroll', look);
    on('wheel', (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomTo(scale.value * Math.exp(-event.deltaY / 200), event.clientX - element.getBoundingClientRect().left);
    });
    let apart = 0, before = 1;
    const spread = (/** @type {TouchEvent} */ { touches: [one, other] }) => (one && other ? Math.abs(one.clientX - other.clientX) + 1 : 0);
    on('touchstart', (event) => { apart = spread(event); before = scale.value; });
    on('touchmove', (event) => {
      if (drag.value) return event.preventDefault();
      if (!apart || !spread(event)) return;
      event.preventDefault();
      zoomTo((before * spread(event)) / apart);
    });
    return () => { stop.abort(); sizes.disconnect(); };
  }, []);

  useSignalEffect(() => {
    const element = canvas.current, { left, width } = view.value, shown = scene.value;
    void [repainted.value, heard.value];
    if (!element || !shown) return;
    const ratio = devicePixelRatio, ink = /** @type {CanvasRenderingContext2D} */ (element.getContext('2d')), style = getComputedStyle(element);
    element.width = width * ratio;
    element.height = HEIGHT * ratio;
    ink.scale(ratio, ratio);
    const colours = Object.fromEntries(['dim', 'edge', 'line', 'raised', 'accent', 'ok', 'font'].map((name) => [name, style.getPropertyValue(`--${name}`)]));
    paint(ink, { scene: shown, clips: clips.value, scale: scale.value, left, width, grid: grid.value, colours, peaks: (key) => peaksOf(preview, key) });
  });
  useEffect(() => { heard.value++; }, [preview]);

  return html`<section class="tl panel" aria-label=${t('tl')} lang=${language.value}>
    <${Tools} film=${film} scale=${scale.value} least=${fitting.value} zoom=${zoomTo} />
    <div class="tl-body"><div class="tl-names small dim" aria-hidden="true">${['shots', 'captions', 'voice', 'music'].map((name) =>
      html`<span key=${name} style=${lane(name)}>${t(`tl.${name}`)}</span>`)}</div>
    <div class="tl-scroll" ref=${scroller}>
      <div class="tl-wide" style=${{ width: `${total.value * scale.value + 10}px`, height: `${HEIGHT}px` }}>
        <canvas ref=${canvas} class="tl-canvas" style=${{ width: `${view.value.width}px`, height: `${HEIGHT}px` }} role="img" aria-label=${t('tl.drawn')}></canvas>
        <div class="tl-ruler" style=${lane('ruler')} onPointerDown=${scrubbing(film, preview, scale)}></div>
        <${Clips} film=${film} preview=${preview} clips=${clips.value} from=${from.value} to=${to.value} scale=${scale} drag=${drag} scroller=${scroller} />
        <div class="tl-head" ref=${head} aria-hidden="true"></div>
      </div>
    </div></div>
  </section>`;
}

/** @param {{film: Scene, scale: number, least: number, zoom: (next: number) => void}} props */
const Tools = ({ film, scale, least, zoom }) => html`<header class="row tl-tools">
  <h2 class="grow">${t('tl')} <span class="num">${clock(film.frames / film.fps, 1)} · ${t('tl.bpm', { n: Math.round(film.bpm * 10) / 10 })}</span></h2>
  <button class="quiet small" aria-pressed=${grid.value} title=${t('tl.gridHint')} onClick=${() => { grid.value = !grid.value; }}>${t('tl.grid')}</button>
  <button class="icon quiet" aria-label=${t('tl.out')} disabled=${scale <= least * 1.001} onClick=${() => zoom(scale / 1.5)}>−</button>
  <input type="range" aria-label=${t('tl.zoom')} min="0" max="100" value=${(100 * Math.log(scale / least)) / Math.log(MOST / least) || 0}
    onInput=${(/** @type {any} */ event) => zoom(least * (MOST / least) ** (event.target.value / 100))} />
  <button class="icon quiet" aria-label=${t('tl.in')} disabled=${scale >= MOST} onClick=${() => zoom(scale * 1.5)}>+</button>
  <button class="quiet small" onClick=${() => zoom(0)}>${t('tl.fit')}</button>
</header>`;

/** @param {any} props */
function Clips({ film, preview, clips, from, to, scale, drag, scroller }) {
  const focused = useRef(false), chosen = clips.find((/** @type {Laid} */ clip) => clip.shot.id === selected.value), home = chosen ?? clips[0];
  const list = useRef(/** @type {HTMLDivElement | null} */ (null)), dragged = /** @type {Dragged | null} */ (drag.value);
  useLayoutEffect(() => {
    if (!focused.current || !chosen) return;
    focused.current = false;
    const element = /** @type {HTMLElement | null} */ (list.current?.querySelector('[tabindex="0"]')), window = scroller.current;
    element?.focus({ preventScroll: true });
    const left = chosen.start * scale.value, right = left + chosen.beats * scale.value;
    if (left < window.scrollLeft || right > window.scrollLeft + window.clientWidth) window.scrollLeft = left - 40;
  });
  /** @param {Laid | undefined} clip */
  const go = (clip) => {
    if (!clip) return;
    focused.current = true;
    selected.value = clip.shot.id;
    if (!preview?.playing.value) preview?.seek(msOf(film, clip.shot.first));
  };
  /** @param {KeyboardEvent} event @param {Laid} clip */
  const key = (event, clip) => {
    const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (by && event.shiftKey) stretch(clip, by);
    else if (by && event.altKey) { focused.current = true; selected.value = clip.shot.id; place(clip.shot.id, clip.index + by); }
    else if (by) go(clips[clip.index + by]);
    else if (event.key === 'Home') go(clips[0]);
    else if (event.key === 'End') go(clips.at(-1));
    else if (event.key === 'Enter') { selected.value = clip.shot.id; edit(); }
    else if (event.key === 'Delete' || event.key === 'Backspace') { focused.current = true; drop(clip.shot.id); }
    else return;
    event.preventDefault();
  };
  const seen = clips.slice(from, to), here = home && !seen.includes(home) ? [...seen, home] : seen;
  const line = dragged?.kind === 'move' ? clips.filter((/** @type {Laid} */ clip) => clip.shot.id !== dragged.id)[dragged.to] : null;
  const edge = line ? line.start : (clips.at(-1)?.start ?? 0) + (clips.at(-1)?.beats ?? 0);
  return html`<div ref=${list} class="tl-list" role="listbox" aria-orientation="horizontal" aria-label=${t('tl.shots')}>${here.map((/** @type {Laid} */ clip) => html`
      <${Clip} key=${clip.shot.id} film=${film} clip=${clip} scale=${scale.value} all=${clips.length} home=${clip === home} on=${clip === chosen} dragged=${dragged}
        making=${beingMade.value.has(clip.shot.id)} onKeyDown=${(/** @type {KeyboardEvent} */ event) => key(event, clip)}
        onPointerDown=${(/** @type {PointerEvent} */ event) => grab(event, clip, clips, film, preview, scale.value, drag)} />`)}</div>
    <div aria-hidden="true">${here.map(({ shot, start, beats }) => html`<div key=${shot.id} class="tl-caption small" onClick=${() => { selected.value = shot.id; }}
      style=${{ ...lane('captions'), left: `${start * scale.value}px`, width: `${Math.max(3, beats * scale.value - 3)}px` }}>${shot.caption}</div>`)}
    ${dragged?.kind === 'move' && html`<div class="tl-gap" style=${{ ...lane('shots'), left: `${edge * scale.value - 3}px` }}></div>`}</div>`;
}

/** @param {any} props */
function Clip({ film, clip, scale, all, home, on, dragged, making, onKeyDown, onPointerDown }) {
  const { shot, start, beats, index } = /** @type {Laid} */ (clip), own = dragged?.id === shot.id ? dragged : null, second = 60 / film.bpm;
  const title = t('tl.shot', { n: index + 1, all, from: clock(start * second, 1), to: clock((start + beats) * second, 1), beats });
  return html`<div class=${`tl-clip${on ? ' on' : ''}${own ? ' held' : ''}${making ? ' making' : ''}`} role="option" tabindex=${home ? 0 : -1}
    aria-selected=${on} aria-setsize=${all} aria-posinset=${index + 1} aria-label=${`${title}. ${shot.caption}${making ? `. ${t('tl.making')}` : ''}`}
    onKeyDown=${onKeyDown} onPointerDown=${onPointerDown} style=${{
      ...lane('shots'), left: `${start * scale}px`, width: `${Math.max(3, beats * scale - 3)}px`, transform: own?.kind === 'move' ? `translateX(${own.by}px)` : '',
      backgroundImage: shot.picture ? `url("${shot.picture.url}")` : '',
    }}><span class="tl-label num">${index + 1}${beats * scale > 74 ? ` · ${t('tl.beats', { n: beats })}` : ''}</span>
    ${own?.kind === 'beats' && html`<span class="tl-told num">${own.to === shot.leastBeats ? t('tl.least', { n: own.to }) : `${t('tl.beats', { n: own.to })} · ${clock(own.to * second, 1)}`}</span>`}
    <span class="tl-edge"></span></div>`;
}

/** @param {string} name */
const lane = (name) => ({ top: `${LANES[/** @type {keyof typeof LANES} */ (name)][0]}px`, height: `${LANES[/** @type {keyof typeof LANES} */ (name)][1]}px` });

/** Go to the caption's field. */
export const edit = () => document.getElementById('caption')?.focus();

/** @param {Preview | null} preview @param {string} key */
function peaksOf(preview, key) {
  if (preview && !sounds.has(key)) {
    sounds.set(key, null);
    preview.peaks(key).then((peaks) => { sounds.set(key, peaks); heard.value++; }, () => sounds.delete(key));
  }
  return sounds.get(key) ?? undefined;
}

/** @param {Scene} film @param {Preview | null} preview @param {{value: number}} scale */
const scrubbing = (film, preview, scale) => (/** @type {PointerEvent} */ event) => {
  const ruler = /** @type {HTMLElement} */ (event.currentTarget);
  const seek = (/** @type {PointerEvent} */ at) => preview?.seek(((at.clientX - ruler.getBoundingClientRect().left) / scale.value) * (60000 / film.bpm));
  held(event, ruler, seek, () => {});
  seek(event);
};

/** Follow a pointer until it is let go; `end` hears whether it was given up.
 * @param {PointerEvent} event @param {HTMLElement} element @param {(event: PointerEvent) => void} move @param {(lost: boolean) => void} end */
function held(event, element, move, end) {
  const stop = new AbortController(), options = { signal: stop.signal };
  const done = (/** @type {boolean} */ lost) => { stop.abort(); end(lost); };
  element.setPointerCapture(event.pointerId);
  element.addEventListener('pointermove', move, options);
  element.addEventListener('pointerup', () => done(false), options);
  element.addEventListener('pointercancel', () => done(true), options);
  addEventListener('keydown', (key) => { if (key.key === 'Escape') { key.preventDefault(); done(true); } }, { ...options, capture: true });
}

/** Take a clip by its right edge to make it longer, or by its middle to put it elsewhere; without moving it is chosen.
 * @param {PointerEvent} event @param {Laid} clip @param {Laid[]} clips @param {Scene} film @param {Preview | null} preview @param {number} scale
 * @param {{value: Dragged | null}} drag */
function grab(event, { shot, start, beats, index }, clips, film, preview, scale, drag) {
  if (event.button) return;
  const element = /** @type {HTMLElement} */ (event.currentTarget), box = element.getBoundingClientRect(), { clientX, pointerType } = event;
  const edge = box.right - clientX <= Math.min(EDGE * (pointerType === 'mouse' ? 1 : 2), box.width / 3);
  let ready = edge || pointerType === 'mouse';
  const timer = setTimeout(() => { ready = true; if (pointerType !== 'mouse' && !edge) drag.value = { kind: 'move', id: shot.id, to: index, by: 0 }; }, HOLD_MS);
  held(event, element, ({ clientX: now }) => {
    const by = now - clientX;
    if (!ready || (!drag.value && Math.abs(by) < 4)) return;
    drag.value = edge ? { kind: 'beats', id: shot.id, to: Math.max(shot.leastBeats, beats + Math.round(by / scale)), by }
      : { kind: 'move', id: shot.id, to: placeAt(clips, shot.id, start + beats / 2 + by / scale), by };
  }, (lost) => {
    clearTimeout(timer);
    const last = drag.value;
    drag.value = null;
    if (lost) return;
    if (last?.kind === 'beats' && last.to !== beats) lengthen(shot.id, last.to);
    else if (last?.kind === 'move') place(shot.id, last.to);
    if (last) return;
    selected.value = shot.id;
    element.focus({ preventScroll: true });
    preview?.seek(Math.min(msOf(film, shot.first + shot.frames - 1), ((start + ((clientX - box.left) / box.width) * beats) * 60000) / film.bpm));
  });
}
