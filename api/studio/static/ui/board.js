/** The storyboard: all shots in order, how far they are, and what may be done with them. */
import { html, useEffect, useRef } from '../vendor/ui.js';
import { t } from '../i18n.js';
import { msOf } from '../core/scene.js';
import { approve, busy, cancel, conflict, made, make, pending, problem, project, retry, run, saving, scene, selected, shots, snap, stream } from '../store.js';
import { Card, standing } from './card.js';
import { Fault } from './errors.js';
import { Icon } from './icons.js';
import { announce } from './live.js';
import { Remake } from './remake.js';
import { preview, watch } from './stage.js';
import { add, drop, place } from './timeline.js';
import { Conflict } from './versions.js';

const FAR_PX = 6;
const EDGE_PX = 48;
const ROOM_PX = 12;

/** @param {string} id */
const focus = (id) => requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector(`[data-id="${id}"] .thumb`))?.focus());

/** @param {import('../types.d.ts').ShotView} shot */
function choose({ id }) {
  selected.value = id;
  const found = scene.value?.shots.find((shot) => shot.id === id);
  if (found && scene.value) preview.value?.seek(msOf(scene.value, found.first));
}

/** @param {string} id @param {number} by */
function move(id, by) {
  selected.value = id;
  place(id, shots.value.findIndex((shot) => shot.id === id) + by);
  focus(id);
}

/** Lets a card be dragged to another place: by the mouse anywhere on its picture, by a finger on its grip. @param {{current: HTMLElement | null}} list */
function useDrag(list) {
  useEffect(() => {
    const box = list.current;
    if (!box) return;
    /** @type {{card: HTMLElement, x: number, y: number, from: number, scrolled: number, to: number} | null} */
    let held = null;
    const cards = () => /** @type {HTMLElement[]} */ ([...box.querySelectorAll('.shot[data-id]')]);
    const mark = (/** @type {number} */ to) => cards().forEach((card, index) => {
      card.classList.toggle('before', held !== null && to <= held.from && index === to && to !== held.from);
      card.classList.toggle('after', held !== null && to > held.from && index === to);
    });
    const end = () => {
      if (!held) return;
      held.card.style.transform = '';
      held.card.classList.remove('dragged');
      held = null;
      mark(-1);
      removeEventListener('pointermove', drag);
      removeEventListener('pointerup', put);
      removeEventListener('pointercancel', end);
      removeEventListener('keydown', stop, true);
    };
    /** @param {KeyboardEvent} event */
    const stop = (event) => { if (event.key === 'Escape') { event.stopPropagation(); end(); } };
    /** @param {PointerEvent} event */
    const drag = ({ clientX, clientY }) => {
      if (!held) return;
      const [x, y] = [clientX - held.x + box.scrollLeft - held.scrolled, clientY - held.y];
      if (held.to < 0 && Math.hypot(x, y) < FAR_PX) return;
      held.card.classList.add('dragged');
      held.card.style.transform = `translate(${x}px, ${y}px)`;
      const { left, right } = box.getBoundingClientRect();
      box.scrollBy(clientX < left + EDGE_PX ? -12 : clientX > right - EDGE_PX ? 12 : 0, 0);
      const far = cards().map((card) => {
        const at = card.getBoundingClientRect(), mine = card === held?.card;
        return Math.hypot(clientX - at.left - at.width / 2 + (mine ? x : 0), clientY - at.top - at.height / 2 + (mine ? y : 0));
      });
      held.to = far.indexOf(Math.min(...far));
      mark(held.to);
    };
    const swallow = (/** @type {Event} */ event) => { event.stopPropagation(); event.preventDefault(); };
    const put = () => {
      const { card, from, to } = held ?? {};
      end();
      if (to === undefined || to < 0 || !card) return;
      addEventListener('click', swallow, true);
      setTimeout(() => removeEventListener('click', swallow, true));
      if (to !== from) place(String(card.dataset.id), to);
    };
    /** @param {PointerEvent} event */
    const take = (event) => {
      const target = /** @type {Element} */ (event.target), card = /** @type {HTMLElement | null} */ (target.closest('.shot[data-id]'));
      if (held || !card || event.button || !target.closest(event.pointerType === 'mouse' ? '.thumb, .grip' : '.grip')) return;
      held = { card, x: event.clientX, y: event.clientY, from: cards().indexOf(card), scrolled: box.scrollLeft, to: -1 };
      addEventListener('pointermove', drag);
      addEventListener('pointerup', put);
      addEventListener('pointercancel', end);
      addEventListener('keydown', stop, true);
    };
    box.addEventListener('pointerdown', take);
    return () => { end(); box.removeEventListener('pointerdown', take); };
  }, []);
}

export function Board() {
  const list = useRef(/** @type {HTMLElement | null} */ (null)), all = shots.value;
  useDrag(list);
  useEffect(() => {
    const box = list.current?.getBoundingClientRect(), card = list.current?.querySelector('[aria-current]')?.getBoundingClientRect();
    if (box && card) list.current?.scrollBy(Math.min(0, card.left - box.left - ROOM_PX) || Math.max(0, card.right - box.right + ROOM_PX), 0);
  }, [selected.value]);
  return html`<section class="board panel" aria-busy=${busy.value} aria-label=${t('board')}><ol ref=${list} class="shots">
    ${all.map((shot) => html`<${Card} key=${shot.id} shot=${shot} count=${all.length} choose=${choose} move=${move} drop=${drop} />`)}
    ${made.value && !busy.value && html`<li key="add" class="shot add"><button onClick=${() => add()}><${Icon} name="plus" />${t('board.add')}</button></li>`}</ol>
    ${!all.length && html`<p class="dim empty">${t('board.empty')}</p>`}</section>`;
}

/** Shots that are as they will stay. */
const done = () => shots.value.filter((shot) => standing(shot) === 'final').length;

/** How the film is coming on, what keeps it, and what to do next. */
export function RunBar() {
  const now = run.value, trouble = problem.value, lost = stream.value === 'reconnecting' || stream.value === 'failed' || saving.value === 'offline';
  const state = busy.value ? (now?.state === 'waiting' ? 'waiting' : 'running') : now?.state;
  const before = useRef(state);
  useEffect(() => {
    if (state && state !== before.current) announce(t(`run.${state}`));
    before.current = state;
  }, [state]);
  return html`<section class="run" aria-label=${t('run')}>
    ${conflict.value && html`<${Conflict} />`}
    ${trouble && (trouble.about === 'save' || (trouble.about === 'run' && !pending.value.length)) && html`<${Fault} problem=${trouble} retry=${trouble.about === 'run' ? make : null} />`}
    ${lost && html`<p class="note warn small">${t(navigator.onLine ? 'run.lost' : 'run.offline')}</p>`}
    ${state === 'waiting' && html`<${Gate} />`}${state === 'running' && html`<${Progress} />`}<${Remake} />
    ${state === 'failed' && now?.error && html`<${Fault} problem=${now.error} retry=${retry} label=${t('run.again')} />`}
    ${state === 'cancelled' && !pending.value.length && html`<p class="note row"><span class="grow">${t('run.cancelled')}</span><button onClick=${retry}>${t('run.again')}</button></p>`}
    ${state === 'done' && !pending.value.length && html`<p class="note row"><span class="grow ok">${t('run.done')}</span><button class="quiet" onClick=${watch}>${t('stage.watch')}</button></p>`}
    ${!state && project.value && !trouble && html`<p class="note row"><span class="grow">${t('run.none')}</span><button class="primary" onClick=${make}>${t('run.make')}</button></p>`}</section>`;
}

function Progress() {
  const { fraction = 0, seconds_left: left } = snap.value.progress ?? {}, all = shots.value.length;
  return html`<div class="note row wrap"><progress class="grow" value=${fraction} aria-label=${t('run')}></progress><span class="num">${t('run.count', { n: done(), all })}</span>
    ${left != null && html`<span class="dim num">${t('run.left', { s: Math.max(1, Math.round(left)) })}</span>`}<button class="quiet" onClick=${cancel}>${t('run.cancel')}</button></div>`;
}

const Gate = () => html`<div class="note row wrap" role="alert"><p class="grow"><strong>${t('run.waiting')}</strong> <span class="dim">${t(`gate.${run.value?.gate ?? 'script'}`)}</span></p>
  <button class="quiet" onClick=${() => approve(false)}>${t('gate.stop')}</button><button class="primary" onClick=${() => approve()}>${t('gate.approve')}</button></div>`;
