/** What may be chosen for the whole film, each with what it makes anew. */
import { get } from '../api.js';
import { withSetting } from '../core/edits.js';
import { t } from '../i18n.js';
import { change, doc, scene } from '../store.js';
import { html, signal, useEffect } from '../vendor/ui.js';
import { Give, give } from './drop.js';
import { Versions } from './versions.js';

const MOODS = ['calm', 'happy', 'epic', 'mysterious', 'sad', 'tense'], STYLES = ['clean', 'bold', 'documentary', 'children'];
const QUALITIES = ['preview', 'standard', 'best'], ASPECTS = ['16:9', '9:16', '1:1'], AUDIO = 'audio/*';
/** The voices of a language, or why there are none to be had. */
const voices = signal(/** @type {{language: string, names: string[], problem?: string} | null} */ (null));

/** @param {string} language */
async function ask(language) {
  try {
    const told = await get(`/api/voices?language=${language}`);
    voices.value = { language, names: told.voices.map((/** @type {{name: string}} */ voice) => voice.name) };
  } catch (error) {
    voices.value = { language, names: [], problem: /** @type {Error} */ (error).message };
  }
}

/** @param {'voice' | 'mood' | 'bpm' | 'aspect' | 'caption_style' | 'quality' | 'music'} name @param {any} value */
const choose = (name, value) => change(name, (doc) => withSetting(doc, name, value), { key: `film:${name}` });

/** @param {{name: 'voice' | 'mood' | 'aspect' | 'caption_style' | 'quality', kinds: [value: string, label: string][], off?: boolean,
 * hint?: string}} props */
function Choice({ name, kinds, off, hint }) {
  const { brief, edits } = /** @type {any} */ (doc.value);
  return html`<label class="field"><span>${t(`film.${name}`)}</span><select disabled=${off} aria-describedby=${`hint-${name}`}
    onChange=${(/** @type {any} */ event) => choose(name, event.target.value || null)}>${kinds.map(([value, label]) =>
      html`<option key=${value} value=${value}
        selected=${value === (edits[name] ?? brief[name] ?? kinds[0]?.[0])}>${label}</option>`)}</select></label>
    <p class="hint small dim" id=${`hint-${name}`}>${hint ?? t(`film.${name}.makes`)}</p>`;
}

/** The film's tab of the inspector. */
export function Film() {
  const now = doc.value, language = scene.value?.language ?? now?.brief.language ?? 'en', song = now?.edits.music ?? now?.brief.music;
  useEffect(() => { if (voices.value?.language !== language || voices.value.problem) ask(language); }, [language]);
  if (!now) return null;
  const chosen = now.edits.voice ?? now.brief.voice, names = voices.value?.names ?? [];
  const spoken = chosen && !names.includes(chosen) ? [chosen, ...names] : names;
  return html`
    <${Choice} name="voice" kinds=${[['', t('film.ofLanguage')], ...spoken.map((name) => [name, name])]} hint=${voices.value?.problem} />
    <fieldset><legend>${t('film.music')}</legend>
      <${Choice} name="mood" off=${!!song} kinds=${[['', t('film.ofStory')], ...MOODS.map((mood) => [mood, t(`mood.${mood}`)])]}
        hint=${song ? t('film.song') : undefined} />
      <div class="row wrap"><${Give} place="music" accept=${AUDIO} label=${t(song ? 'drop.otherSong' : 'drop.song')}
        take=${(/** @type {File} */ file) => give('music', file, (asset) => choose('music', asset))} />
        ${now.edits.music && html`<button class="quiet small" onClick=${() => choose('music', null)}>${t('drop.remove')}</button>`}</div>
      <${Tempo} /></fieldset>
    <fieldset><legend>${t('film.look')}</legend>
      <${Choice} name="caption_style" kinds=${STYLES.map((style) => [style, t(`captions.${style}`)])} />
      <${Choice} name="aspect" kinds=${ASPECTS.map((aspect) => [aspect, `${aspect} · ${t(`aspect.${aspect}`)}`])} />
      <${Choice} name="quality" kinds=${QUALITIES.map((quality) => [quality, t(`quality.${quality}`)])} /></fieldset>
    <${Versions} />`;
}

function Tempo() {
  const bpm = Math.round(scene.value?.bpm ?? doc.value?.edits.bpm ?? doc.value?.brief.bpm ?? 90), own = doc.value?.edits.bpm;
  return html`<label class="field"><span>${t('film.bpm')} · <span class="num">${t('tl.bpm', { n: bpm })}</span></span>
    <input type="range" min="60" max="160" value=${bpm} aria-describedby="hint-bpm"
      onInput=${(/** @type {any} */ event) => choose('bpm', Number(event.target.value))} /></label>
    <p class="hint small dim" id="hint-bpm">${t('film.bpm.makes')} ${own && html`<button class="quiet small"
      onClick=${() => choose('bpm', null)}>${t('film.ofStory')}</button>`}</p>`;
}
