/** The studio: shows what the address names. */
import { html, render } from './vendor/ui.js';
import { t } from './i18n.js';

const root = /** @type {HTMLElement} */ (document.getElementById('app'));
root.replaceChildren();
render(html`<header class="bar"><strong class="brand">${t('brand')}</strong></header>`, root);
