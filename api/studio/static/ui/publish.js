/** Publishing a film on a page of its own: the button of the bar, and the dialog behind it. */
import { del, get, post } from '../api.js';
import { t } from '../i18n.js';
import { pending, project, versions } from '../store.js';
import { html, signal, useEffect, useRef, useState } from '../vendor/ui.js';
import { announce } from './live.js';

const shown = signal(false), current = () => project.value?.version ?? 0;
/** Open the dialog or, without a finished film, say why not. */
export const openPublish = () => { current() ? (shown.value = true) : announce(t('publish.unmade')); };

/** The button that opens the dialog. */
export const PublishButton = () => html`<button type="button" class="primary" aria-disabled=${!current()} aria-keyshortcuts="p"
  title=${t(current() ? 'publish.title' : 'publish.unmade')}
  onClick=${openPublish}>${t('publish.open')}</button>${shown.value && html`<${PublishDialog} />`}`;

/** What is looked up, what is asked for, and where the film is then. */
export function PublishDialog() {
  const path = `/api/projects/${project.value?.id}/publications`, dialog = useRef(/** @type {any} */ (null)), turn = useRef(0);
  const [version, choose] = useState(current);
  const [{ checks, live, problem, busy }, put] = useState(/** @type {import('../types.d.ts').Publishing} */ ({}));
  /** @param {() => Promise<any>} act @param {string} [said] */
  const attempt = async (act, said) => {
    const mine = ++turn.current;
    put((was) => ({ ...was, busy: true, problem: null }));
    const now = await act().catch((error) => { if (error.problem) return error; throw error; });
    if (mine !== turn.current) return;
    put((was) => ({ ...was, ...now, busy: false }));
    if (said && !now.problem) announce(t(said));
  };
  const look = () => attempt(async () => {
    const [checks, { publications: [live] }] = await Promise.all([get(`${path}/checks?version=${version}`), get(path)]);
    return { checks, live };
  });
  const publish = (/** @type {any} */ event) => {
    event.preventDefault();
    const [rights, embed, download] = ['rights', 'embed', 'download'].map((name) => !!event.target[name]?.checked);
    attempt(async () => ({ live: await post(path, { version, rights, embed, download }) }), 'publish.done');
  };
  const withdraw = () => attempt(async () => {
    await del(`${path}/${live?.slug}`);
    return { live: { ...live, withdrawn: 'now' } };
  }, 'publish.withdrawn');
  useEffect(() => { dialog.current.showModal(); return () => { shown.value = false; }; }, []);
  useEffect(() => { put({}); look(); }, [version]);
  const there = live && !live.withdrawn, box = (/** @type {string} */ name, /** @type {boolean} */ on) => html`<label class="row">
    <input type="checkbox" name=${name} defaultChecked=${on} required=${name === 'rights'} />${t(`publish.${name}`)}</label>`;
  return html`<dialog ref=${dialog} class="publish" aria-labelledby="publish" onClose=${() => { shown.value = false; }}><form onSubmit=${publish}>
    <div class="row"><h1 id="publish">${t('publish.title')}</h1>
      <button type="button" class="icon quiet" aria-label=${t('publish.close')} onClick=${() => dialog.current.close()}>✕</button></div>
    <label class="field"><span>${t('publish.version')}</span>
      <select autofocus value=${version} onChange=${(/** @type {any} */ event) => choose(+event.target.value)}>
      ${versions.value.map(({ made, number, current }) => made && html`<option value=${number}>
        ${t(current ? 'publish.current' : 'publish.number', { n: number })}</option>`)}</select></label>
    ${version === current() && pending.value.length > 0 && html`<p class="warn small">${t('publish.pending', { n: pending.value.length })}</p>`}
    ${checks ? html`<${Findings} ...${checks} />${checks.rights.needed && box('rights', false)}
      ${box('embed', live?.embed !== null)}${box('download', !!live?.download)}`
      : busy && html`<p class="dim">${t('publish.looking')}</p>`}
    ${problem && html`<p class="bad" role="alert">${problem.detail} ${problem.remedy}
      ${!checks && html`<button type="button" onClick=${look}>${t('publish.again')}</button>`}</p>`}
    <button class="primary" disabled=${busy || !checks?.ready}>
      ${t(busy && checks ? 'publish.doing' : there ? 'publish.update' : 'publish.open')}</button>
    ${there && html`<section><img src=${`/s/${live.slug}/qr.svg`} alt=${t('publish.qr')} /><div>
      <p class="ok">${t('publish.at', { n: live.version })}</p>
      <${Copied} name="link" text=${live.url} />${live.embed && html`<${Copied} name="code" text=${live.embed} />`}
      <p><a class="button" href=${live.url} target="_blank" rel="noopener">${t('publish.visit')}</a></p>
      <details><summary>${t('publish.withdraw')}</summary>${t('publish.sure')}
        <button type="button" class="bad" onClick=${withdraw}>${t('publish.withdraw')}</button></details></div></section>`}
  </form></dialog>`;
}

/** What was found, with what to do where something is amiss. @param {import('../types.d.ts').Checks} checks */
function Findings({ certificate: { holds, reason, figures }, label, captions, rights, duration_ms: length }) {
  const own = rights.shots.map(({ number }) => t('publish.shot', { n: number }));
  if (rights.song) own.push(t('publish.song'));
  const loud = figures.find(({ name }) => name === 'loudness')?.value ?? '–';
  return html`<ul>${/** @type {[string, boolean | null, string][]} */ ([
    ['proof', holds, reason || t('publish.figures', { n: figures.filter(({ decides }) => decides).length, s: Math.round(length / 1000), loud })],
    ['label', label.holds, t('publish.labelled') + (label.c2pa ? ' · C2PA' : '') + (label.xmp ? ' · XMP' : '')],
    ['captions', captions.holds, t('publish.cues', { n: captions.cues })],
    ['own', rights.needed ? null : true, own.join(' · ') || t('publish.none')],
  ]).map(([name, ok, text]) => html`<li><b class=${ok ? 'ok' : ok === null ? 'warn' : 'bad'} role="img" aria-label=${t(`publish.${ok}`)}>
    ${ok ? '✓' : ok === null ? '?' : '✗'}</b>
    <div>${t(`publish.${name}`)} <span class="dim small">${text} ${ok === false && t('publish.remake')}</span></div></li>`)}</ul>`;
}

/** A text with the button that copies it. @param {{name: string, text: string}} props */
function Copied({ name, text }) {
  const field = useRef(/** @type {any} */ (null)), [copied, tell] = useState(''), what = t(`publish.${name}`);
  const copy = () => {
    field.current.select();
    if (!document.execCommand('copy')) return;
    announce(t('publish.copied'));
    tell(text);
  };
  return html`<div class="row"><label class="field"><span>${what}</span><input ref=${field} readonly value=${text} onBlur=${() => tell('')} /></label>
    <button type="button" aria-label=${t('publish.copying', { what })} onClick=${copy}>${t(copied === text ? 'publish.copied' : 'publish.copy')}</button></div>`;
}
