/** What the pages beside the editor share: asking again and again, numbers and ages in words, problems. */
import { html, useEffect, useSignal } from '../vendor/ui.js';
import { ApiError, get } from '../api.js';
import { language, t } from '../i18n.js';

/** @typedef {import('../types.d.ts').Problem} Problem */
export const UNDER_WAY = ['queued', 'running', 'waiting'];

/** @param {unknown} error @returns {Problem} */
export const problemOf = (error) => {
  if (error instanceof ApiError) return error.problem;
  throw error;
};

/** Some projects, as lists show them. @param {string[]} ids @returns {Promise<import('../types.d.ts').ProjectLine[]>} */
export const of = async (ids) => (ids.length ? (await get(`/api/projects?limit=100&id=${ids.join('&id=')}`)).projects : []);

/** Ask at once, and again after what *pause* says of the answer (ms; 0: no more), while the page is seen; anew when *inputs* change.
 * `tried`: a handler that does something, shows what went wrong with it, and then asks.
 * @template T @param {() => Promise<T>} ask @param {(value: T | null) => number} [pause] @param {unknown[]} [inputs] */
export function usePolled(ask, pause = () => 0, inputs = []) {
  const value = useSignal(/** @type {T | null} */ (null)), unanswered = useSignal(/** @type {Problem | null} */ (null)), wrong = useSignal(unanswered.value);
  const again = useSignal(() => {});
  useEffect(() => {
    let timer = 0, turn = 0;
    const now = async () => {
      clearTimeout(timer);
      const mine = ++turn;
      /** @type {Problem | null} */
      let problem = null, got = value.value;
      try { got = await ask(); } catch (error) { problem = problemOf(error); }
      if (mine !== turn) return;
      [value.value, unanswered.value] = [got, problem];
      const ms = problem ? (problem.retry_after ?? 5) * 1000 : pause(got);
      if (ms && !document.hidden) timer = setTimeout(now, ms);
    };
    const seen = () => (document.hidden ? clearTimeout(timer) : now());
    document.addEventListener('visibilitychange', seen);
    again.value = now;
    now();
    return () => { turn = -1; clearTimeout(timer); document.removeEventListener('visibilitychange', seen); };
  }, inputs);
  /** @param {() => unknown} work */
  const tried = (work) => async () => {
    wrong.value = null;
    try { await work(); } catch (error) { wrong.value = problemOf(error); }
    again.value();
  };
  return { value: value.value, problem: wrong.value ?? unanswered.value, again: tried(() => {}), tried };
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

/** The state of a film or a run, in a colour and in words. @param {{state: string, progress?: number | null}} props */
export const State = ({ state, progress }) => html`<span class=${`state ${state}`}>${t(`state.${state}`)}${
  state === 'running' && progress ? ` ${percent(progress)}` : ''}</span>`;
