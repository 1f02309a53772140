/** What was made before: of a shot and of the film; and what was changed in two places at once. */
import { get } from '../api.js';
import { language, t } from '../i18n.js';
import { busy, conflict, problem, project, restoreShot, restoreVersion, settle, versions } from '../store.js';
import { html, useEffect, useState } from '../vendor/ui.js';
import { Diff } from './diff.js';
import { clock } from './lanes.js';
import { toast } from './live.js';
/** @typedef {import('../types.d.ts').Version} Version */

/** Versions never change once they are made. @type {Map<string, Promise<Version>>} */
const known = new Map();

/** @param {number} number @returns {Promise<Version>} */
function version(number) {
  const name = `/api/projects/${project.value?.id}/versions/${number}`, found = known.get(name) ?? get(name);
  known.set(name, found);
  found.catch(() => known.delete(name));
  return found;
}

/** @param {string} time */
const when = (time) => new Intl.DateTimeFormat(language.value, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time));

/** @param {number} number */
async function back(number) {
  if (await restoreVersion(number)) toast(t('versions.restored', { n: number }));
}

/** The films made so far. */
export const Versions = () => html`<section class="versions" aria-label=${t('versions')}><h2>${t('versions')}</h2>
  ${problem.value?.about === 'versions' && html`<p class="bad small" role="alert">${problem.value.detail} ${problem.value.remedy ?? ''}</p>`}
  ${!versions.value.length && html`<p class="dim small">${t('versions.none')}</p>`}
  <ol>${versions.value.map(({ number, created, current, made }) => html`<li key=${number} class="row" aria-current=${current}>
    <span class="grow">${t('versions.nth', { n: number })} <time class="small dim num" datetime=${created}>${when(created)}</time></span>
    ${current ? html`<span class="small ok">${t('versions.current')}</span>` : made ? html`<button class="quiet small"
      disabled=${busy.value} onClick=${() => back(number)}
      aria-label=${t('versions.restoreNth', { n: number })}>${t('versions.restore')}</button>` : html`<span
        class="small dim">${t('versions.unmade')}</span>`}</li>`)}</ol></section>`;

/** A shot as other versions have it. @param {{view: import('../types.d.ts').ShotView}} props */
export function ShotVersions({ view: { id, picture, caption } }) {
  const [opened, open] = useState(false), [found, show] = useState(/** @type {Version[]} */ ([]));
  const made = versions.value.filter((line) => line.made), key = made.map(({ number }) => number).join();
  useEffect(() => {
    let gone = false;
    if (opened) Promise.all(made.slice(0, 12).map(({ number }) => version(number))).then((all) => { if (!gone) show(all); },
      (error) => toast(error.message, { kind: 'bad' }));
    return () => { gone = true; };
  }, [opened, key]);
  const seen = new Set([`${picture?.split('.')[0]}|${caption}`]);
  const takes = found.flatMap(({ number, film }) => {
    const shot = film?.shots.find((/** @type {any} */ one) => one.segment === id), name = `/api/assets/${shot?.frame.sha256}|${shot?.caption}`;
    return shot && !seen.has(name) && seen.add(name) ? [{ number, shot }] : [];
  });
  if (made.length < 2 && !made.some((line) => !line.current)) return null;
  return html`<details class="takes" open=${opened}
    onToggle=${(/** @type {any} */ event) => open(event.target.open)}><summary>${t('versions.ofShot')}</summary>
    ${opened && (takes.length ? html`<ul>${takes.map(({ number, shot }) => html`<li key=${number}><button
      onClick=${() => restoreShot(id, number)} aria-label=${t('versions.takeNth', { n: number })}>
      <img src=${shot.frame.url} alt="" loading="lazy" />
      <span class="small">${t('versions.nth', { n: number })} · ${clock(shot.duration_ms / 1000, 1)}</span></button>
      ${shot.caption !== caption && html`<${Diff} before=${caption} after=${shot.caption} />`}</li>`)}</ul>` : html`<p
        class="dim small">${t('versions.same')}</p>`)}</details>`;
}

/** @param {any} value */
const told = (value) => (Array.isArray(value) ? value.join(' · ') : value.sha256?.slice(0, 12) ?? String(value));
/** @param {any} value @returns {[string, string][]} every leaf with its path */
const leaves = (value, path = '') => (value == null ? [] : typeof value !== 'object' || Array.isArray(value) || value.sha256 ? [[path, told(value)]]
  : Object.entries(value).flatMap(([name, inner]) => leaves(inner, path ? `${path}.${name}` : name)));

/** What the words of a choice are named by. @type {Record<string, string>} */
const CHOICES = { motions: 'motion', transitions: 'transition', mood: 'mood', quality: 'quality', caption_style: 'captions' };
/** @param {string} path @param {string | undefined} value */
const said = (path, value) => {
  const choice = CHOICES[path.split('.')[1] ?? ''];
  return value && choice ? t(`${choice}.${value}`) : value ?? '—';
};

/** What a path of a document is called. @param {string} path */
function named(path) {
  const [, part = '', id] = path.split('.'), shot = id?.match(/^s\d+$/) ? t('inspector.nth', { n: id.slice(1) }) : '';
  return path === 'title' ? t('field.title') : `${shot ? `${shot} · ` : ''}${t(`field.${part}`)}`;
}

/** What was changed here and elsewhere at once: both, and whose counts. */
export function Conflict() {
  const now = conflict.value;
  if (!now) return null;
  const mine = new Map(leaves(now.mine)), theirs = new Map(leaves(now.theirs));
  const paths = [...new Set([...mine.keys(), ...theirs.keys()])].filter((path) => mine.get(path) !== theirs.get(path) && !path.includes('timing'));
  return html`<section class="conflict panel" role="alertdialog" aria-labelledby="conflict-title"><h2 id="conflict-title">${t('conflict')}</h2>
    <p class="small">${t('conflict.why')}</p>
    <table><thead><tr><th scope="col">${t('conflict.field')}</th><th scope="col">${t('conflict.mine')}</th>
      <th scope="col">${t('conflict.theirs')}</th></tr></thead>
    <tbody>${paths.map((path) => html`<tr key=${path}><th scope="row">${named(path)}</th><td>${said(path, mine.get(path))}</td>
      <td>${said(path, theirs.get(path))}</td></tr>`)}</tbody></table>
    <div class="row wrap"><button class="primary" onClick=${() => settle('mine')}>${t('conflict.keep')}</button>
      <button onClick=${() => settle('theirs')}>${t('conflict.take')}</button></div></section>`;
}
