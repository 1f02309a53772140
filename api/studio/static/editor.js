/** The editor: one project, from brief to film. */
import { html, signal, useEffect } from './vendor/ui.js';
import { t } from './i18n.js';
import { busy, change, close, doc, open, problem, project } from './store.js';
import { Board, RunBar } from './ui/board.js';
import { BriefFields } from './ui/brief.js';
import { Fault } from './ui/errors.js';
import { Help, helping } from './ui/help.js';
import { Inspector } from './ui/inspector.js';
import { openPublish } from './ui/publish.js';
import { go } from './ui/route.js';
import { useShortcuts } from './ui/shortcuts.js';
import { Stage, fullscreen, preview, toggle } from './ui/stage.js';
import { Timeline } from './ui/timeline.js';

const TABS = /** @type {const} */ (['brief', 'board', 'edit', 'timeline']);
const query = matchMedia('(max-width: 640px)');
const narrow = signal(query.matches);
query.addEventListener('change', () => { narrow.value = query.matches; });
const tab = signal(/** @type {typeof TABS[number]} */ ('board'));

/** @param {{id: string}} props */
export function Editor({ id }) {
  useEffect(() => {
    if (id !== 'new') open(id);
    else if (!doc.value) go('/studio', { replace: true });
  }, [id]);
  useEffect(() => close, []);
  useShortcuts({ preview: preview.value, play: toggle, help: () => { helping.value = true; }, publish: openPublish, fullscreen });
  const trouble = problem.value?.about === 'open' ? problem.value : null;
  if (trouble) return html`<main class="boot"><${Fault} problem=${trouble} retry=${() => open(id)} /></main>`;
  if (!doc.value) return html`<main class="editor" aria-busy="true"><h1 class="vh">${t('opening')}</h1>${['brief', 'stage', 'edit', 'board', 'timeline'].map((name) => html`<div class=${`part panel ${name}`}></div>`)}</main>`;
  return html`<main class="editor"><h1 class="vh">${doc.value.title}</h1><${Stage} /><${RunBar} />${narrow.value && html`<${Tabs} />`}
    <${Part} name="brief"><${BriefPanel} /></${Part}><${Part} name="board"><${Board} /></${Part}>
    <${Part} name="edit"><${Inspector} /></${Part}><${Part} name="timeline"><${Timeline} preview=${preview.value} /></${Part}><${Help} /></main>`;
}

/** @param {{name: typeof TABS[number], children?: any}} props */
const Part = ({ name, children }) => (narrow.value
  ? html`<div class=${`part ${name}`} id=${`part-${name}`} role="tabpanel" aria-labelledby=${`to-${name}`} hidden=${tab.value !== name}>${children}</div>`
  : html`<div class=${`part ${name}`}>${children}</div>`);

function Tabs() {
  /** @param {KeyboardEvent} event */
  const turn = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    tab.value = TABS[(TABS.indexOf(tab.value) + by + TABS.length) % TABS.length] ?? 'board';
    document.getElementById(`to-${tab.value}`)?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="tabs parts" role="tablist" aria-label=${t('tabs')} onKeyDown=${turn}>${TABS.map((name) => html`<button key=${name} id=${`to-${name}`} role="tab" class="quiet" aria-selected=${tab.value === name}
    aria-controls=${`part-${name}`} tabindex=${tab.value === name ? 0 : -1} onClick=${() => { tab.value = name; }}>${t(`tab.${name}`)}</button>`)}</div>`;
}

function BriefPanel() {
  const now = doc.value;
  if (!now) return null;
  const put = (/** @type {string} */ name, /** @type {any} */ value) => change('brief', (before) => {
    const { [name]: _, ...rest } = /** @type {any} */ (before.brief);
    return { ...before, brief: value === undefined || value === '' ? (name === 'topic' ? before.brief : rest) : { ...rest, [name]: value } };
  }, { key: `brief:${name}` });
  return html`<section class="panel brief" tabindex="0" aria-label=${t('tab.brief')}><h2>${t('tab.brief')}</h2><fieldset class="plain" disabled=${busy.value || !project.value}><${BriefFields} brief=${now.brief} put=${put} /></fieldset></section>`;
}
