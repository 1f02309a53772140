/** The campaign: one brief, many topics, many films. */
import { html, useEffect, useSignal } from '../vendor/ui.js';
import { post } from '../api.js';
import { t } from '../i18n.js';
import { Form } from './campaign-form.js';
import { again, campaign, drive, held, keep, lines, look, set, stop } from './drive.js';
import { State, Trouble, UNDER_WAY, follow, lasting, problemOf, usePolled } from './lists.js';

const EVERY_MS = 3000;

/** @param {{film: import('../types.d.ts').CampaignFilm, index: number, on: boolean, retry: (run: string) => void}} props */
function Row({ film, index, on, retry }) {
  const line = film.project ? lines.value.get(film.project) : undefined;
  const why = film.problem ? { what: film.problem.detail, remedy: film.problem.remedy } : line?.failure;
  const state = film.problem ? 'refused' : line?.state ?? (film.project ? 'queued' : on ? 'planned' : 'idle');
  return html`<tr><td class="num dim">${index + 1}</td>
    <th scope="row">${film.project ? html`<a href=${`/studio/p/${film.project}`} onClick=${follow}>${film.topic}</a>` : film.topic}
      ${why && html`<p class="small why-all">${why.what} ${why.remedy}</p>`}</th>
    <td><${State} state=${state} progress=${line?.progress} />${line && UNDER_WAY.includes(line.state) && html`<progress max="1" value=${line.progress ?? 0} aria-label=${film.topic}></progress>`}</td>
    <td>${line?.run && (line.state === 'failed' || line.state === 'cancelled') && html`<button class="small" onClick=${() => retry(String(line.run))}>${t('pages.retry')}</button>`}</td></tr>`;
}

/** Why nothing is begun at the moment, with the seconds until it goes on. */
function Held() {
  const now = useSignal(Date.now());
  useEffect(() => { const timer = setInterval(() => { now.value = Date.now(); }, 1000); return () => clearInterval(timer); }, []);
  const left = held.value && Math.ceil((held.value.until - now.value) / 1000);
  return held.value && html`<div class="panel notice" role="status"><p>${held.value.problem.detail} ${held.value.problem.remedy ?? ''}</p>
    ${left !== null && left > 0 && html`<p class="small dim num">${t('camp.goesOn', { time: lasting(left) })}</p>`}</div>`;
}

/** The films of the campaign, and what can be done with all of them. */
function Films() {
  const { films, on } = /** @type {import('../types.d.ts').Campaign} */ (campaign.value);
  const wrong = useSignal(/** @type {import('./lists.js').Problem | null} */ (null));
  const begun = films.filter((film) => film.project), states = begun.map((film) => lines.value.get(String(film.project))?.state ?? 'queued');
  /** @param {string[]} some */
  const count = (...some) => states.filter((state) => some.includes(state)).length;
  const refused = films.filter((film) => film.problem).length, failed = count('failed', 'cancelled') + refused;
  const waiting = films.length - begun.length - refused, under = count(...UNDER_WAY);
  const { problem, again: see } = usePolled(look, () => (campaign.value?.on || [...lines.value.values()].some((line) => UNDER_WAY.includes(line.state)) ? EVERY_MS : 0), [on]);
  /** @param {() => Promise<unknown>} work */
  const tried = (work) => async () => { try { wrong.value = null; await work(); see(); } catch (error) { wrong.value = problemOf(error); } };
  useEffect(() => { drive(); }, [on]);
  return html`<section class="panel"><div class="row wrap"><p class="grow" role="status"><strong class="num">${t('camp.done', { done: count('done'), all: films.length })}</strong>${' '}
      <span class="dim num">${t('camp.rest', { under, waiting, failed })}</span></p>
      ${waiting > 0 && html`<button onClick=${() => { set({ on: !on }); }}>${t(on ? 'camp.pause' : 'camp.goOn')}</button>`}
      ${failed > 0 && html`<button onClick=${tried(again)}>${t('camp.retryAll', { n: failed })}</button>`}
      ${(under > 0 || on) && html`<button onClick=${tried(stop)}>${t('camp.cancelAll')}</button>`}
      <button class=${under || on ? '' : 'primary'} disabled=${on} onClick=${() => { lines.value = new Map(); held.value = null; keep(null); }}>${t('camp.new')}</button></div>
    <progress class="wide" max=${films.length} value=${count('done')} aria-label=${t('camp.done', { done: count('done'), all: films.length })}></progress></section>
  <${Held} /><${Trouble} problem=${wrong.value ?? problem.value} retry=${see} />
  <div class="scroll panel"><table class="films"><caption class="vh">${t('camp.films')}</caption>
    <thead><tr><th scope="col">#</th><th scope="col">${t('camp.topic')}</th><th scope="col">${t('camp.state')}</th><th scope="col"><span class="vh">${t('camp.actions')}</span></th></tr></thead>
    <tbody>${films.map((film, index) => html`<${Row} key=${index} film=${film} index=${index} on=${on} retry=${(/** @type {string} */ run) => tried(() => post(`/api/runs/${run}/retry`))()} />`)}</tbody></table></div>
  <p class="small dim">${t('camp.keepOpen')}</p>`;
}

/** Many films at once: asked for, or as they are being made. */
export const Campaign = () => html`<main class="page"><div class="head"><h1>${t('nav.campaign')}</h1><p class="dim">${t('camp.lead')}</p></div>
  ${campaign.value ? html`<${Films} />` : html`<${Form} />`}
  <p class="small dim">${t('camp.schedule')}</p></main>`;
