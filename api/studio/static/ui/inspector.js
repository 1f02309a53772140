/** The inspector: what may be changed of the shot in hand, and of the whole film. */
import { locked, redone, withCaption, withMotion, withTransition, withVisual } from '../core/edits.js';
import { t } from '../i18n.js';
import { change, doc, scene, shots } from '../store.js';
import { html, signal, useState } from '../vendor/ui.js';
import { Diff } from './diff.js';
import { Own } from './drop.js';
import { Film } from './film.js';
import { add, chosen, drop, kept, lengthen } from './timeline.js';
import { ShotVersions } from './versions.js';
/** @typedef {import('../types.d.ts').ShotView} ShotView */
/** @typedef {import('../types.d.ts').Doc} Doc */

const MOTIONS = [
  'push', 'pull', 'pan_left', 'pan_right', 'tilt_up', 'tilt_down', 'parallax_left', 'parallax_right', 'parallax_push', 'hold',
];
const TRANSITIONS = ['cut', 'crossfade', 'dip', 'wipe'], MOST = 600, NEAR = 500;
const tab = signal(/** @type {'shot' | 'film'} */ ('shot'));

/** The picture of a shot drawn again of the same words. @param {string} id */
export const redo = (id) => kept(id) || change('redo', (doc) => redone(doc, id));

/** The two tabs and what the chosen one shows. */
export function Inspector() {
  const view = chosen.value, now = tab.value;
  /** @param {KeyboardEvent} event */
  const turn = (event) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    tab.value = now === 'shot' ? 'film' : 'shot';
    document.getElementById(`tab-${tab.value}`)?.focus();
    event.preventDefault();
  };
  return html`<section class="inspector panel" aria-label=${t('inspector')}>
    <div class="tabs" role="tablist" aria-label=${t('inspector')} onKeyDown=${turn}>${/** @type {const} */ (['shot', 'film']).map((name) => html`
      <button key=${name} id=${`tab-${name}`} role="tab" class="quiet" aria-selected=${now === name} aria-controls="tab-panel"
        tabindex=${now === name ? 0 : -1} onClick=${() => { tab.value = name; }}>
        ${name === 'shot' && view ? t('inspector.nth', { n: view.number }) : t(`inspector.${name}`)}</button>`)}</div>
    <div id="tab-panel" role="tabpanel" aria-labelledby=${`tab-${now}`}>${now === 'film' ? html`<${Film} />`
      : view ? html`<${ShotTab} key=${view.id} view=${view} />` : html`<p class="dim small">${t('inspector.none')}</p>`}</div>
  </section>`;
}

/** @param {{view: ShotView}} props */
const ShotTab = ({ view }) => html`
  ${view.error && html`<p class="bad small" role="alert">${view.error.what} ${view.error.remedy}</p>`}
  <fieldset class="all" disabled=${view.locked}><${Caption} view=${view} /><${Picture} view=${view} />
    <${Time} view=${view} /><${ShotVersions} view=${view} /></fieldset>
  <${Acts} view=${view} />`;

/** A text that keeps what is typed while another copy of it arrives, and takes no half-composed characters.
 * @param {{id: string, label: string, value: string, rows: number, save: (text: string) => void, children?: any}} props */
function Words({ id, label, value, rows, save, children }) {
  const [typed, type] = useState(/** @type {string | null} */ (null)), empty = typed !== null && !typed.trim();
  const keep = (/** @type {string} */ text) => { if (text.trim()) save(text); };
  return html`<label class="field" for=${id}><span>${label}</span>
    <textarea id=${id} rows=${rows} maxlength=${MOST} value=${typed ?? value} aria-describedby=${`${id}-hint`} aria-invalid=${empty}
      onInput=${(/** @type {any} */ event) => { type(event.target.value); if (!event.isComposing) keep(event.target.value); }}
      oncompositionend=${(/** @type {any} */ event) => keep(event.target.value)} onBlur=${() => type(null)}></textarea></label>
    <p class="hint small dim" id=${`${id}-hint`}>${empty ? html`<span class="bad">${t('inspector.empty')}</span>` : children}</p>`;
}

/** @param {{view: ShotView}} props */
function Caption({ view: { id, caption, draft, voice, pending } }) {
  const [compared, compare] = useState(false), seconds = ((voice?.duration_ms ?? 0) / 1000).toFixed(1), long = [...caption].length;
  const again = pending.some((what) => what === 'caption' || what === 'new');
  return html`<${Words} id="caption" label=${t('inspector.caption')} value=${caption} rows=${3}
      save=${(/** @type {string} */ text) => change('caption', (doc) => withCaption(doc, id, text), { key: `caption:${id}` })}>
      ${t(again ? 'inspector.again' : voice ? 'inspector.voice' : 'inspector.unspoken', { s: seconds })}
      <span class=${`num count${long > NEAR ? ' warn' : ''}`}>${t('inspector.length', { n: long > NEAR ? `${long}/${MOST}` : long })}</span><//>
    ${draft && draft !== caption && html`<details class="small" open=${compared} onToggle=${(/** @type {any} */ event) => compare(event.target.open)}>
      <summary>${t('inspector.draft')}</summary>${compared && html`<${Diff} before=${draft} after=${caption} />`}
      <button class="small" onClick=${() => change('caption', (doc) => withCaption(doc, id, draft))}>${t('inspector.takeDraft')}</button>
        </details>`}`;
}

/** @param {{view: ShotView}} props */
function Picture({ view }) {
  const { id, visual, media, phase } = view, times = doc.value?.edits.redo?.[id];
  const words = () => /** @type {HTMLTextAreaElement | null} */ (document.getElementById('visual'))?.select();
  return html`<fieldset><legend>${t('inspector.picture')}</legend>
    ${media ? html`<p class="small dim">${t('inspector.own')}</p>` : html`
    <${Words} id="visual" label=${t('inspector.visual')} value=${visual} rows=${3}
      save=${(/** @type {string} */ text) => change('visual', (doc) => withVisual(doc, id, text), { key: `visual:${id}` })}>
      ${t('inspector.visualHint')}<//>
    <div class="row wrap"><button disabled=${phase === 'waiting'} title=${t('inspector.redoHint')} aria-keyshortcuts="R" onClick=${() => redo(id)}>
      ${t('inspector.redo')}</button><button class="quiet" onClick=${words}>${t('inspector.otherWords')}</button>
      ${times && html`<span class="small dim num">${t('inspector.taken', { n: times + 1 })}</span>`}</div>`}
    <${Own} view=${view} /></fieldset>`;
}

/** @param {{view: ShotView}} props */
function Time({ view: { id, media, number } }) {
  const film = scene.value, shot = film?.shots.find((one) => one.id === id), first = number === 1;
  if (!film || !shot) return null;
  const { beats, leastBeats } = shot;
  /** @param {string} name @param {string[]} kinds @param {string} value @param {(doc: Doc, id: string, value: any) => Doc} set
   * @param {boolean} [off] */
  const choice = (name, kinds, value, set, off) => html`<label class="field"><span>${t(`inspector.${name}`)}</span><select disabled=${off}
    onChange=${(/** @type {any} */ event) => change(name, (doc) => set(doc, id, event.target.value))}>${kinds.map((kind) =>
      html`<option key=${kind} value=${kind} selected=${kind === value}>${t(`${name}.${kind}`)}</option>`)}</select></label>`;
  return html`<fieldset><legend>${t('inspector.time')}</legend>
    <div class="field"><span id="beats">${t('inspector.beats')}</span><div class="row" role="group" aria-labelledby="beats"
      aria-describedby="beats-hint">
      <button class="icon" aria-label=${t('inspector.shorter')} disabled=${beats <= leastBeats} onClick=${() => lengthen(id, beats - 1)}>−</button>
      <output class="num">${t('tl.beats', { n: beats })} · ${((beats * 60) / film.bpm).toFixed(1)} s</output>
      <button class="icon" aria-label=${t('inspector.longer')} onClick=${() => lengthen(id, beats + 1)}>+</button>
      ${doc.value?.edits.beats?.[id] && html`<button class="quiet small" onClick=${() => lengthen(id, null)}>${t('inspector.auto')}</button>`}</div>
      <p class="small dim" id="beats-hint">${t(shot.voice ? 'inspector.least' : 'inspector.guessed', {
        n: leastBeats, s: ((shot.voice?.durationMs ?? 0) / 1000).toFixed(1) })}</p></div>
    <div class="pair">${choice('motion', MOTIONS, shot.motion, withMotion, !!media?.asset.media_type.startsWith('video/'))}
      ${choice('transition', TRANSITIONS, shot.transition, withTransition, first)}</div>
    ${first && html`<p class="small dim">${t('inspector.first')}</p>`}</fieldset>`;
}

/** @param {{view: ShotView}} props */
function Acts({ view: { id, locked: held, caption, visual } }) {
  return html`<div class="row wrap acts"><button class=${held ? 'on' : ''} title=${t('inspector.lockHint')}
      onClick=${() => change('lock', (doc) => locked(doc, id, !held, {
        caption, visual }))}>${t(held ? 'inspector.unlock' : 'inspector.lock')}</button>
    <button disabled=${!scene.value} onClick=${() => add(id)}>${t('inspector.add')}</button>
    <button class="bad" disabled=${shots.value.length < 2} onClick=${() => drop(id)}>${t('inspector.delete')}</button></div>
    ${held && html`<p class="small dim">${t('inspector.lockHint')}</p>`}`;
}
