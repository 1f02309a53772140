/** The brief: what a film is to be, and what that will take. */
import { html, signal, useEffect, useSignal } from '../vendor/ui.js';
import { language, t } from '../i18n.js';
import { get, upload } from '../api.js';
import { estimate, estimateNow } from '../store.js';

/** @typedef {import('../types.d.ts').Brief} Brief */
/** @typedef {(name: string, value: any) => void} Put */
/** @typedef {{brief: Brief, put: Put}} Props */

const TEMPLATES = ['explainer', 'product', 'story', 'news', 'lesson', 'recipe'];
const LENGTHS = [5, 15, 30, 60, 120, 300, 600];
const EXAMPLES = /** @type {const} */ (['story', 'lesson', 'product']);
/** What is asked for on the page of new films; it outlives the page. */
export const draft = signal(/** @type {Brief} */ ({ topic: '' }));
/** The draft as it is made: an empty topic is the example's. */
export const asked = () => ({ ...draft.value, topic: draft.value.topic.trim() || t('brief.example'), style: draft.value.style || t('brief.style.default') });
const offers = signal(/** @type {{styles: any[], voices: {name: string, language: string}[]}} */ ({ styles: [], voices: [] }));

/** Put another value in the draft. @param {string} name @param {any} value */
export function put(name, value) {
  const { [name]: _, ...rest } = /** @type {any} */ (draft.value);
  draft.value = value === undefined || value === '' ? { topic: '', ...rest } : { ...rest, [name]: value };
}

/** @param {string} label @param {any} field */
const Field = (label, field) => html`<label class="field"><span>${label}</span>${field}</label>`;

/** @param {Props} props @param {string} name @param {[string | number, string][]} options @param {string | number} [first] */
function pick({ brief, put }, name, options, first = '') {
  const value = /** @type {any} */ (brief)[name] ?? first;
  return Field(t(`brief.${name}`), html`<select value=${value} onChange=${(/** @type {any} */ event) => put(name, typeof first === 'number' ? +event.target.value : event.target.value || undefined)}>
    ${options.map(([key, label]) => html`<option key=${key} value=${key} selected=${key === value}>${label}</option>`)}</select>`);
}

/** The language that is spoken. @param {Brief} brief */
const spoken = ({ language: chosen, topic }) => chosen ?? (/\p{sc=Han}/u.test(topic || t('brief.example')) ? 'zh' : 'en');
/** @param {number} seconds */
const length = (seconds) => new Intl.NumberFormat(language.value, { style: 'unit', unit: seconds < 120 ? 'second' : 'minute', unitDisplay: 'short' }).format(seconds < 120 ? seconds : seconds / 60);
/** @param {string[]} names @param {string} group @returns {[string, string][]} */
const named = (names, group) => names.map((name) => [name, t(`${group}.${name}`)]);

/** The fields of a brief; `fresh`: with what the inspector offers for a film that is made. @param {Props & {fresh?: boolean}} props */
export function BriefFields({ fresh, ...props }) {
  const { brief, put } = props;
  const text = (/** @type {string} */ name) => (/** @type {any} */ event) => put(name, event.target.value);
  const seconds = [...new Set([...LENGTHS, brief.seconds ?? 30])].sort((one, other) => one - other);
  useEffect(() => { if (!offers.value.voices.length) ask(); }, []);
  return html`${Field(t('brief.topic'), html`<textarea id="topic" rows=${fresh ? 2 : 3} maxlength="500" placeholder=${t('brief.example')} value=${brief.topic} onInput=${text('topic')}></textarea>`)}
    ${Field(t('brief.style'), html`<input list="styles" maxlength="200" placeholder=${t('brief.style.default')} value=${brief.style ?? ''} onInput=${text('style')} />`)}
    <datalist id="styles">${offers.value.styles.map(({ about }) => html`<option value=${about[language.value === 'en' ? 0 : 1] ?? about[0]} />`)}</datalist>
    <div class="pair">${pick(props, 'template', named(TEMPLATES, 'template'), 'explainer')}${pick(props, 'seconds', seconds.map((some) => [some, length(some)]), 30)}
    ${pick(props, 'language', [['', t('brief.auto')], ['zh', '中文'], ['en', 'English']])}${fresh && pick(props, 'aspect', ['16:9', '9:16', '1:1'].map((name) => [name, `${name} ${t(`aspect.${name}`)}`]), '16:9')}</div>
    <details class="more"><summary>${t('brief.more')}</summary><div class="pair">
      ${fresh && html`${pick(props, 'voice', [['', t('brief.auto')], ...offers.value.voices.filter((voice) => voice.language === spoken(brief)).map(({ name }) => /** @type {[string, string]} */ ([name, name]))])}
      <${Music} ...${props} />${number(props, 'bpm', 40, 220, t('brief.auto'))}${pick(props, 'caption_style', named(['clean', 'bold', 'documentary', 'children'], 'captions'), 'clean')}`}
      ${number(props, 'seed', 0, 2 ** 31 - 1, '1')}${pick(props, 'height', [480, 540, 720, 1080].map((lines) => [lines, `${lines}p`]), 1080)}${pick(props, 'fps', [24, 25, 30, 60].map((rate) => [rate, `${rate}`]), 30)}
      ${pick(props, 'transition', named(['cut', 'crossfade', 'dip', 'wipe'], 'transition'), 'crossfade')}${pick(props, 'approve', [['', t('gate.none')], ['script', t('brief.script')], ['storyboard', t('brief.storyboard')]])}</div></details>`;
}

/** @param {Props} props @param {string} name @param {number} least @param {number} most @param {string} hint */
const number = ({ brief, put }, name, least, most, hint) => Field(t(`brief.${name}`), html`<input type="number" inputmode="numeric" min=${least} max=${most} placeholder=${hint}
  value=${/** @type {any} */ (brief)[name] ?? ''} onChange=${(/** @type {any} */ event) => put(name, event.target.value && event.target.checkValidity() ? +event.target.value : undefined)} />`);

async function ask() {
  const [{ styles }, { voices }] = await Promise.all([get('/api/styles'), get('/api/voices')]).catch(() => [{ styles: [] }, { voices: [] }]);
  offers.value = { styles, voices };
}

/** The song: composed, or a file of one's own. @param {Props} props */
function Music({ brief, put }) {
  const told = useSignal('');
  /** @param {any} event */
  const give = async ({ target }) => {
    const [file] = target.files;
    if (!file) return;
    told.value = t('brief.sending', { name: file.name });
    await upload(file).then(({ asset }) => { put('music', asset); told.value = file.name; }, ({ problem }) => { told.value = `${problem.detail} ${problem.remedy ?? ''}`; });
    target.value = '';
  };
  return html`<div class="field"><span>${t('brief.music')}</span>${brief.music
    ? html`<button type="button" onClick=${() => { put('music', undefined); told.value = ''; }}>${t('brief.compose')}</button>`
    : html`<label class="button file">${t('brief.song')}<input class="vh" type="file" accept="audio/*" onChange=${give} /></label>`}<small class="dim" role="status">${told.value}</small></div>`;
}

/** What the film will take; nothing is spent yet. */
export function Estimated() {
  const found = estimate.value, { low = 0, high = 0 } = found?.seconds ?? {};
  const span = (/** @type {number} */ one) => (one < 90 ? Math.max(1, Math.round(one)) : Math.round(one / 60));
  const unit = high < 90 ? 'second' : 'minute', by = high < 90 ? span : (/** @type {number} */ one) => Math.max(1, Math.round(one / 60));
  const [from, to] = [by(low), by(high)], format = new Intl.NumberFormat(language.value, { style: 'unit', unit, unitDisplay: 'short' });
  return html`<p class="estimate dim small num" aria-live="off">${found ? html`${t('estimate.shots', { n: found.segments })} · ${from === to ? format.format(to) : format.formatRange(from, to)}
    ${found.money > 0 && html` · <b>${t('estimate.money', { n: new Intl.NumberFormat(language.value, { maximumSignificantDigits: 2 }).format(found.money) })}</b>`}` : '\u00a0'}</p>`;
}

/** Learn what the draft will take, whenever it changes. */
export function useEstimate() {
  const brief = asked(), key = JSON.stringify(brief);
  useEffect(() => estimateNow(brief), [key]);
}

/** Three films to begin with. */
export const Examples = () => html`<div class="examples" role="group" aria-label=${t('brief.examples')}>${EXAMPLES.map((name) => html`<button key=${name} type="button" class=${`example ${name}`}
  onClick=${() => { draft.value = { ...draft.value, template: name, topic: t(`example.${name}`), style: t(`example.${name}.style`), aspect: name === 'product' ? '9:16' : '16:9' }; }}>
  <span class="scene" aria-hidden="true"></span><b>${t(`template.${name}`)}</b><span class="small dim">${t(`example.${name}`)}</span></button>`)}</div>`;
