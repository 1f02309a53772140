/** Pictures, clips and songs of one's own: chosen or dropped, sent with their progress, then part of the document. */
import { ApiError } from '../api.js';
import { withMedia } from '../core/edits.js';
import { t } from '../i18n.js';
import { change, project, selected } from '../store.js';
import { computed, effect, html, signal } from '../vendor/ui.js';
import { kept } from './timeline.js';
/** @typedef {import('../types.d.ts').Asset} Asset */
/** @typedef {import('../types.d.ts').Problem} Problem */
/** @typedef {{name: string, share: number, problem: Problem | null, stop: () => void}} Sent */

/** Files on their way by what they are for (a shot, or `music`): how much is sent, or why it was refused. */
export const sending = signal(/** @type {Record<string, Sent | undefined>} */ ({}));
/** @param {string} place @param {any} now */
const tell = (place, now) => { sending.value = { ...sending.value, [place]: now && { ...sending.value[place], ...now } }; };

const whose = computed(() => project.value?.id);
// What is sent belongs to the project that is open: it ends with it.
effect(() => {
  if (whose.value) return;
  Object.values(sending.peek()).forEach((now) => now?.stop());
  sending.value = {};
});

/** Keep a file in the store. @param {File} file @param {(share: number) => void} told @param {(stop: () => void) => void} begun
 * @returns {Promise<Asset>} */
const send = (file, told, begun) => new Promise((kept, refused) => {
  const request = new XMLHttpRequest();
  const no = (/** @type {Partial<Problem>} */ problem) => refused(new ApiError({ type: '/problems/offline', title: '', status: 0,
    detail: t('drop.lost'), remedy: t('drop.again'), ...problem }));
  request.responseType = 'json';
  request.upload.onprogress = ({ loaded, total }) => told(total ? loaded / total : 0);
  request.onload = () => (request.status < 300 ? kept(request.response.asset) : no(request.response ?? {}));
  request.onerror = () => no({});
  request.onabort = () => refused(null);
  request.open('POST', '/api/assets');
  request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
  request.send(file);
  begun(() => request.abort());
});

/** Send *file* for *place*, then hand its asset on; a later one takes its place. @param {string} place @param {File} file
 * @param {(asset: Asset) => void} then */
export async function give(place, file, then) {
  sending.value[place]?.stop();
  tell(place, { name: file.name, share: 0, problem: null, stop: () => {} });
  try {
    const asset = await send(file, (share) => tell(place, { share }), (stop) => tell(place, { stop }));
    tell(place, undefined);
    then(asset);
  } catch (error) {
    if (error instanceof ApiError) tell(place, { problem: error.problem });
    else if (error) throw error;
  }
}

/** @param {string} id @param {File | undefined} file */
const giveShot = (id, file) => file && !kept(id) && give(id, file, (asset) => change('media', (doc) => withMedia(doc, id,
  { ...doc.edits.media?.[id], asset })));

/** What makes an element take a file for the shot *id*. @param {string} id */
export const dropping = (id) => ({
  onDragOver: (/** @type {DragEvent} */ event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    /** @type {HTMLElement} */ (event.currentTarget).classList.add('taking');
  },
  onDragLeave: (/** @type {DragEvent} */ event) => /** @type {HTMLElement} */ (event.currentTarget).classList.remove('taking'),
  onDrop: (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    /** @type {HTMLElement} */ (event.currentTarget).classList.remove('taking');
    selected.value = id;
    giveShot(id, event.dataTransfer?.files[0]);
  },
});

/** A button that takes a file, and how far it is. @param {{place: string, accept: string, label: string, take: (file: File) => void}} props */
export function Give({ place, accept, label, take }) {
  const now = sending.value[place];
  return html`<label class="button give"><span>${label}</span><input type="file" class="vh" accept=${accept}
    onChange=${(/** @type {any} */ event) => {
    const [file] = event.target.files;
    event.target.value = '';
    if (file) take(file);
  }} /></label>
  ${now && !now.problem && html`<span class="row small grow"><progress class="grow" aria-label=${t('drop.sending', { name: now.name })}
    value=${now.share}></progress>
    <button class="quiet small" onClick=${() => { now.stop(); tell(place, undefined); }}>${t('drop.stop')}</button></span>`}
  ${now?.problem && html`<p class="bad small" role="alert">${now.name}: ${now.problem.detail} ${now.problem.remedy ?? ''}
    <button class="quiet small" onClick=${() => tell(place, undefined)}>${t('drop.close')}</button></p>`}`;
}

/** The shot's own picture or clip: given, looked at, taken away. @param {{view: import('../types.d.ts').ShotView}} props */
export function Own({ view: { id, media } }) {
  const clip = media?.asset.media_type.startsWith('video/');
  return html`<div class="own" ...${dropping(id)}><div class="row wrap">
    <${Give} place=${id} accept="image/*,video/*" label=${t(media ? 'drop.other' : 'drop.own')}
      take=${(/** @type {File} */ file) => giveShot(id, file)} />
    ${media && html`<span class="small dim">${t(clip ? 'drop.clip' : 'drop.picture')}</span>
    <button class="quiet small" onClick=${() => change('media', (doc) => withMedia(doc, id, null))}>${t('drop.remove')}</button>`}
  </div><p class="small dim">${t('drop.hint')}</p></div>`;
}
