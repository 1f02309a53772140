/** The bar above every page. */
import { html, useState } from '../vendor/ui.js';
import { isDark, language, paint, speak, t } from '../i18n.js';
import { canRedo, canUndo, change, doc, project, redo, saving, stream, undo } from '../store.js';
import { helping } from './help.js';
import { Icon } from './icons.js';
import { PublishButton } from './publish.js';
import { route } from './route.js';

const PAGES = { '/studio': 'new', '/studio/library': 'library', '/studio/campaign': 'campaign', '/studio/ops': 'operations' };

/** @param {{name: any, label: string, [more: string]: any}} props */
export const Act = ({ name, label, ...more }) => html`<button class="icon quiet" data-act=${name} aria-label=${label} title=${label} ...${more}><${Icon} name=${name} /></button>`;

export const Bar = () => html`<header class="bar"><a class="brand" href="/studio" aria-label=${t('brand')}><span class="wheel"></span><span class="name">${t('brand')}</span></a>
  ${doc.value ? html`<${Named} />` : html`<${Pages} />`}
  <${Act} name="theme" label=${t('theme')} onClick=${() => paint(isDark() ? 'light' : 'dark')} />
  <button class="quiet lang" lang=${language.value === 'en' ? 'zh-CN' : 'en'} onClick=${() => speak(language.value === 'en' ? 'zh-CN' : 'en')}>${language.value === 'en' ? '中文' : 'EN'}</button>
  ${project.value && html`<${PublishButton} />`}</header>`;

const Pages = () => html`<nav class="pages grow" aria-label=${t('nav')}>${Object.entries(PAGES).map(([path, name]) =>
  html`<a key=${path} href=${path} aria-current=${route.value === path ? 'page' : null}>${t(`nav.${name}`)}</a>`)}</nav>`;

/** The project's name and state, and what belongs to its editing. */
function Named() {
  const title = doc.value?.title ?? '';
  const [typed, type] = useState(/** @type {string | null} */ (null));
  const name = (/** @type {string} */ text) => { if (text.trim() && text.trim() !== title) change('title', (now) => ({ ...now, title: text.trim() })); };
  return html`<span class=${`dot ${stream.value}`} title=${t(`stream.${stream.value}`)}><span class="vh">${t(`stream.${stream.value}`)}</span></span>
    <input class="title" aria-label=${t('title')} maxlength="200" value=${typed ?? title} disabled=${!project.value} onInput=${(/** @type {any} */ event) => type(event.target.value)}
      onKeyDown=${(/** @type {any} */ event) => { if (!event.isComposing && /^(Enter|Escape)$/.test(event.key)) { if (event.key === 'Escape') type((event.target.value = title)); event.target.blur(); } }}
      onBlur=${(/** @type {any} */ event) => { name(event.target.value); type(null); }} />
    <span class=${`saved small ${saving.value}`}>${project.value && t(`saving.${saving.value}`)}</span><span class="grow"></span>
    <${Act} name="undo" label=${t('undo')} disabled=${!canUndo.value} onClick=${undo} /><${Act} name="redo" label=${t('redo')} disabled=${!canRedo.value} onClick=${redo} />
    <${Act} name="help" label=${t('help')} aria-keyshortcuts="?" onClick=${() => { helping.value = true; }} />`;
}
