/** The page of new films, and the ones before. */
import { html, signal, useEffect, useState } from '../vendor/ui.js';
import { language, t } from '../i18n.js';
import { ApiError, get } from '../api.js';
import { create } from '../store.js';
import { BriefFields, Estimated, Examples, asked, draft, put, useEstimate } from './brief.js';
import { Fault } from './errors.js';
import { go } from './route.js';

/** Why the last film was not begun. */
const refused = signal(/** @type {import('../types.d.ts').Problem | null} */ (null));

/** Begin the film of the draft: its page is shown at once. */
async function begin() {
  const brief = asked();
  refused.value = null;
  const made = create(brief);
  go('/studio/p/new');
  try {
    const id = await made;
    draft.value = { topic: '' };
    if (location.pathname === '/studio/p/new') go(`/studio/p/${id}`, { replace: true });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    refused.value = error.problem;
    go('/studio', { replace: true });
  }
}

export function NewFilm() {
  useEstimate();
  useEffect(() => { if (matchMedia('(hover: hover) and (pointer: fine)').matches) document.getElementById('topic')?.focus({ preventScroll: true }); }, []);
  /** @param {KeyboardEvent} event */
  const key = (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) { event.preventDefault(); begin(); } };
  return html`<main class="boot"><h1>${t('promise')}</h1><p class="dim">${t('how')}</p>
    <form class="brief panel" onKeyDown=${key} onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); begin(); }}><${Examples} /><${BriefFields} fresh brief=${draft.value} put=${put} />
      ${refused.value && html`<${Fault} problem=${refused.value} retry=${begin} />`}
      <div class="row wrap create"><${Estimated} /><span class="grow"></span><kbd class="dim">Ctrl ⏎</kbd><button class="primary big">${t('brief.create')}</button></div></form><${Recent} /></main>`;
}

function Recent() {
  const [found, show] = useState(/** @type {any[] | null} */ (null));
  useEffect(() => { get('/api/projects?limit=8').then(({ projects }) => show(projects), () => show([])); }, []);
  if (!found?.length) return null;
  const when = new Intl.DateTimeFormat(language.value, { dateStyle: 'medium' });
  return html`<section class="recent"><h2>${t('recent')}</h2><ul>${found.map(({ id, title, poster, state, updated }) => html`<li key=${id}><a href=${`/studio/p/${id}`}>
    ${poster ? html`<img src=${poster} alt="" loading="lazy" />` : html`<span class="skeleton"></span>`}<b>${title}</b><span class="small dim">${t(`state.${state}`)} · ${when.format(new Date(updated))}</span></a></li>`)}</ul></section>`;
}
