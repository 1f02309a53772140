/** What failed, what to do about it, and the way out. */
import { html, useEffect, useState } from '../vendor/ui.js';
import { t } from '../i18n.js';

/** An error of the API or of a run. @typedef {Partial<import('../types.d.ts').Problem> & {what?: string, retryable?: boolean}} Fault */

/** How many seconds of *seconds* are left. @param {number} seconds @param {unknown} since another one begins anew */
function useCountdown(seconds, since) {
  const [left, count] = useState(seconds);
  useEffect(() => {
    const end = Date.now() + seconds * 1000;
    count(seconds);
    const timer = setInterval(() => {
      const now = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      count(now);
      if (!now) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [seconds, since]);
  return left;
}

/** @param {{problem: Fault, retry?: (() => void) | null, label?: string, children?: any}} props */
export function Fault({ problem, retry, label, children }) {
  const { status, detail, what, remedy, errors, retry_after: after = 0 } = problem;
  const left = useCountdown(after, problem);
  const offline = status === 0;
  return html`<div class="note bad" role="alert"><p><strong>${offline ? t('problem.offline') : what ?? detail}</strong></p>
    ${(offline || remedy) && html`<p class="small">${offline ? t('problem.offline.remedy') : remedy}</p>`}
    ${errors?.length && html`<ul class="small">${errors.map(({ field, fault }) => html`<li>${field && html`<b>${field.replace(/^brief\./, '')}</b>: `}${fault}</li>`)}</ul>`}
    <div class="row">${retry && html`<button onClick=${retry} disabled=${left > 0}>${left > 0 ? t('problem.wait', { s: left }) : label ?? t('problem.retry')}</button>`}${children}</div></div>`;
}
