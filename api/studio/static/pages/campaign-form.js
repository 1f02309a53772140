/** What a campaign begins with: a brief that its films share, and their topics; what all of it takes, before it is spent. */
import { html, useEffect, useSignal } from '../vendor/ui.js';
import { get, post } from '../api.js';
import { t } from '../i18n.js';
import { drive, keep } from './drive.js';
import { Trouble, lasting, number, problemOf } from './lists.js';
import { MOST, shapesOf, topicsOf } from './topics.js';

/** @typedef {import('../types.d.ts').Brief} Brief */
/** @typedef {{seconds: number, engine: number, money: number}} Takes */
const DRAFT = 'fw_campaign_draft', TYPED_MS = 500, NAMED = 8;
const TEMPLATES = ['explainer', 'product', 'story', 'news', 'lesson', 'recipe'], ASPECTS = ['16:9', '9:16', '1:1'];

/** What was typed and not begun. @returns {{brief: Record<string, any>, text: string}} */
const draft = () => { try { return JSON.parse(localStorage.getItem(DRAFT) ?? ''); } catch { return { brief: { template: 'explainer', seconds: 30, aspect: '16:9' }, text: '' }; } };
/** A brief without what is left open. @param {Record<string, any>} brief */
const given = (brief) => /** @type {Brief} */ (Object.fromEntries(Object.entries(brief).filter(([, value]) => value !== '' && value != null)));
/** Some numbers of lines. @param {number[]} some */
const some = (some) => some.slice(0, NAMED).join(', ') + (some.length > NAMED ? ' …' : '');

/** What all films together take: each shape of brief is asked for once. @param {Brief} brief @param {string[]} topics @returns {Promise<Takes>} */
async function takes(brief, topics) {
  const sum = { seconds: 0, engine: 0, money: 0 };
  for (const { topic, times } of shapesOf(topics, brief.language ?? '').values()) {
    const told = await post('/api/estimate', { brief: { ...brief, topic } });
    sum.seconds += told.seconds.likely * times; sum.engine += told.engine_seconds * times; sum.money += told.money * times;
  }
  return sum;
}

/** @param {{found: import('../types.d.ts').Topics}} props */
const LeftOut = ({ found }) => html`<ul class="small warn left-out" role="status">
  ${found.empty.length > 0 && html`<li>${t('camp.empty', { lines: some(found.empty) })}</li>`}
  ${found.twice.slice(0, NAMED).map(([line, first]) => html`<li>${t('camp.twice', { line, first })}</li>`)}
  ${found.twice.length > NAMED && html`<li>${t('camp.twiceMore', { n: found.twice.length - NAMED })}</li>`}
  ${found.long.length > 0 && html`<li>${t('camp.long', { lines: some(found.long) })}</li>`}
  ${found.over > 0 && html`<li>${t('camp.over', { n: found.over, most: MOST })}</li>`}
  ${found.wide > 0 && html`<li>${t('camp.wide')}</li>`}</ul>`;

/** What it takes, and what the quotas let be begun. @param {{films: number, takes: Takes | null, usage: import('../types.d.ts').Usage | null}} props */
function Bill({ films, takes: sum, usage }) {
  const left = usage?.films.limit == null ? Infinity : Math.max(0, usage.films.limit - usage.films.used);
  /** @param {'money' | 'engine_seconds'} what @param {number} wanted */
  const lacks = (what, wanted) => usage?.[what].limit != null && usage[what].used + wanted > Number(usage[what].limit);
  return html`<div class="bill" role="status">${sum && films > 0 && html`<p><strong class="num">${t('camp.takes', { n: films, time: lasting(sum.seconds), engine: lasting(sum.engine) })}</strong>
      ${sum.money > 0 && html`${' '}<strong class="num">${t('camp.money', { money: number(sum.money, { maximumFractionDigits: 2 }) })}</strong>`}</p>`}
    ${usage && html`<p class="small dim">${t('camp.quota', { most: number(Number(usage.runs.limit)), left: number(left) })}</p>`}
    ${films > left && html`<p class="small warn">${t('camp.tomorrow', { n: films - left })}</p>`}
    ${sum && (lacks('money', sum.money) || lacks('engine_seconds', sum.engine)) && html`<p class="small warn">${t('camp.budget')}</p>`}</div>`;
}

/** What there is to choose from, as the workers tell; without one, nothing. @param {string} path @param {string} name */
function useChoices(path, name) {
  const choices = useSignal(/** @type {any[]} */ ([]));
  useEffect(() => { get(path).then((told) => { choices.value = told[name]; }, problemOf); }, [path]);
  return choices.value;
}

/** @param {{brief: Record<string, any>, change: (name: string) => (event: Event) => void}} props */
function Shared({ brief, change }) {
  const styles = useChoices('/api/styles', 'styles'), voices = useChoices('/api/voices', 'voices');
  /** @param {string} name @param {[string, string][]} options */
  const choice = (name, options) => html`<label class="field"><span>${t(`camp.${name}`)}</span><select value=${brief[name] ?? ''} onChange=${change(name)}>
    ${options.map(([value, text]) => html`<option value=${value}>${text}</option>`)}</select></label>`;
  const fitting = voices.filter((voice) => !brief.language || voice.language === brief.language);
  return html`<fieldset class="panel"><legend>${t('camp.shared')}</legend>
    ${choice('template', TEMPLATES.map((name) => [name, t(`kind.${name}`)]))}
    <label class="field"><span>${t('camp.style')}</span><input list="camp-styles" maxlength="200" value=${brief.style ?? ''} placeholder=${t('camp.auto')} onInput=${change('style')} />
      <datalist id="camp-styles">${styles.flatMap((style) => style.about).map((about) => html`<option value=${about} />`)}</datalist></label>
    <div class="pair"><label class="field"><span>${t('camp.seconds')}</span><input type="number" min="5" max="600" step="5" required value=${brief.seconds} onInput=${change('seconds')} /></label>
    ${choice('aspect', ASPECTS.map((aspect) => [aspect, aspect]))}</div>
    <div class="pair">${choice('language', [['', t('camp.byTopic')], ['zh', '中文'], ['en', 'English']])}
    ${choice('voice', [['', t('camp.auto')], ...fitting.map((voice) => /** @type {[string, string]} */ ([voice.name, voice.name]))])}</div></fieldset>`;
}

/** Ask what it takes once nobody types any more. @param {Brief} brief @param {string[]} topics */
function useTakes(brief, topics) {
  const sum = useSignal(/** @type {Takes | null} */ (null)), wrong = useSignal(/** @type {import('./lists.js').Problem | null} */ (null));
  useEffect(() => {
    let live = true;
    const timer = setTimeout(async () => {
      try {
        const told = topics.length ? await takes(brief, topics) : null;
        if (live) [sum.value, wrong.value] = [told, null];
      } catch (error) { if (live) [sum.value, wrong.value] = [null, problemOf(error)]; }
    }, TYPED_MS);
    return () => { live = false; clearTimeout(timer); };
  }, [JSON.stringify(brief), topics.join('\n')]);
  return { sum: sum.value, wrong: wrong.value };
}

/** The form. */
export function Form() {
  const state = useSignal(draft()), usage = useSignal(/** @type {import('../types.d.ts').Usage | null} */ (null));
  const { brief, text } = state.value, found = topicsOf(text), shared = given(brief);
  const { sum, wrong } = useTakes(shared, found.topics);
  useEffect(() => { get('/api/me/usage').then((told) => { usage.value = told; }, problemOf); }, []);
  /** @param {Partial<ReturnType<typeof draft>>} part */
  const put = (part) => { state.value = { ...state.value, ...part }; localStorage.setItem(DRAFT, JSON.stringify(state.value)); };
  /** @param {string} name */
  const change = (name) => (/** @type {Event} */ event) => {
    const { value, type, valueAsNumber } = /** @type {HTMLInputElement} */ (event.target);
    put({ brief: { ...brief, [name]: type === 'number' ? valueAsNumber : value, ...(name === 'language' && { voice: '' }) } });
  };
  /** @param {Event} event */
  const begin = (event) => {
    event.preventDefault();
    keep({ id: crypto.getRandomValues(new Uint32Array(3)).join('-'), brief: shared, films: found.topics.map((topic) => ({ topic, tries: 0 })), on: true });
    put({ text: '' });
    drive();
  };
  return html`<form class="campaign" onSubmit=${begin}><${Shared} brief=${brief} change=${change} />
    <div class="panel"><label class="field"><span>${t('camp.topics', { most: MOST })}</span><textarea rows="10" required value=${text} placeholder=${t('camp.example')}
        onInput=${(/** @type {InputEvent} */ event) => put({ text: /** @type {HTMLTextAreaElement} */ (event.target).value })}></textarea></label>
      <${LeftOut} found=${found} /><${Bill} films=${found.topics.length} takes=${sum} usage=${usage.value} /><${Trouble} problem=${wrong} />
      <button class="primary" disabled=${!found.topics.length}>${t('camp.begin', { n: found.topics.length })}</button></div></form>`;
}
