/** The campaign: one brief, many topics, many films. It is kept in the browser, and goes on while the studio is open. */
import { html, signal, useEffect, useSignal } from '../vendor/ui.js';
import { get, post } from '../api.js';
import { t } from '../i18n.js';
import { Fault } from '../ui/errors.js';
import { State, UNDER_WAY, lasting, number, of, problemOf, usePolled } from './lists.js';
import { MOST, shapesOf, topicsOf } from './topics.js';

/** @typedef {import('../types.d.ts').Campaign} Kept */
/** @typedef {import('../types.d.ts').CampaignFilm} Film */
/** @typedef {import('../types.d.ts').Brief} Brief */
const KEPT = 'fw_campaign', DRAFT = 'fw_campaign_draft', EVERY_MS = 3000, SOON_MS = 2000, TYPED_MS = 500;
const TEMPLATES = ['explainer', 'product', 'story', 'news', 'lesson', 'recipe'], ASPECTS = ['16:9', '9:16', '1:1'], FRESH = { template: 'explainer', seconds: 30, aspect: '16:9' };

/** What the browser keeps under a name; nothing where it cannot be read. @param {string} name @returns {any} */
const kept = (name) => { try { return JSON.parse(localStorage.getItem(name) ?? 'null'); } catch { return null; } };
/** @type {import('../vendor/ui.js').Signal<Kept | null>} */
const campaign = signal(kept(KEPT));
const lines = signal(/** @type {Map<string, import('../types.d.ts').ProjectLine>} */ (new Map()));
/** Why no film is begun at the moment. */
const held = signal(/** @type {import('../types.d.ts').Problem | null} */ (null));
let driving = false;
addEventListener('storage', ({ key }) => { if (key === KEPT) campaign.value = kept(KEPT); });

/** @param {Kept | null} next */
const keep = (next) => { campaign.value = next; localStorage.setItem(KEPT, JSON.stringify(next)); };
/** @param {Partial<Kept>} part */
const set = (part) => campaign.value && keep({ ...campaign.value, ...part });
const films = () => campaign.value?.films ?? [];
/** @param {number} index @param {Partial<Film>} part */
const mark = (index, part) => set({ films: films().map((film, n) => (n === index ? { ...film, ...part } : film)) });
/** How a film is; one that was begun and not seen yet is queued. @param {Film} film */
const stateOf = ({ project, problem }) => (problem ? 'refused' : project ? lines.value.get(project)?.state ?? 'queued' : campaign.value?.on ? 'planned' : 'idle');
/** @param {string[]} states */
const count = (...states) => films().filter((film) => states.includes(stateOf(film))).length;
/** @param {number} ms */
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** See how the films are. */
const look = async () => { lines.value = new Map((await of(films().flatMap((film) => film.project ?? []))).map((line) => [line.id, line])); };

/** Begin the films that are not begun, in one tab at a time. */
async function drive() {
  if (driving || !campaign.value?.on) return;
  driving = true;
  try { await (navigator.locks?.request(KEPT, beginAll) ?? beginAll()); } finally { driving = false; }
}

async function beginAll() {
  campaign.value = kept(KEPT);
  while (campaign.value?.on) {
    const index = films().findIndex((film) => !film.project && !film.problem);
    if (index < 0) { set({ on: false }); return; }
    try {
      await begin(index);
      held.value = null;
    } catch (error) {
      await refused(index, problemOf(error));
    }
  }
}

/** Begin a film, if there is a place for it; its request has a key of its own, so that it is not made twice. @param {number} index */
async function begin(index) {
  const { runs } = await get('/api/me/usage'), { id, brief } = /** @type {Kept} */ (campaign.value), { topic, tries } = /** @type {Film} */ (films()[index]);
  await look();
  if (Math.max(count(...UNDER_WAY), runs.used) >= runs.limit) return rest(SOON_MS);
  return mark(index, { project: (await post('/api/projects', { brief: { ...brief, topic }, make: true }, { key: `${id}:${index}:${tries}` })).id });
}

/** What passes is waited for; what holds for all stops all; anything else is that film's. @param {number} index @param {import('../types.d.ts').Problem} problem */
async function refused(index, problem) {
  if ([0, 409, 429, 503].includes(problem.status)) {
    const until = Date.now() + (problem.retry_after ?? 5) * 1000;
    held.value = problem;
    while (campaign.value?.on && Date.now() < until) await rest(500);
  } else if ([401, 402, 403].includes(problem.status)) {
    held.value = problem;
    set({ on: false });
  } else mark(index, { problem });
}

/** @param {'cancel' | 'retry'} what @param {string[]} states what is done to the films that are so */
async function all(what, ...states) {
  await look();
  for (const { run, state } of lines.value.values()) {
    if (states.includes(state)) await post(`/api/runs/${run}/${what}`).catch((error) => { if (problemOf(error).status !== 409) throw error; });
  }
}
const retryAll = () => {
  set({ on: true, films: films().map(({ problem, ...film }) => (problem ? { ...film, tries: film.tries + 1 } : film)) });
  return all('retry', 'failed', 'cancelled');
};
const cancelAll = () => { set({ on: false }); return all('cancel', ...UNDER_WAY); };

/** @param {{film: Film, index: number, retry: (run: string) => () => void}} props */
function Row({ film, index, retry }) {
  const line = lines.value.get(film.project ?? ''), state = stateOf(film), why = film.problem ? [film.problem.detail, film.problem.remedy] : line?.failure && [line.failure.what, line.failure.remedy];
  return html`<tr><td class="num dim">${index + 1}</td>
    <th scope="row">${film.project ? html`<a href=${`/studio/p/${film.project}`}>${film.topic}</a>` : film.topic}${why && html`<p class="small bad">${why.join(' ')}</p>`}</th>
    <td><${State} state=${state} progress=${line?.progress} />${UNDER_WAY.includes(state) && html`<progress max="1" value=${line?.progress ?? 0} aria-label=${film.topic}></progress>`}</td>
    <td>${line?.run && ['failed', 'cancelled'].includes(state) && html`<button class="small" aria-label=${`${t('pages.retry')} ${film.topic}`} onClick=${retry(line.run)}>${t('pages.retry')}</button>`}</td></tr>`;
}

/** The films of the campaign, and what can be done with all of them. */
function Films() {
  const { on } = /** @type {Kept} */ (campaign.value), some = films(), under = count(...UNDER_WAY), waiting = count('planned', 'idle'), failed = count('failed', 'cancelled', 'refused');
  const { problem, again, tried } = usePolled(look, () => (campaign.value?.on || count(...UNDER_WAY) ? EVERY_MS : 0), [on]);
  useEffect(() => { drive(); }, [on]);
  const done = t('camp.done', { done: count('done'), all: some.length });
  return html`<section class="panel"><div class="row wrap"><p class="grow num" role="status"><strong>${done}</strong> <span class="dim">${t('camp.rest', { under, waiting, failed })}</span></p>
      ${waiting > 0 && html`<button onClick=${() => set({ on: !on })}>${t(on ? 'camp.pause' : 'camp.goOn')}</button>`}
      ${failed > 0 && html`<button onClick=${tried(retryAll)}>${t('camp.retryAll', { n: failed })}</button>`}
      ${(under > 0 || on) && html`<button onClick=${tried(cancelAll)}>${t('camp.cancelAll')}</button>`}
      <button class=${under || on ? '' : 'primary'} disabled=${on} onClick=${() => { held.value = null; keep(null); }}>${t('camp.new')}</button></div>
    <progress class="wide" max=${some.length} value=${count('done')} aria-label=${done}></progress></section>
  ${held.value && html`<${Fault} problem=${held.value} retry=${() => set({ on: true })} label=${t('camp.goOn')} />`}${problem && html`<${Fault} problem=${problem} retry=${again} />`}
  <div class="scroll panel"><table class="films"><caption class="vh">${t('camp.films')}</caption>
    <thead><tr><th scope="col">#</th><th scope="col">${t('camp.topic')}</th><th scope="col">${t('camp.state')}</th><td></td></tr></thead>
    <tbody>${some.map((film, index) => html`<${Row} key=${index} film=${film} index=${index} retry=${(/** @type {string} */ run) => tried(() => post(`/api/runs/${run}/retry`))} />`)}</tbody></table></div>
  <p class="small dim">${t('camp.keepOpen')}</p>`;
}

/** What all films together take: each shape of brief is asked for once. @param {Brief} brief @param {string[]} topics */
async function takes(brief, topics) {
  const sum = { seconds: 0, engine_seconds: 0, money: 0 };
  for (const { topic, times } of shapesOf(topics, brief.language ?? '').values()) {
    const told = await post('/api/estimate', { brief: { ...brief, topic } });
    sum.seconds += told.seconds.likely * times; sum.engine_seconds += told.engine_seconds * times; sum.money += told.money * times;
  }
  return sum;
}

/** What it takes, and what the quotas let be begun. @param {{brief: Brief, topics: string[]}} props */
function Bill({ brief, topics }) {
  const n = topics.length, { value: usage } = usePolled(() => /** @type {Promise<import('../types.d.ts').Usage>} */ (get('/api/me/usage')));
  const { value: sum, problem } = usePolled(async () => (await rest(TYPED_MS), n ? takes(brief, topics) : null), undefined, [JSON.stringify([brief, topics])]);
  const left = Math.max(0, (usage?.films.limit ?? Infinity) - (usage?.films.used ?? 0));
  const lacks = /** @type {const} */ (['money', 'engine_seconds']).some((what) => sum && usage && usage[what].used + sum[what] > (usage[what].limit ?? Infinity));
  return html`<div class="bill" role="status">${sum && html`<p class="num"><strong>${t('camp.takes', { n, time: lasting(sum.seconds), engine: lasting(sum.engine_seconds) })}${sum.money > 0 && t('camp.money', { money: number(sum.money, { maximumFractionDigits: 2 }) })}</strong></p>`}
    ${usage && html`<p class="small dim">${t('camp.quota', { most: number(Number(usage.runs.limit)), left: number(left) })}</p>`}
    ${n > left && html`<p class="small warn">${t('camp.tomorrow', { n: n - left })}</p>`}${lacks && html`<p class="small warn">${t('camp.budget')}</p>`}</div>${problem && html`<${Fault} problem=${problem} />`}`;
}

/** @param {{brief: Record<string, any>, change: (name: string) => (event: Event) => void}} props */
function Shared({ brief, change }) {
  const styles = usePolled(() => get('/api/styles')).value?.styles ?? [], voices = usePolled(() => get('/api/voices')).value?.voices ?? [];
  /** @param {string} name @param {string[][]} options */
  const choice = (name, options) => html`<label class="field"><span>${t(`brief.${name}`)}</span><select value=${brief[name] ?? ''} onChange=${change(name)}>
    ${options.map(([value, text]) => html`<option value=${value}>${text ?? value}</option>`)}</select></label>`;
  return html`<fieldset class="panel"><legend>${t('camp.shared')}</legend>${choice('template', TEMPLATES.map((name) => [name, t(`template.${name}`)]))}
    <label class="field"><span>${t('brief.style')}</span><input list="camp-styles" maxlength="200" value=${brief.style ?? ''} placeholder=${t('brief.auto')} onInput=${change('style')} />
      <datalist id="camp-styles">${styles.flatMap((/** @type {any} */ style) => style.about).map((/** @type {string} */ about) => html`<option value=${about} />`)}</datalist></label>
    <div class="pair"><label class="field"><span>${t('camp.seconds')}</span><input type="number" min="5" max="600" required value=${brief.seconds} onInput=${change('seconds')} /></label>
      ${choice('aspect', ASPECTS.map((aspect) => [aspect]))}${choice('language', [['', t('camp.byTopic')], ['zh', '中文'], ['en', 'English']])}
      ${choice('voice', [['', t('brief.auto')], ...voices.filter((/** @type {any} */ voice) => voice.language === brief.language).map((/** @type {any} */ voice) => [voice.name])])}</div></fieldset>`;
}

/** What a campaign begins with. */
function Form() {
  const state = useSignal(/** @type {{brief: Record<string, any>, text: string}} */ (kept(DRAFT) ?? { brief: FRESH, text: '' })), { brief, text } = state.value, { topics, left } = topicsOf(text);
  const shared = /** @type {Brief} */ (Object.fromEntries(Object.entries(brief).filter(([, value]) => value)));
  /** @param {Partial<typeof state.value>} part */
  const put = (part) => { state.value = { ...state.value, ...part }; localStorage.setItem(DRAFT, JSON.stringify(state.value)); };
  /** @param {string} name */
  const change = (name) => (/** @type {Event} */ event) => {
    const { value } = /** @type {HTMLInputElement} */ (event.target);
    put({ brief: { ...brief, [name]: name === 'seconds' ? Number(value) : value, ...(name === 'language' && { voice: '' }) } });
  };
  const begin = (/** @type {Event} */ event) => {
    event.preventDefault();
    keep({ id: crypto.getRandomValues(new Uint32Array(3)).join('-'), brief: shared, films: topics.map((topic) => ({ topic, tries: 0 })), on: true });
    put({ text: '' });
  };
  return html`<form class="campaign" onSubmit=${begin}><${Shared} brief=${brief} change=${change} />
    <div class="panel"><label class="field"><span>${t('camp.topics', { most: MOST })}</span><textarea rows="10" required value=${text} placeholder=${t('camp.example')}
        onInput=${(/** @type {Event} */ event) => put({ text: /** @type {HTMLTextAreaElement} */ (event.target).value })}></textarea></label>
      ${left.length > 0 && html`<ul class="small warn left-out" role="status">${left.map(([why, holes]) => html`<li>${t(`camp.${why}`, holes)}</li>`)}</ul>`}
      <${Bill} brief=${shared} topics=${topics} /><button class="primary" disabled=${!topics.length}>${t('camp.begin', { n: topics.length })}</button></div></form>`;
}

/** Many films at once: asked for, or as they are being made. */
export const Campaign = () => html`<main class="page"><div class="head"><h1>${t('nav.campaign')}</h1><p class="dim">${t('camp.lead')}</p></div>
  ${campaign.value ? html`<${Films} />` : html`<${Form} />`}<p class="small dim">${t('camp.schedule')}</p></main>`;
