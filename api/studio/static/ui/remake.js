/** What the next run would make of the changes since the film, what that takes, and the way to it. */
import { t } from '../i18n.js';
import { busy, change, conflict, estimate, estimateNow, made, make, pending, problem, snap } from '../store.js';
import { computed, effect, html, signal, useSignalEffect } from '../vendor/ui.js';
import { announce } from './live.js';
/** @typedef {import('../types.d.ts').Estimate} Estimate */

/** What the run under way makes: as it was estimated when it began, and the shots that there were then. */
const begun = signal(/** @type {{of: Estimate, shots: Map<string, unknown>} | null} */ (null));
/** The shots that are being made now. */
export const beingMade = computed(() => {
  if (!busy.value || !begun.value) return new Set();
  const { of: { rendered, spoken, drawn }, shots: before } = begun.value, now = new Map(snap.value.segments.map(({ id, shot }) => [id, shot]));
  return new Set([...rendered, ...spoken, ...drawn].filter((id) => !now.get(id) || now.get(id) === before.get(id)));
});
effect(() => {
  if (!busy.value) begun.value = null;
  else if (!begun.peek() && estimate.peek()?.compared_with) {
    begun.value = { of: /** @type {Estimate} */ (estimate.peek()), shots: new Map(snap.peek().segments.map(({ id, shot }) => [id, shot])) };
  }
});

/** Make the film of what is changed. */
export function remake() {
  if (busy.value) return;
  make();
  announce(t('remake.begun'));
}

/** What is changed since the film and what it takes to make it. */
export function Remake() {
  useSignalEffect(() => { if (made.value && pending.value.length && !busy.value) estimateNow(); });
  const all = pending.value;
  if (!made.value || busy.value || conflict.value || !all.length) return null;
  return html`<section class="remake panel row wrap" aria-label=${t('remake')}>
    <p class="grow"><strong>${t(all.length === 1 ? 'remake.one' : 'remake.many', { n: all.length })}</strong> <span
      class="dim">${told(estimate.value)}</span></p>
    ${problem.value?.about === 'run' && html`<p class="bad small" role="alert">${problem.value.detail} ${problem.value.remedy ?? ''}</p>`}
    <button class="quiet" onClick=${discard}>${t('remake.discard')}</button>
    <button class="primary" onClick=${remake} title="Ctrl+Enter">${t('remake.make')}</button></section>`;
}

const discard = () => change('discard', (doc) => (made.value ? { ...doc, brief: made.value.brief, edits: made.value.edits } : doc));

/** @param {Estimate | null} found */
function told(found) {
  if (!found) return t('remake.asking');
  const parts = /** @type {[string, string[]][]} */ ([['voice', found.spoken], ['picture', found.drawn], ['shot', found.rendered]])
    .filter(([, some]) => some.length).map(([name, some]) => t(`remake.${name}${some.length === 1 ? '' : 's'}`, { n: some.length }));
  return [...parts, t('remake.about', { s: Math.max(1, Math.round(found.seconds.likely)) })].map((part) =>
    part.replaceAll(' ', '\u00a0')).join(t('remake.and'));
}
