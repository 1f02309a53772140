/** What begins the films of a campaign, one after the other, as quotas allow; it goes on while the studio is open. */
import { signal } from '../vendor/ui.js';
import { get, post } from '../api.js';
import { UNDER_WAY, problemOf } from './lists.js';

/** @typedef {import('../types.d.ts').Campaign} Campaign */
const KEPT = 'fw_campaign', SOON_MS = 2000;

/** @returns {Campaign | null} */
const kept = () => { try { return JSON.parse(localStorage.getItem(KEPT) ?? 'null'); } catch { return null; } };
export const campaign = signal(kept());
/** The projects of the campaign as they were seen last, by id. */
export const lines = signal(/** @type {Map<string, import('../types.d.ts').ProjectLine>} */ (new Map()));
/** Why no film is begun at the moment, and until when (ms since the epoch). */
export const held = signal(/** @type {{problem: import('../types.d.ts').Problem, until: number} | null} */ (null));
let driving = false;
addEventListener('storage', (event) => { if (event.key === KEPT) campaign.value = kept(); });

/** Keep the campaign as it is now; null: there is none any more. @param {Campaign | null} next */
export function keep(next) {
  campaign.value = next;
  if (next) localStorage.setItem(KEPT, JSON.stringify(next));
  else localStorage.removeItem(KEPT);
}
/** @param {Partial<Campaign>} part */
export const set = (part) => campaign.value && keep({ ...campaign.value, ...part });
/** @param {number} index @param {Partial<import('../types.d.ts').CampaignFilm>} part */
const mark = (index, part) => set({ films: (campaign.value?.films ?? []).map((film, n) => (n === index ? { ...film, ...part } : film)) });

/** See how the films are. */
export async function look() {
  const ids = (campaign.value?.films ?? []).flatMap((film) => film.project ?? []);
  const told = ids.length ? (await get(`/api/projects?limit=100&${ids.map((id) => `id=${id}`).join('&')}`)).projects : [];
  lines.value = new Map(told.map((/** @type {{id: string}} */ line) => [line.id, line]));
}
/** How many of the films are under way; one that was not seen yet is. */
const busy = () => (campaign.value?.films ?? []).filter(({ project }) => project && UNDER_WAY.includes(lines.value.get(project)?.state ?? 'queued')).length;
/** @param {number} ms */
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Begin the films that are not begun; one tab does it, and each request has a key of its own, so that none is made twice. */
export async function drive() {
  if (driving || !campaign.value?.on) return;
  driving = true;
  try {
    const alone = navigator.locks ? (/** @type {() => Promise<void>} */ work) => navigator.locks.request(KEPT, work) : (/** @type {() => Promise<void>} */ work) => work();
    await alone(all);
  } finally {
    driving = false;
  }
}

async function all() {
  campaign.value = kept();
  while (campaign.value?.on) {
    const index = campaign.value.films.findIndex((film) => !film.project && !film.problem);
    if (index < 0) set({ on: false });
    if (index < 0) return;
    try {
      await begin(index);
      held.value = null;
    } catch (error) {
      await refused(index, problemOf(error));
    }
  }
}

/** Begin a film, once there is a place for it. @param {number} index */
async function begin(index) {
  const { runs } = await get('/api/me/usage');
  await look();
  if (Math.max(busy(), runs.used) >= runs.limit) return rest(SOON_MS);
  const { id, brief, films } = /** @type {Campaign} */ (campaign.value);
  const { topic, tries } = /** @type {import('../types.d.ts').CampaignFilm} */ (films[index]);
  const project = await post('/api/projects', { brief: { ...brief, topic }, make: true }, { key: `${id}:${index}:${tries}` });
  return mark(index, { project: project.id });
}

/** What passes is waited for; a spent budget stops all; anything else is that film's. @param {number} index @param {import('../types.d.ts').Problem} problem */
async function refused(index, problem) {
  const passes = [0, 409, 429, 503].includes(problem.status), seconds = problem.retry_after ?? 5;
  if (passes) {
    held.value = { problem, until: Date.now() + seconds * 1000 };
    while (campaign.value?.on && Date.now() < held.value.until) await rest(500);
  } else if ([401, 402, 403].includes(problem.status)) {
    held.value = { problem, until: 0 };
    set({ on: false });
  } else mark(index, { problem });
}

/** Try again what failed or was refused, and begin what is not begun. */
export async function again() {
  const { films = [] } = campaign.value ?? {};
  const failed = films.flatMap(({ project }) => lines.value.get(project ?? '') ?? []).filter((line) => line.state === 'failed' || line.state === 'cancelled');
  set({ on: true, films: films.map(({ problem, ...film }) => (problem ? { ...film, tries: film.tries + 1 } : film)) });
  drive();
  for (const line of failed) await post(`/api/runs/${line.run}/retry`);
  await look();
}

/** Begin no more, and stop what is under way. */
export async function stop() {
  set({ on: false });
  await look();
  for (const line of lines.value.values()) if (line.run && UNDER_WAY.includes(line.state)) await post(`/api/runs/${line.run}/cancel`).catch(ended);
  await look();
}
/** A run that has ended meanwhile needs no stopping. @param {unknown} error */
const ended = (error) => { if (problemOf(error).status !== 409) throw error; };
