/** Publishing a film on a page of its own: the button of the bar, and the dialog behind it. */
import { ApiError, del, get, post } from '../api.js';
import { language, t } from '../i18n.js';
import { pending, project, versions } from '../store.js';
import { html, signal, useEffect, useRef, useState } from '../vendor/ui.js';
import { announce } from './live.js';
/** @typedef {import('../types.d.ts').Checks} Checks @typedef {import('../types.d.ts').Publication} Publication @typedef {import('../types.d.ts').Problem} Problem */

const shown = signal(false);
/** Open the dialog or, without a finished film, say why not. */
export const openPublish = () => { if (project.value?.version) shown.value = true; else announce(t('publish.unmade')); };

/** The button that opens the dialog. */
export function PublishButton() {
  const made = Boolean(project.value?.version);
  return html`<button type="button" class="primary" aria-disabled=${!made} aria-keyshortcuts="p" title=${made ? t('publish.hint') : t('publish.unmade')} onClick=${openPublish}>
    ${t('publish.open')}${!made && html`<span class="vh"> (${t('publish.unmade')})</span>`}</button>${shown.value && html`<${PublishDialog} />`}`;
}

/** What is looked up, what is asked for, and where the film is. */
export function PublishDialog() {
  const id = project.value?.id, path = `/api/projects/${id}/publications`;
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [version, setVersion] = useState(project.value?.version ?? 0);
  const [checks, setChecks] = useState(/** @type {Checks | null} */ (null));
  const [there, setThere] = useState(/** @type {Publication | null} */ (null));
  const [may, setMay] = useState({ rights: false, embed: true, download: false });
  const [doing, setDoing] = useState('');
  const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));
  /** @param {string} what @param {() => Promise<void>} act */
  const attempt = async (what, act) => {
    setDoing(what);
    setProblem(null);
    try { await act(); } catch (error) { if (error instanceof ApiError) setProblem(error.problem); else throw error; } finally { setDoing(''); }
  };
  const look = () => attempt('look', async () => {
    setChecks(null);
    const [found, { publications: [known = null] }] = await Promise.all([get(`${path}/checks?version=${version}`), get(path)]);
    setChecks(found);
    setThere(known);
    if (known) setMay({ rights: false, embed: known.embed !== null, download: known.download });
  });
  const publish = () => attempt('publish', async () => {
    setThere(await post(path, { version, ...may }));
    announce(t('publish.done'));
  });
  const withdraw = () => attempt('withdraw', async () => {
    await del(`${path}/${there?.slug}`);
    setThere(there && { ...there, withdrawn: new Date().toISOString() });
    announce(t('publish.withdrawn'));
  });
  useEffect(() => { dialog.current?.showModal(); }, []);
  useEffect(() => { void look(); }, [version]);
  const live = there && !there.withdrawn ? there : null, made = versions.value.filter((one) => one.made);
  const ready = checks?.ready && (may.rights || !checks.rights.needed) && !doing;
  return html`<dialog ref=${dialog} class="publish" aria-labelledby="publish-title" onClose=${() => { shown.value = false; }}>
    <header class="row"><h1 id="publish-title" class="grow">${t('publish.title')}</h1>
      <button type="button" class="icon quiet" aria-label=${t('publish.close')} onClick=${() => dialog.current?.close()}>✕</button></header>
    <label class="field"><span>${t('publish.version')}</span><select value=${version} onChange=${(/** @type {any} */ { target }) => setVersion(Number(target.value))}>
      ${(made.length ? made : [{ number: version, created: '', current: true }]).map((one) => html`<option value=${one.number}>${named(one)}</option>`)}</select></label>
    ${version === project.value?.version && pending.value.length > 0 && html`<p class="warn small">${t('publish.pending', { n: pending.value.length })}</p>`}
    ${checks ? html`<${Findings} checks=${checks} />` : doing && html`<p class="dim">${t('publish.looking')}</p>`}
    ${checks && html`<fieldset><legend class="vh">${t('publish.may')}</legend>
      ${(checks.rights.needed ? ['rights', 'embed', 'download'] : ['embed', 'download']).map((name) => html`<label class="row"><input type="checkbox"
        checked=${may[/** @type {'rights'} */ (name)]} onChange=${(/** @type {any} */ { target }) => setMay({ ...may, [name]: target.checked })} />${t(`publish.${name}`)}</label>`)}</fieldset>`}
    ${problem && html`<p class="bad" role="alert">${problem.detail} ${problem.remedy} ${!checks && html`<button type="button" onClick=${look}>${t('publish.again')}</button>`}</p>`}
    <p><button type="button" class="primary" disabled=${!ready} onClick=${publish}>${doing === 'publish' ? t('publish.doing') : t(live ? 'publish.update' : 'publish.do', { n: version })}</button></p>
    ${live && html`<${Place} live=${live} busy=${Boolean(doing)} withdraw=${withdraw} />`}
  </dialog>`;
}

/** @param {{number: number, created: string, current: boolean}} version */
const named = ({ number, created, current }) => [t('publish.number', { n: number }), current && t('publish.current'),
  created && new Date(created).toLocaleString(language.value, { dateStyle: 'medium', timeStyle: 'short' })].filter(Boolean).join(' · ');

/** @param {{checks: Checks}} props */
function Findings({ checks: { certificate, label, captions, rights, ...film } }) {
  const seconds = Math.round(film.duration_ms / 1000), loud = certificate.figures.find(({ name }) => name === 'loudness')?.value;
  const held = certificate.figures.filter(({ decides, holds }) => decides && holds).length;
  const own = [...rights.shots.map(({ number }) => t('publish.shot', { n: number })), ...(rights.song ? [t('publish.song')] : [])].join(t('publish.and'));
  const said = [
    { name: 'certificate', ok: certificate.holds, text: certificate.holds
      ? t('publish.figures', { n: held, length: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`, loud: String(loud) }) : `${certificate.reason} ${t('publish.remake')}` },
    { name: 'label', ok: label.holds, text: t(label.holds ? 'publish.labelled' : 'publish.remake') + (label.c2pa ? ' C2PA.' : '') + (label.xmp ? ' XMP.' : '') },
    { name: 'captions', ok: captions.holds, text: t(captions.holds ? 'publish.captioned' : 'publish.remake', { n: captions.cues }) },
    { name: 'own', ok: true, text: own || t('publish.none') },
  ];
  return html`<ul class="checks">${said.map(({ name, ok, text }) => html`<li><span class=${ok ? 'ok' : 'bad'} role="img" aria-label=${t(ok ? 'publish.ok' : 'publish.bad')}>${ok ? '✓' : '✗'}</span>
    <div><strong>${t(`publish.${name}`)}</strong> <span class="dim small">${text}</span></div></li>`)}</ul>`;
}

/** Where the film is, and how it is taken back. @param {{live: Publication, busy: boolean, withdraw: () => void}} props */
function Place({ live, busy, withdraw }) {
  const [sure, setSure] = useState(false);
  return html`<section class="place"><p class="ok">${t('publish.at', { n: live.version })}</p>
    <img src=${`/s/${live.slug}/qr.svg`} width="120" height="120" alt=${t('publish.qr')} />
    <div><${Copied} name="link" text=${live.url} />${live.embed && html`<${Copied} name="code" text=${live.embed} />`}
    <p class="row"><a class="button" href=${live.url} target="_blank" rel="noopener">${t('publish.visit')}</a>
      <button type="button" class="quiet bad" disabled=${busy} onClick=${() => (sure ? withdraw() : setSure(true))} onBlur=${() => setSure(false)}>${t(sure ? 'publish.sure' : 'publish.withdraw')}</button></p></div></section>`;
}

/** A text with the button that copies it. @param {{name: string, text: string}} props */
function Copied({ name, text }) {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    field.current?.select();
    await (navigator.clipboard?.writeText(text) ?? document.execCommand('copy'));
    setCopied(true);
    announce(t('publish.copied'));
  };
  return html`<label class="field"><span>${t(`publish.${name}`)}</span><span class="row"><input ref=${field} class="grow" readonly value=${text} />
    <button type="button" aria-label=${t('publish.copy', { what: t(`publish.${name}`) })} onClick=${copy}>${copied ? '✓' : t('publish.take')}</button></span></label>`;
}
