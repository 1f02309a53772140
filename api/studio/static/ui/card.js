/** One shot of the storyboard. */
import { html, useRef } from '../vendor/ui.js';
import { t } from '../i18n.js';
import { retry, busy, run, selected } from '../store.js';
import { Act } from './bar.js';
import { dropping } from './drop.js';
import { Icon } from './icons.js';
import { beingMade } from './remake.js';

/** @typedef {import('../types.d.ts').ShotView} ShotView */

/** How far a shot is. @param {ShotView} shot */
export const standing = ({ id, phase, pending, error, pictureDraft, picture }) =>
  error ? 'failed' : beingMade.value.has(id) ? 'making' : pending.length ? 'edited' : phase === 'final' && (!picture || pictureDraft) ? 'drawing' : phase;

/** The picture; a better one fades in over the one before. @param {{shot: ShotView}} props */
function Picture({ shot: { picture, pictureDraft } }) {
  const shown = useRef(/** @type {string[]} */ ([]));
  if (picture && shown.current.at(-1) !== picture) shown.current = [...shown.current.slice(-1), picture];
  if (!picture) shown.current = [];
  return html`${!picture && html`<span class="skeleton"></span>`}${shown.current.map((url, index, all) => html`<img key=${url} src=${url} alt="" decoding="async" draggable=${false}
    class=${pictureDraft && index === all.length - 1 ? 'draft' : ''} onLoad=${(/** @type {any} */ event) => { event.target.dataset.there = ''; }} />`)}`;
}

/** @param {{shot: ShotView, count: number, choose: (shot: ShotView) => void, move: (id: string, by: number) => void, drop: (id: string) => void}} props */
export function Card({ shot, count, choose, move, drop }) {
  const { id, number, caption, voice, locked, error } = shot, state = standing(shot), index = number - 1;
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    const by = event.altKey ? { ArrowLeft: -1, ArrowRight: 1 }[event.key] : 0;
    if (event.key === 'Delete') drop(id);
    else if (by) move(id, by);
    else return;
    event.preventDefault();
  };
  return html`<li class="shot" data-id=${id} aria-current=${selected.value === id ? 'true' : null} ...${dropping(id)}>
    <button class="thumb" aria-label=${t('board.shot', { n: number, text: caption, state: t(`tag.${state}`) })} onClick=${() => choose(shot)} onKeyDown=${key}><${Picture} shot=${shot} />
      <span class="no">${number}</span><span class="signs">${locked && html`<${Icon} name="lock" />`}${voice && html`<${Icon} name="voice" />`}</span></button>
    <span class="grip"><${Icon} name="grip" /></span><p class="words small" dir="auto">${caption}</p>
    ${error && html`<p class="bad small">${error.what} ${!busy.value && run.value?.state === 'failed' && html`<button class="small" onClick=${retry}>${t('problem.retry')}</button>`}</p>`}
    <div class="row meta"><span class=${`tag ${state}`}>${t(`tag.${state}`)}</span><span class="grow"></span>
      <${Act} name="back" label=${t('board.earlier', { n: number })} disabled=${!index} onClick=${() => move(id, -1)} /><${Act} name="on" label=${t('board.later', { n: number })} disabled=${number === count} onClick=${() => move(id, 1)} />
      <${Act} name="bin" label=${t('board.drop', { n: number })} disabled=${count < 2} onClick=${() => drop(id)} /></div></li>`;
}
