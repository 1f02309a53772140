/** The words of the page: `t('board.final', {n: 3})`. A catalogue is loaded for the page's language only. */
import { signal } from './vendor/ui.js';

/** @typedef {'zh-CN' | 'en'} Language */
/** @type {Language} */
const first = document.documentElement.lang === 'zh-CN' ? 'zh-CN' : 'en';
export const language = signal(first);
/** @type {import('./vendor/ui.js').Signal<Record<string, string>>} */
const words = signal((await import(`./i18n/${first}.js`)).words);

/** The text called *key*, its `{holes}` filled; the key itself if there is none.
 * @param {string} key @param {Record<string, string | number>} [holes] @returns {string} */
export const t = (key, holes) => (words.value[key] ?? key).replace(/\{(\w+)\}/g, (hole, name) => String(holes?.[name] ?? hole));

/** Show the page in another language, and keep that choice. @param {Language} chosen */
export async function speak(chosen) {
  words.value = (await import(`./i18n/${chosen}.js`)).words;
  language.value = chosen;
  document.documentElement.lang = chosen;
  keep('fw_lang', chosen);
}

/** Show the page dark or light, and keep that choice. @param {'dark' | 'light'} theme */
export function paint(theme) {
  document.documentElement.dataset.theme = theme;
  keep('fw_theme', theme);
}

/** Whether the page is dark now. */
export const isDark = () => (document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark')) === 'dark';

/** @param {string} name @param {string} value */
const keep = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`; };
