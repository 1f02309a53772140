/** Two texts in one: what is gone struck out, what is new marked, in signs and not by colour alone. */
import { diff } from '../core/diff.js';
import { t } from '../i18n.js';
import { html } from '../vendor/ui.js';

/** @param {{before: string, after: string}} texts */
export const Diff = ({ before, after }) => html`<p class="diff">${diff(before, after).map(({ kind, text }) =>
  kind === 'same' ? text : kind === 'gone' ? html`<del><span class="vh">${t('diff.gone')} </span>${text}</del>`
    : html`<ins><span class="vh">${t('diff.new')} </span>${text}</ins>`)}</p>`;
