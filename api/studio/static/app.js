/** The studio: shows what the address names. */
import { Fragment, effect, html, render, signal, useEffect, useState } from './vendor/ui.js';
import { t } from './i18n.js';
import { doc, signedOut } from './store.js';
import { Editor } from './editor.js';
import { Bar } from './ui/bar.js';
import { Fault } from './ui/errors.js';
import { Live } from './ui/live.js';
import { NewFilm } from './ui/new.js';
import { route } from './ui/route.js';
import { SignIn } from './ui/signin.js';

/** @typedef {() => any} Page */
/** @type {Record<string, () => Promise<Page>>} */
const PAGES = {
  library: () => import('./pages/library.js').then(({ Library }) => Library),
  campaign: () => import('./pages/campaign.js').then(({ Campaign }) => Campaign),
  ops: () => import('./pages/operations.js').then(({ Operations }) => Operations),
};
const pages = signal(/** @type {Record<string, Page>} */ ({}));
/** Counts signings in: what is shown begins anew. */
const entered = signal(0);

/** A page whose files come when it is wanted. @param {{name: string}} props */
function Later({ name }) {
  const [lost, lose] = useState(false), page = pages.value[name];
  const load = () => {
    lose(false);
    PAGES[name]?.().then((came) => { pages.value = { ...pages.value, [name]: came }; }, () => lose(true));
  };
  useEffect(load, [name]);
  if (lost) return html`<main class="boot"><${Fault} problem=${{ status: 0 }} retry=${load} /></main>`;
  return page ? html`<${page} />` : html`<main class="boot" aria-busy="true"></main>`;
}

function Shown() {
  const [, , name = '', id = ''] = route.value.split('/');
  if (name === 'p' && id) return html`<${Editor} id=${id} />`;
  if (PAGES[name]) return html`<${Later} key=${name} name=${name} />`;
  return name ? html`<main class="boot"><h1>${t('lost')}</h1><p><a href="/studio">${t('nav.new')}</a></p></main>` : html`<${NewFilm} />`;
}

const App = () => html`<${Bar} /><${Fragment} key=${entered.value}><${Shown} /></${Fragment}>${signedOut.value && html`<${SignIn} done=${() => { entered.value++; }} />`}<${Live} />`;

effect(() => { document.title = doc.value ? `${doc.value.title} · ${t('brand')}` : t('brand'); });
const root = /** @type {HTMLElement} */ (document.getElementById('app'));
root.replaceChildren();
render(html`<${App} />`, root);
