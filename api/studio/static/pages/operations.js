/** Operations: what runs now, on what, at what cost, and how it ends. */
import { html } from '../vendor/ui.js';
import { get, post } from '../api.js';
import { t } from '../i18n.js';
import { Fault } from '../ui/errors.js';
import { toast } from '../ui/live.js';
import { State, ago, lasting, number, usePolled } from './lists.js';
import { Bars, Hours } from './plots.js';

/** @typedef {import('../types.d.ts').Operations} Told */
/** @typedef {(what: 'cancel' | 'retry', run: string) => () => void} Act */
const EVERY_MS = 2000, TRIALS_MS = 30000;

/** @param {{name: string, value: string, more?: string}} props */
const Tile = ({ name, value, more }) => html`<div class="panel tile"><h2>${name}</h2><p class="big num">${value}</p><p class="small dim">${more}</p></div>`;

/** @param {{told: Told}} props */
function Tiles({ told }) {
  const { workers, counts, spent, hours } = told;
  /** @param {'done' | 'failed'} end */
  const ended = (end) => hours.reduce((sum, hour) => sum + hour[end], 0);
  return html`<div class="tiles">
    <${Tile} name=${t('ops.workers')} value=${number(workers.length)} more=${t('ops.executing', { n: workers.reduce((sum, one) => sum + one.running, 0) })} />
    <${Tile} name=${t('ops.underWay')} value=${number(counts.queued + counts.running + counts.waiting)} more=${t('ops.counts', counts)} />
    <${Tile} name=${t('ops.today')} value=${lasting(spent.engine_seconds)} more=${t('ops.spent', { money: number(spent.money, { maximumFractionDigits: 2 }) })} />
    <${Tile} name=${t('ops.films')} value=${number(ended('done'))} more=${t('ops.failedToday', { n: ended('failed') })} /></div>`;
}

/** @param {{told: Told}} props */
const Machine = ({ told }) => html`<section class="panel"><h2>${t('ops.pools')}</h2>
  <table class="plain"><caption class="vh">${t('ops.pools')}</caption><thead><tr><th scope="col">${t('ops.pool')}</th><th scope="col">${t('ops.working')}</th><th scope="col">${t('ops.waits')}</th></tr></thead>
    <tbody>${told.pools.map(({ pool, working, waiting }) => html`<tr key=${pool}><th scope="row">${t(`pool.${pool}`)}</th>
      <td><span class=${working ? 'lamp on' : 'lamp'} aria-hidden="true"></span><span class="num">${working}</span></td><td class=${`num ${waiting > 9 ? 'warn' : ''}`}>${waiting}</td></tr>`)}</tbody></table>
  <h2>${t('ops.workers')}</h2>${told.workers.length ? html`<ul class="plain">${told.workers.map((worker) => html`<li key=${worker.id}><code>${worker.id}</code>${' '}<span class="dim small">${t('ops.since', { when: ago(worker.started), n: worker.running })}</span>
    ${worker.missing.length > 0 && html`<p class="warn small">${t('ops.missing', { names: worker.missing.join(', ') })}</p>`}</li>`)}</ul>` : html`<p class="bad">${t('ops.noWorker')}</p>`}
  <h2>${t('ops.engines')}</h2><table class="plain"><caption class="vh">${t('ops.engines')}</caption><tbody>${told.engines.map((one) => html`<tr key=${one.setting + one.engine}><th scope="row">${t(`engine.${one.setting}`)}</th><td><code>${one.engine}</code></td></tr>`)}
    <tr><th scope="row">Flywheel</th><td><code>${told.version}</code></td></tr></tbody></table></section>`;

/** @param {string} text */
const none = (text) => html`<p class="dim small">${text}</p>`;

/** @param {{run: import('../types.d.ts').RunLine, act: Act}} props */
function Run({ run, act }) {
  const what = run.ended ? 'retry' : 'cancel', name = run.title ?? t(`flow.${run.flow}`), word = t(run.ended ? 'pages.retry' : 'run.cancel');
  return html`<li><div class="grow">${run.project ? html`<a href=${`/studio/p/${run.project}`}>${name}</a>` : name}${' '}
      <span class="small dim"><${State} ...${run} /> · ${ago(run.ended ?? run.created)}</span>
      ${run.failure && html`<p class="small"><span class="bad">${run.failure.what}</span> ${run.failure.remedy}</p>`}
      ${!run.ended && html`<progress max="1" value=${run.progress ?? 0} aria-label=${name}></progress>`}</div>
    <button class="small" aria-label=${`${word} ${name}`} onClick=${act(what, run.id)}>${word}</button></li>`;
}

/** @param {{title: string, empty: string, runs: import('../types.d.ts').RunLine[], act: Act}} props */
const Runs = ({ title, empty, runs, act }) => html`<section class="panel"><h2>${title}</h2>
  ${runs.length ? html`<ul class="plain runs">${runs.map((run) => html`<${Run} key=${run.id} run=${run} act=${act} />`)}</ul>` : none(empty)}</section>`;

/** What experiments have shown so far. */
function Trials() {
  const { value: trials } = usePolled(async () => Promise.all((await get('/api/experiments')).experiments.slice(-10).reverse().map(async (/** @type {any} */ one) => ({
    ...one, found: await get(`/api/experiments/${one.id}/results`),
  }))), () => TRIALS_MS);
  return html`<section class="panel"><h2>${t('ops.trials')}</h2>${trials?.length ? html`<ul class="plain">${trials.map((one) => html`<li key=${one.id}>
      <a href=${`/api/experiments/${one.id}/results.html`} target="_blank" rel="noopener">${one.name}</a> <span class="small dim">${t(`trial.${one.state}`)}</span>
      <${Bars} title=${one.name} bars=${one.found.variants.map((/** @type {any} */ arm) => ({ name: arm.name, value: arm.rate ?? 0, text: t('ops.arm', {
        rate: arm.rate == null ? '–' : number(arm.rate, { style: 'percent' }), n: arm.users }) }))} />
      <p class="small">${one.found.winner ? t('ops.winner', { name: one.found.winner }) : t(one.found.trustworthy ? 'ops.uncertain' : 'ops.untrusted')}</p></li>`)}</ul>` : none(t('ops.noTrials'))}</section>`;
}

/** What goes on. */
export function Operations() {
  const { value: told, problem, again, tried } = usePolled(() => /** @type {Promise<Told>} */ (get('/api/operations')), () => EVERY_MS);
  /** @param {'cancel' | 'retry'} what @param {string} run */
  const act = (what, run) => tried(async () => {
    await post(`/api/runs/${run}/${what}`);
    toast(t(`ops.done.${what}`));
  });
  /** @param {string} title @param {(name: string) => string} called @param {[string, number][]} some */
  const plot = (title, called, some) => html`<section class="panel"><h2>${t(title)}</h2>${some.length
    ? html`<${Bars} title=${t(title)} bars=${some.map(([name, seconds]) => ({ name: called(name), value: seconds, text: lasting(seconds) }))} />` : none(t('ops.noTime'))}</section>`;
  return html`<main class="page"><h1 class="head">${t('nav.operations')}</h1>${problem && html`<${Fault} problem=${problem} retry=${again} />`}
    ${told && html`<${Tiles} told=${told} /><div class="columns"><div>
      <${Runs} title=${t('ops.failed')} empty=${t('ops.noneFailed')} runs=${told.failed} act=${act} /><${Runs} title=${t('ops.underWay')} empty=${t('ops.noneUnderWay')} runs=${told.under_way} act=${act} />
      <section class="panel"><h2>${t('ops.hours')}</h2><${Hours} title=${t('ops.hours')} hours=${told.hours} /></section>${plot('ops.byPool', (name) => t(`pool.${name}`), Object.entries(told.spent.by_pool))}<${Trials} /></div><div>
      <${Machine} told=${told} />${plot('ops.steps', (name) => t(`step.${name}`), told.steps.map((one) => [one.step, one.mean_seconds]))}</div></div>`}
  </main>`;
}
