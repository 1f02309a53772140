/** Where in the studio the browser is. */
import { signal } from '../vendor/ui.js';

/** The address' path. */
export const route = signal(location.pathname);

/** Show another address of the studio. @param {string} path @param {{replace?: boolean}} [how] */
export function go(path, { replace = false } = {}) {
  if (path === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', path);
  route.value = location.pathname;
  if (!replace) scrollTo(0, 0);
}

addEventListener('popstate', () => { route.value = location.pathname; });
addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href^="/studio"]') : null;
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || link.hasAttribute('target')) return;
  event.preventDefault();
  go(String(link.getAttribute('href')));
});
