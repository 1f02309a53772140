/** The stage: the film as it is now, and the finished one. */
import { html, signal, useEffect, useRef, useState } from '../vendor/ui.js';
import { t } from '../i18n.js';
import { busy, doc, project, scene } from '../store.js';
import { Preview } from '../preview.js';
import { Act } from './bar.js';
import { clock } from './lanes.js';

/** The preview of the stage, while there is one. */
export const preview = signal(/** @type {Preview | null} */ (null));
/** Whether the finished film is shown in place of the preview. */
export const watching = signal(false);
const safe = signal(false);

/** Show the stage on all of the screen, or no longer. */
export const fullscreen = () => (document.fullscreenElement ? document.exitFullscreen() : document.querySelector('.screen')?.requestFullscreen());

export function Stage() {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null)), now = scene.value;
  useEffect(() => {
    const made = preview.value = new Preview(/** @type {HTMLCanvasElement} */ (canvas.current));
    return () => { preview.value = null; made.dispose(); watching.value = false; };
  }, []);
  useEffect(() => preview.value?.set(now), [now]);
  const film = watching.value && project.value?.film;
  const [width = 16, height = 9] = now ? [now.width, now.height] : (doc.value?.edits.aspect ?? doc.value?.brief.aspect ?? '16:9').split(':').map(Number);
  return html`<section class="stage panel" aria-label=${t('stage')}><div class="screen" style=${{ '--ratio': width / height }}><div class="picture">
      <canvas ref=${canvas} role="img" aria-label=${t('stage')} onClick=${toggle}></canvas>
      ${!now && html`<p class="wait dim">${t(busy.value ? 'stage.soon' : 'stage.empty')}</p>`}${safe.value && html`<div class="safe"></div>`}
      ${now && !film && html`<span class="badge small">${t(`stage.${now.stage}`)}</span>`}
      ${preview.value?.buffering.value && html`<span class="spin" role="status"><span class="vh">${t('stage.buffering')}</span></span>`}
      ${film && html`<video src=${film.files.master.url} poster=${film.files.poster.url} controls autoplay playsinline><track kind="captions" srclang=${now?.language ?? 'en'}
        label=${t('stage.captions')} src=${film.files.captions_vtt.url} /></video>`}</div></div>
    ${film ? html`<div class="transport row"><span class="grow dim small">${t('stage.version', { n: film.version })}</span>
      <a class="button" href=${`${film.files.master.url}?download=${encodeURIComponent(film.title)}.mp4`} download>${t('stage.download')}</a>
      <button onClick=${() => { watching.value = false; }}>${t('stage.back')}</button></div>` : html`<${Transport} />`}</section>`;
}

/** Show the finished film. */
export function watch() {
  preview.value?.pause();
  watching.value = true;
}

/** Play what is shown, or pause it. */
export function toggle() {
  const now = preview.value, film = /** @type {HTMLVideoElement | null} */ (document.querySelector('.picture > video'));
  if (film) film.paused ? film.play().catch(() => {}) : film.pause();
  else if (scene.value) now?.playing.value ? now.pause() : now?.play();
}

function Transport() {
  const time = useRef(/** @type {HTMLElement | null} */ (null)), scrub = useRef(/** @type {HTMLInputElement | null} */ (null)), [held, hold] = useState(false);
  const now = scene.value, show = preview.value, length = now ? (now.frames / now.fps) * 1000 : 0, playing = show?.playing.value;
  useEffect(() => show?.onFrame((ms) => {
    const text = clock(ms / 1000, 1);
    if (time.current) time.current.textContent = text;
    if (!scrub.current) return;
    if (!held) scrub.current.value = String(ms);
    scrub.current.setAttribute('aria-valuetext', t('stage.at', { time: clock(ms / 1000), all: clock(length / 1000) }));
  }), [show, length, held]);
  const grasp = (/** @type {boolean} */ on) => () => hold(on);
  return html`<div class="transport row"><${Act} name=${playing ? 'pause' : 'play'} label=${t(playing ? 'stage.pause' : 'stage.play')} class="icon round" aria-keyshortcuts="Space" disabled=${!now} onClick=${toggle} />
    <span ref=${time} class="num small">0:00.0</span>
    <input ref=${scrub} class="grow" type="range" min="0" max=${Math.max(1, length)} step=${now ? 1000 / now.fps : 1} disabled=${!now} aria-label=${t('stage.scrub')}
      onPointerDown=${grasp(true)} onPointerUp=${grasp(false)} onPointerCancel=${grasp(false)} onInput=${(/** @type {any} */ event) => show?.seek(+event.target.value)} />
    <span class="num small dim">${clock(length / 1000, 1)}</span>
    <span class="steps"><${Act} name="back" label=${t('stage.before')} disabled=${!now} onClick=${() => show?.step(-1)} /><${Act} name="on" label=${t('stage.after')} disabled=${!now} onClick=${() => show?.step(1)} />
    <${Act} name="safe" label=${t('stage.safe')} aria-pressed=${safe.value} onClick=${() => { safe.value = !safe.value; }} /></span>
    <${Act} name="film" label=${t('stage.watch')} disabled=${!project.value?.film} onClick=${watch} />
    <${Act} name="full" label=${t('stage.full')} onClick=${fullscreen} /></div>`;
}
