/** The library: every film as its poster; found, opened, doubled, put away and brought back. */
import { html, useEffect, useRef, useSignal } from '../vendor/ui.js';
import { del, get, post } from '../api.js';
import { t } from '../i18n.js';
import { Fault } from '../ui/errors.js';
import { announce, toast } from '../ui/live.js';
import { State, UNDER_WAY, ago, of, usePolled } from './lists.js';

/** @typedef {import('../types.d.ts').ProjectLine} Line */
const PAGE = 24, EVERY_MS = 3000, TYPED_MS = 300;

/** @param {{line: Line, onDouble: () => void, onDelete: () => void}} props */
function Card({ line, onDouble, onDelete }) {
  const { id, title, state, progress, poster, failure } = line;
  const name = { title };
  return html`<li class="card" onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === 'Delete' && onDelete()}>
    <a class="poster" href=${`/studio/p/${id}`} aria-labelledby=${`t-${id}`}>
      ${poster ? html`<img src=${poster} alt="" loading="lazy" decoding="async" width="320" height="180" />` : html`<span aria-hidden="true">${[...title][0]}</span>`}
      ${UNDER_WAY.includes(state) && html`<progress max="1" value=${progress ?? 0} aria-label=${t('lib.progress', name)}></progress>`}
    </a>
    <h2 id=${`t-${id}`} title=${title}>${title}</h2>
    <p class="small dim"><${State} ...${line} /> · <time datetime=${line.updated} title=${new Date(line.updated).toLocaleString()}>${ago(line.updated)}</time></p>
    ${failure && html`<p class="small why" title=${`${failure.what} ${failure.remedy}`}>${failure.what} ${failure.remedy}</p>`}
    <div class="row">
      <button class="quiet small" onClick=${onDouble} aria-label=${t('lib.doubleOne', name)}>${t('lib.double')}</button>
      <button class="quiet small" onClick=${onDelete} aria-label=${t('lib.deleteOne', name)}>${t('lib.delete')}</button>
    </div>
  </li>`;
}

/** @param {{q: string}} props */
const Nothing = ({ q }) => html`<div class="empty panel"><h2>${t(q ? 'lib.none' : 'lib.empty', { q })}</h2>
  ${!q && html`<p class="dim">${t('lib.invite')}</p><p class="row">
    <a class="button primary" href="/studio">${t('nav.new')}</a><a class="button" href="/studio/campaign">${t('nav.campaign')}</a></p>`}</div>`;

/** @param {string} q @param {string} [cursor] @returns {Promise<import('../types.d.ts').ProjectPage>} */
const page = (q, cursor) => get(`/api/projects?${new URLSearchParams({ limit: String(PAGE), ...(q && { q }), ...(cursor && { cursor }) })}`);
/** @param {Line[]} lines */
const newestFirst = (lines) => [...new Map(lines.map((line) => [line.id, line])).values()].sort((a, b) => (a.id < b.id ? 1 : -1));

/** All films of the tenant. */
export function Library() {
  const q = useSignal(''), timer = useRef(0), shown = useRef(''), lines = useSignal(/** @type {Line[] | null} */ (null)), next = useSignal('');
  /** @param {(lines: Line[]) => Line[]} change */
  const set = (change) => { lines.value = change(lines.value ?? []); };
  const { problem, again, tried } = usePolled(async () => {
    const wanted = q.value, running = (lines.value ?? []).filter((line) => UNDER_WAY.includes(line.state));
    if (!lines.value || shown.current !== wanted) {
      const got = await page(wanted);
      if (wanted !== q.value) return;
      [lines.value, next.value, shown.current] = [got.projects, got.next ?? '', wanted];
      if (wanted) announce(t('lib.found', { n: got.projects.length + (got.next ? '+' : '') }));
    } else if (running.length) {
      const told = await of(running.map((line) => line.id));
      set((now) => now.map((line) => told.find((one) => one.id === line.id) ?? line));
    }
  }, () => ((lines.value ?? []).some((line) => UNDER_WAY.includes(line.state)) ? EVERY_MS : 0), [q.value]);
  const more = tried(async () => {
    const got = await page(q.value, next.value);
    set((now) => newestFirst([...now, ...got.projects]));
    next.value = got.next ?? '';
  });
  /** @param {Line} line */
  const double = ({ id, title }) => tried(async () => {
    const told = await of([(await post(`/api/projects/${id}/duplicate`)).id]);
    set((now) => newestFirst([...now, ...told]));
    announce(t('lib.doubled', { title }));
  });
  /** @param {Line} line */
  const remove = (line) => tried(async () => {
    await del(`/api/projects/${line.id}`);
    set((now) => now.filter((one) => one.id !== line.id));
    const run = tried(async () => { await post(`/api/projects/${line.id}/restore`); set((now) => newestFirst([...now, line])); });
    toast(t('lib.deleted', { title: line.title }), { action: { label: t('undo'), run } });
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const typed = (/** @type {InputEvent} */ event) => {
    const { value } = /** @type {HTMLInputElement} */ (event.target);
    clearTimeout(timer.current);
    if (!event.isComposing) timer.current = setTimeout(() => { q.value = value.trim(); }, TYPED_MS);
  };
  return html`<main class="page"><div class="row head"><h1 class="grow">${t('nav.library')}</h1>
      <input type="search" class="search" aria-label=${t('lib.search')} placeholder=${t('lib.search')} maxlength="200" onInput=${typed} oncompositionend=${typed} /></div>
    ${problem && html`<${Fault} problem=${problem} retry=${again} />`}
    ${lines.value?.length === 0 && html`<${Nothing} q=${q.value} />`}
    <ul class="posters" aria-busy=${!lines.value}>${lines.value?.map((line) => html`<${Card} key=${line.id} line=${line} onDouble=${double(line)} onDelete=${remove(line)} />`)}</ul>
    ${next.value && html`<p class="center"><button onClick=${more}>${t('lib.more')}</button></p>`}
  </main>`;
}
