/** What is said to everybody: milestones to screen readers, short notes on screen. */
import { html, signal } from '../vendor/ui.js';
import { t } from '../i18n.js';
import { Icon } from './icons.js';

/** @typedef {{label: string, run: () => void}} Action */
/** @typedef {{id: number, text: string, kind: string, action?: Action | undefined}} Toast */

const QUIET_MS = 1000;
const SHOWN_MS = 7000;
const said = signal('');
const toasts = signal(/** @type {Toast[]} */ ([]));
let [last, timer, count] = [-QUIET_MS, 0, 0];

/** Say *text* to screen readers; of what is said within a second, the last. @param {string} text */
export function announce(text) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    last = performance.now();
    said.value = said.peek() === text ? `${text}\u00a0` : text;
  }, Math.max(0, last + QUIET_MS - performance.now()));
}

/** @param {number} id */
const drop = (id) => { toasts.value = toasts.value.filter((one) => one.id !== id); };

/** Show *text* for some seconds, longer while it is pointed at. @param {string} text @param {{kind?: string, action?: Action}} [with_] */
export function toast(text, { kind = '', action } = {}) {
  const id = ++count;
  toasts.value = [...toasts.value.slice(-2), { id, text, kind, action }];
  announce(text);
  const leave = () => {
    if (document.querySelector('.toasts:hover, .toasts:focus-within')) setTimeout(leave, 1000);
    else drop(id);
  };
  setTimeout(leave, SHOWN_MS);
}

/** The region that is read out, and the toasts. */
export const Live = () => html`<div class="vh" role="status" aria-live="polite">${said.value}</div>
  <div class="toasts">${toasts.value.map(({ id, text, kind, action }) => html`<div key=${id} class=${`toast ${kind}`}><span class="grow">${text}</span>
    ${action && html`<button class="quiet" onClick=${() => { drop(id); action.run(); }}>${action.label}</button>`}
    <button class="icon quiet" aria-label=${t('close')} onClick=${() => drop(id)}><${Icon} name="close" /></button></div>`)}</div>`;
