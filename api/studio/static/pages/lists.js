/** What the pages beside the editor share: asking again and again, numbers and ages in words, problems. */
import { html, useEffect, useSignal } from '../vendor/ui.js';
import { ApiError } from '../api.js';
import { language, t } from '../i18n.js';
import { go } from '../ui/route.js';

/** @typedef {import('../types.d.ts').Problem} Problem */
export const UNDER_WAY = ['queued', 'running', 'waiting'];

/** @param {unknown} error @returns {Problem} */
export const problemOf = (error) => {
  if (error instanceof ApiError) return error.problem;
  throw error;
};

/** Ask at once, and again after what *pause* says of the answer (ms; 0: no more), while the page is seen. What *ask* gives is `value`.
 * @template T @param {() => Promise<T>} ask @param {(value: T | null) => number} pause @param {unknown[]} [inputs] ask anew when they change */
export function usePolled(ask, pause, inputs = []) {
  const value = useSignal(/** @type {T | null} */ (null)), problem = useSignal(/** @type {Problem | null} */ (null)), again = useSignal(() => {});
  useEffect(() => {
    let timer = 0, live = true, turn = 0;
    const now = async () => {
      clearTimeout(timer);
      const mine = ++turn;
      try {
        const got = await ask();
        if (live && mine === turn) { value.value = got; problem.value = null; }
      } catch (error) {
        if (live && mine === turn) problem.value = problemOf(error);
      }
      const ms = problem.value ? (problem.value.retry_after ?? 5) * 1000 : pause(value.value);
      if (live && mine === turn && ms && !document.hidden) timer = setTimeout(now, ms);
    };
    const seen = () => (document.hidden ? clearTimeout(timer) : now());
    document.addEventListener('visibilitychange', seen);
    again.value = now;
    now();
    return () => { live = false; clearTimeout(timer); document.removeEventListener('visibilitychange', seen); };
  }, inputs);
  return { value, problem, again: () => again.value() };
}

/** @param {number} value @param {Intl.NumberFormatOptions} [how] */
export const number = (value, how) => new Intl.NumberFormat(language.value, { maximumFractionDigits: 1, ...how }).format(value);
/** @param {number} value 0 to 1 */
export const percent = (value) => number(value, { style: 'percent', maximumFractionDigits: 0 });
/** A length of time in its largest unit. @param {number} seconds */
export function lasting(seconds) {
  const [unit, size] = seconds < 90 ? ['second', 1] : seconds < 5400 ? ['minute', 60] : ['hour', 3600];
  return number(seconds / Number(size), { style: 'unit', unit: String(unit), unitDisplay: 'short', maximumFractionDigits: seconds < 10 || unit === 'hour' ? 1 : 0 });
}
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [['year', 31536000], ['month', 2592000], ['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];
/** How long ago it was. @param {string} when */
export function ago(when) {
  const seconds = Math.max(0, (Date.now() - Date.parse(when)) / 1000);
  const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? ['second', 1];
  return new Intl.RelativeTimeFormat(language.value, { numeric: 'auto' }).format(-Math.floor(seconds / size), unit);
}

/** Follow a link within the studio, unless it is to open elsewhere. @param {MouseEvent} event */
export function follow(event) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(/** @type {HTMLAnchorElement} */ (event.currentTarget).pathname);
}

/** A problem with its remedy and a way out. @param {{problem: Problem | null, retry?: () => void}} props */
export const Trouble = ({ problem, retry }) => problem && html`<div class="trouble panel" role="alert">
  <p class="bad">${problem.status ? problem.detail : t('pages.offline')}</p>${problem.remedy && html`<p class="small">${problem.remedy}</p>`}
  ${retry && html`<button onClick=${retry}>${t('pages.again')}</button>`}</div>`;

/** The state of a film or a run, in a colour and in words. @param {{state: string, progress?: number | null}} props */
export const State = ({ state, progress }) => html`<span class=${`state ${state}`}>${t(`state.${state}`)}${
  state === 'running' && progress ? ` ${percent(progress)}` : ''}</span>`;
