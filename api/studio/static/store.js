/** The state of the studio: what the server tells, under what a human changes, and how one becomes the other. */
import { batch, computed, signal } from './vendor/ui.js';
import { ApiError, get, patch, post, signedOut } from './api.js';
import { follow } from './stream.js';
import { join } from './tabs.js';
import { dropDoc, keepDoc, keepProject, keptProject, unsavedOf } from './outbox.js';
import { EMPTY, blank, reduce } from './core/reduce.js';
import { applied, mergePatch, overlap, same, sendable, typed, withCaption, withMedia, withMotion, withVisual, redone } from './core/edits.js';
import { pendingWork, planned, shotsOf } from './core/shots.js';
import { sceneOf } from './core/scene.js';

/** @typedef {import('./types.d.ts').Doc} Doc */
/** @typedef {import('./types.d.ts').Project} Project */
/** @typedef {import('./types.d.ts').Snapshot} Snapshot */
/** @typedef {import('./types.d.ts').Step} Step */
/** @typedef {import('./types.d.ts').Trouble} Trouble */
/** @typedef {[kind: string, data: any, seq: number]} Event */
/** @template T @typedef {import('./vendor/ui.js').Signal<T>} Signal */

const AUTOSAVE_MS = 400;
const JOINED_MS = 1000;
const STEPS = 200;
const SENT = 8;
const ESTIMATE_MS = 300;
const SLOWEST_MS = 30_000;
/** How long another tab's word that it saved may take. */
const WORD_MS = 250;
const KEEP_MS = 2000;

/** The project that is open, as the server last had it. */
export const project = signal(/** @type {Project | null} */ (null));
/** What its events have come to. */
export const snap = signal(/** @type {Snapshot} */ (EMPTY));
/** What a human changes. */
export const doc = signal(/** @type {Doc | null} */ (null));
/** The document that the server has. */
export const saved = signal(/** @type {Doc | null} */ (null));
export const saving = signal(/** @type {'saved' | 'saving' | 'offline' | 'conflict' | 'error'} */ ('saved'));
export const stream = signal(/** @type {'idle' | 'open' | 'reconnecting' | 'ended' | 'failed'} */ ('idle'));
export const problem = signal(/** @type {Trouble | null} */ (null));
/** The shot that is selected. */
export const selected = signal(/** @type {string | null} */ (null));
/** Both documents, when the project was changed elsewhere too. */
export const conflict = signal(/** @type {{mine: Doc, theirs: Doc} | null} */ (null));
export const versions = signal(/** @type {import('./types.d.ts').VersionLine[]} */ ([]));
export const estimate = signal(/** @type {import('./types.d.ts').Estimate | null} */ (null));
/** What the film that is shown, or under way, was made of. */
export const made = signal(/** @type {import('./types.d.ts').Made | null} */ (null));
/** A run was asked for, and has not begun. */
const asked = signal(false);
const past = signal(/** @type {Step[]} */ ([]));
const future = signal(/** @type {Step[]} */ ([]));
export { signedOut };

/** The latest run. */
export const run = computed(() => snap.value.runs.at(-1) ?? null);
/** Whether a run is under way. */
export const busy = computed(() => asked.value || ['queued', 'running', 'waiting'].includes(run.value?.state ?? ''));
/** The shots in order: as many empty ones as there will be, until the first is known. */
export const shots = computed(() => {
  if (!doc.value) return [];
  const empty = !snap.value.segments.length && busy.value;
  const segments = empty ? Array.from({ length: planned(doc.value.brief) }, (_, index) => blank(`s${index + 1}`)) : snap.value.segments;
  return shotsOf({ ...snap.value, segments }, doc.value, made.value, seen);
});
/** What the next run will make. */
export const pending = computed(() => (doc.value ? pendingWork(shots.value, snap.value, doc.value, made.value, seen) : []));
/** What is drawn and heard; null until one shot has a picture. */
export const scene = computed(() => (doc.value ? sceneOf(snap.value, doc.value, made.value) : null));
export const canUndo = computed(() => past.value.length > 0);
export const canRedo = computed(() => future.value.length > 0);

/** Segments that the film had and may get again. @type {Map<string, import('./types.d.ts').SegmentState>} */
const seen = new Map();
/** Counts openings: what comes late for an earlier one is dropped. */
let epoch = 0;
/** The address that is to be open. */
let wanted = '';
/** @type {Room | null} */
let room = null;

/** @param {Project} from @returns {Doc} */
const docOf = ({ title, brief, edits }) => ({ title, brief, edits });
/** @param {string} id */
const path = (id) => `/api/projects/${id}`;
/** @param {unknown} error */
const statusOf = (error) => (error instanceof ApiError ? error.problem.status : -1);
/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
/** What the page can do without, or tries again: reading once more, keeping for later. @param {Promise<unknown>} wish */
const quietly = (wish) => { wish.catch((error) => console.warn('studio:', error)); };

/** @param {unknown} error @param {Trouble['about']} about */
function fail(error, about) {
  if (!(error instanceof ApiError)) throw error;
  problem.value = { ...error.problem, about };
}
/** @param {Trouble['about']} about */
const well = (about) => { if (problem.value?.about === about) problem.value = null; };

/** @param {Snapshot} state */
function show(state) {
  for (const segment of state.segments) seen.set(segment.id, segment);
  snap.value = state;
}

/** The tabs' common stream, and this tab's saving, of one project. */
class Room {
  /** @param {string} id */
  constructor(id) {
    this.id = id;
    this.leads = false;
    this.tries = 0;
    this.timer = 0;
    this.theirs = 0;
    /** @type {Promise<void> | null} */
    this.sending = null;
    /** @type {Doc | null} */
    this.left = null;
    /** What was sent, and may have come through. @type {Doc[]} */
    this.sent = [];
    /** @type {Event[]} */
    this.events = [];
    this.keeping = 0;
    /** @type {ReturnType<typeof follow> | null} */
    this.followed = null;
    /** @type {Map<number, import('./types.d.ts').Version>} */
    this.films = new Map();
    this.tabs = join(`fw:${id}`, { lead: () => { this.leads = true; this.start(); }, hear: (message) => this.hear(message) });
    this.tabs.send({ hello: true });
  }

  get here() { return room === this; }

  start() {
    this.followed?.close();
    this.fold();
    const url = project.value?.events;
    if (!url) return;
    this.followed = follow(url, {
      after: snap.value.last_event_id,
      onEvent: (...event) => {
        if (this.events.push(event) === 1) soon(() => this.fold());
      },
      onState: (state) => {
        this.fold();
        stream.value = state;
        this.tabs.send({ state });
      },
      renew: async () => {
        try {
          return (await get(path(this.id))).events;
        } catch (error) {
          if ([401, 403, 404].includes(statusOf(error))) return null;
          throw error;
        }
      },
    });
  }

  /** Take in what the stream told since the last frame. */
  fold() {
    if (!this.events.length || !this.here) return;
    const events = this.events;
    this.events = [];
    this.tabs.send({ after: snap.value.last_event_id, events });
    take(events);
  }

  /** @param {any} message */
  hear(message) {
    if (!this.here) return;
    if (message.hello && this.leads) this.tabs.send({ state: stream.value });
    if (message.wake && this.leads) this.start();
    if (message.reread) quietly(reread());
    if (message.state) stream.value = message.state;
    if (message.saved) accept(message.saved, message.revision);
    if (message.events) message.after > snap.value.last_event_id ? quietly(reread()) : take(message.events);
  }

  /** Go on with the stream after its end. */
  wake() {
    if (this.leads) this.start();
    else this.tabs.send({ wake: true });
  }

  keep() {
    clearTimeout(this.keeping);
    this.keeping = 0;
    const seenNow = project.value;
    if (this.here && seenNow) quietly(keepProject({ ...seenNow, snapshot: snap.value, last_event_id: snap.value.last_event_id }));
  }

  close() {
    this.keep();
    this.left = doc.value;
    clearTimeout(this.timer);
    this.followed?.close();
    this.tabs.close();
  }
}

/** In the next frame, or a little later where no frames are drawn. @param {() => void} then */
function soon(then) {
  const timer = setTimeout(() => { cancelAnimationFrame(frame); then(); }, 100);
  const frame = requestAnimationFrame(() => { clearTimeout(timer); then(); });
}

/** @param {Event[]} events */
function take(events) {
  let state = snap.value;
  const news = new Set();
  for (const [kind, data, seq] of events) {
    if (kind === 'snapshot') state = data;
    else if (seq > state.last_event_id) state = reduce(state, kind, data, seq);
    else continue;
    news.add(kind);
  }
  if (!news.size) return;
  batch(() => {
    show(state);
    if (news.has('run.queued')) asked.value = false;
  });
  if (room && !room.keeping) room.keeping = setTimeout(() => room?.keep(), KEEP_MS);
  if (['run.done', 'run.failed', 'run.cancelled', 'snapshot'].some((kind) => news.has(kind))) quietly(reread());
  else if (news.has('run.queued')) quietly(compare());
}

/** Show the project *id*: what this browser has not saved of it is merged in. @param {string} id */
export async function open(id) {
  if (room?.id === id) return;
  close();
  wanted = id;
  const mine = ++epoch;
  addEventListener('online', online);
  addEventListener('pagehide', hidden);
  try {
    const [found, unsaved] = await Promise.all([read(id), unsavedOf(id).catch(() => [])]);
    if (mine === epoch) begin(found, unsaved);
  } catch (error) {
    if (mine === epoch) fail(error, 'open');
  }
}

/** @param {string} id @returns {Promise<Project>} */
async function read(id) {
  try {
    return await get(path(id));
  } catch (error) {
    const kept = [0, 503].includes(statusOf(error)) ? await keptProject(id).catch(() => undefined) : undefined;
    if (kept) return kept;
    throw error;
  }
}

/** @param {Project} found @param {import('./outbox.js').Unsaved[]} unsaved */
function begin(found, unsaved) {
  const theirs = docOf(found);
  const kept = unsaved.map(({ base, sent, doc: wish }) => {
    const from = sent.find((one) => same(sendable(one, base), theirs)) ?? base;
    return { from, patch: mergePatch(from, wish) };
  });
  const clash = kept.findLast(({ from, patch: mine }) => overlap(mine, mergePatch(from, theirs)));
  const base = clash?.from ?? theirs;
  const mine = kept.reduce((now, { patch: change_ }) => applied(now, change_), base);
  wanted = found.id;
  batch(() => {
    project.value = found;
    show(found.snapshot);
    saved.value = base;
    doc.value = mine;
    problem.value = null;
    asked.value = false;
    saving.value = 'saved';
  });
  room = new Room(found.id);
  room.theirs = found.revision;
  room.sent = unsaved.flatMap(({ sent }) => sent);
  if (unsaved.length) quietly(dropDoc(found.id, true));
  if (clash) clashed(theirs);
  if (dirty()) put(mine, 0);
  room.keep();
  quietly(settled(found));
}

/** Leave the project; what is not saved yet is sent, and kept until it is. */
export function close() {
  wanted = '';
  epoch++;
  if (room) {
    if (!conflict.value && dirty()) quietly(save());
    room.close();
    room = null;
  }
  seen.clear();
  batch(() => {
    project.value = doc.value = saved.value = conflict.value = problem.value = selected.value = made.value = estimate.value = null;
    snap.value = EMPTY;
    saving.value = 'saved';
    stream.value = 'idle';
    past.value = future.value = [];
    versions.value = [];
    asked.value = false;
  });
}

/** Begin a film: its empty shots are there at once, the project when the server has it.
 * @param {import('./types.d.ts').Brief} brief @param {{title?: string}} [named] @returns {Promise<string>} its id */
export function create(brief, named) {
  creating ??= beginning(brief, named).finally(() => { creating = null; });
  return creating;
}
/** @type {Promise<string> | null} */
let creating = null;

/** @param {import('./types.d.ts').Brief} brief @param {{title?: string}} [named] */
async function beginning(brief, { title } = {}) {
  close();
  const mine = ++epoch;
  batch(() => {
    doc.value = { title: title || brief.topic, brief, edits: {} };
    asked.value = true;
  });
  try {
    const found = await post('/api/projects', { brief, make: true, ...(title ? { title } : {}) });
    if (mine === epoch) begin(found, []);
    return found.id;
  } catch (error) {
    if (mine === epoch) {
      close();
      fail(error, 'create');
    }
    throw error;
  }
}

/** Read the project again, for what no event tells. */
async function reread() {
  const held = room;
  if (!held) return;
  const found = /** @type {Project} */ (await get(path(held.id)));
  if (!held.here) return;
  batch(() => {
    const [mine, theirs] = [project.value ?? found, docOf(found)];
    const clash = saved.value && overlap(unsent(), mergePatch(saved.value, theirs));
    project.value = { ...found, ...docOf(mine), revision: mine.revision };
    if (!clash) accept(theirs, found.revision);
    if (found.snapshot.last_event_id > snap.value.last_event_id) show(found.snapshot);
  });
  await settled(found);
}

/** Show the film that the project shows, if another was made since, and learn of what. @param {Project} found */
async function settled(found) {
  const held = room;
  const [{ versions: lines }] = await Promise.all([get(`${path(found.id)}/versions?limit=100`), compare()]);
  const files = found.film?.files;
  const other = files?.manifest && !busy.value && files.master.sha256 !== snap.value.master?.sha256;
  const film = other ? (await get(files.manifest.url)).film : null;
  if (!held?.here) return;
  versions.value = lines;
  if (film && !busy.value) show(filmed(snap.value, film));
  held.keep();
}

/** A snapshot of a film that was made before. @param {Snapshot} state @param {any} film @returns {Snapshot} */
const filmed = (state, film) => ({
  ...state, title: film.title, anchor: film.anchor, timeline: film.timeline, draft_timeline: null, bed: film.bed, master: film.master,
  certificate: film.certificate, segments: film.timeline.shots.map((/** @type {any} */ shot, /** @type {number} */ index) => {
    const told = film.script.segments.find((/** @type {any} */ one) => one.id === shot.segment);
    const { asset, width, height } = shot.frame;
    const frame = { asset, width, height, draft: false };
    return { ...blank(shot.segment), visual: told?.visual, mood: told?.mood, caption: shot.caption, clip: shot.clip, frame, shot: film.shots[index] };
  }),
});

/** Learn what the film was made of that is shown or under way. */
async function compare() {
  const held = room;
  const number = (busy.value && run.value?.version) || project.value?.version;
  const found = number ? await version(number) : null;
  if (held?.here && !asked.value) made.value = found && { brief: found.brief, edits: found.edits };
}

/** @param {number} number @returns {Promise<import('./types.d.ts').Version>} */
async function version(number) {
  const held = /** @type {Room} */ (room);
  const found = held.films.get(number) ?? (await get(`${path(held.id)}/versions/${number}`));
  if (found.made) held.films.set(number, found);
  return found;
}

/* ---- changing, undoing, saving ---- */

/** Change the document, so that it can be undone; changes of the same `key` within a second are one.
 * @param {string} label @param {(doc: Doc) => Doc} fn @param {{key?: string}} [options] */
export function change(label, fn, { key } = {}) {
  const before = doc.value;
  if (!before) return;
  const after = fn(before);
  if (same(before, after)) return;
  const [last, at] = [past.value.at(-1), Date.now()];
  const joins = last && key && last.key === key && at - last.at < JOINED_MS;
  past.value = joins ? [...past.value.slice(0, -1), { ...last, after, at }] : [...past.value, { label, key, before, after, at }].slice(-STEPS);
  future.value = [];
  put(after);
}

/** Take the last change back, and nothing else. */
export const undo = () => step(past, future, 'after', 'before');
/** Make the change again that was taken back. */
export const redo = () => step(future, past, 'before', 'after');

/** @param {Signal<Step[]>} from @param {Signal<Step[]>} to @param {'before' | 'after'} now @param {'before' | 'after'} then */
function step(from, to, now, then) {
  const last = from.value.at(-1);
  if (!last || !doc.value) return;
  from.value = from.value.slice(0, -1);
  to.value = [...to.value, { ...last, key: undefined }];
  put(applied(doc.value, mergePatch(last[now], last[then])));
}

/** @param {Doc} next */
function put(next, ms = AUTOSAVE_MS) {
  doc.value = next;
  if (!room) return;
  keepUnsaved();
  if (conflict.value) return;
  saving.value = 'saving';
  later(ms);
}

function keepUnsaved() {
  if (room && doc.value && saved.value) quietly(keepDoc(room.id, { base: saved.value, doc: doc.value, sent: room.sent }));
}

/** @param {number} ms */
function later(ms) {
  if (!room) return;
  clearTimeout(room.timer);
  room.timer = setTimeout(() => quietly(save()), ms);
}

/** What the server does not have yet. */
const unsent = () => (doc.value && saved.value ? mergePatch(saved.value, sendable(doc.value, saved.value)) : {});
const dirty = () => Object.keys(unsent()).length > 0;

function save() {
  const held = room;
  if (!held) return Promise.resolve();
  clearTimeout(held.timer);
  held.sending ??= attempt(held).finally(() => { held.sending = null; });
  return held.sending;
}

/** One save: the change since the revision that was read. @param {Room} held */
async function attempt(held) {
  const [sent, change_, revision] = [doc.value, unsent(), project.value?.revision ?? 0];
  if (!sent || conflict.value) return;
  if (!Object.keys(change_).length) return done(held);
  saving.value = 'saving';
  held.sent = [...held.sent, sent].slice(-SENT);
  keepUnsaved();
  try {
    const found = /** @type {Project} */ (await patch(path(held.id), change_, { ifMatch: revision }));
    held.tries = 0;
    if (!held.here) return parted(held, sent, docOf(found));
    well('save');
    accept(docOf(found), found.revision, sent);
    held.tabs.send({ saved: docOf(found), revision: found.revision });
    if (dirty()) later(AUTOSAVE_MS);
    else done(held);
  } catch (error) {
    if (!held.here) return;
    if (statusOf(error) === 412) await stale(held, change_, revision);
    else refused(held, error);
  }
}

/** @param {Room} held */
function done(held) {
  saving.value = 'saved';
  well('save');
  held.sent = [];
  quietly(dropDoc(held.id));
}

/** A save that was answered after the project was left. @param {Room} held @param {Doc} sent @param {Doc} theirs */
function parted(held, sent, theirs) {
  const left = held.left && applied(theirs, mergePatch(sent, held.left));
  quietly(!left || same(left, theirs) ? dropDoc(held.id) : keepDoc(held.id, { base: theirs, doc: left, sent: [] }));
}

/** @param {Room} held @param {unknown} error */
function refused(held, error) {
  const status = statusOf(error);
  const waits = [0, 401, 429].includes(status) || status >= 500;
  saving.value = waits ? 'offline' : 'error';
  if (status) fail(error, 'save');
  if (!waits || status === 401) return;
  const after = error instanceof ApiError ? error.problem.retry_after : 0;
  later(after ? after * 1000 : Math.min(SLOWEST_MS, 1000 * 2 ** held.tries++) * (0.5 + Math.random()));
}

/** It was changed since it was read: by another tab, which says so; by this one, whose answer was lost; or elsewhere.
 * @param {Room} held @param {any} change_ @param {number} revision */
async function stale(held, change_, revision) {
  await pause(WORD_MS);
  if (!held.here) return;
  if (project.value?.revision !== revision) return later(0);
  try {
    const found = /** @type {Project} */ (await get(path(held.id)));
    const base = saved.value;
    if (!held.here || !base) return;
    const theirs = docOf(found);
    held.theirs = found.revision;
    const mine = [...held.sent, base].find((one) => same(sendable(one, base), theirs));
    if (!mine && !same(applied(theirs, change_), theirs)) return clashed(theirs);
    accept(theirs, found.revision, mine ?? base);
    later(0);
  } catch (error) {
    refused(held, error);
  }
}

/** @param {Doc} theirs */
function clashed(theirs) {
  if (!doc.value) return;
  conflict.value = { mine: doc.value, theirs };
  saving.value = 'conflict';
}

/** The server has *theirs*; what was changed here since *sent* stays. @param {Doc} theirs @param {number} revision @param {Doc | null} [sent] */
function accept(theirs, revision, sent = saved.value) {
  const [known, now] = [project.value, doc.value];
  if (!known || !now || revision < known.revision) return;
  if (conflict.value && room) {
    room.theirs = revision;
    conflict.value = { ...conflict.value, theirs };
    return;
  }
  batch(() => {
    doc.value = typed(applied(theirs, mergePatch(sent, now)), now);
    saved.value = theirs;
    project.value = { ...known, ...theirs, revision };
  });
}

/** End the conflict: by my change upon theirs, or by theirs. @param {'mine' | 'theirs'} whose */
export function settle(whose) {
  const [clash, now, known] = [conflict.value, doc.value, project.value];
  if (!clash || !now || !known || !room) return;
  const { theirs } = clash;
  const change_ = mergePatch(saved.value, now);
  batch(() => {
    conflict.value = null;
    saved.value = theirs;
    project.value = { ...known, ...theirs, revision: room?.theirs ?? known.revision };
    if (whose === 'mine') put(applied(theirs, change_), 0);
    else change('conflict', () => theirs);
  });
  if (whose === 'theirs') later(0);
}

/** Send what there is. @returns {Promise<boolean>} whether the server has it now */
async function flush() {
  do await save(); while (saving.value === 'saving' && room);
  return saving.value === 'saved';
}

/* ---- runs and versions ---- */

/** @template T @param {Trouble['about']} about @param {() => Promise<T>} ask @returns {Promise<T | null>} */
async function act(about, ask) {
  try {
    const answer = await ask();
    well(about);
    return answer;
  } catch (error) {
    fail(error, about);
    return null;
  }
}

/** Begin a run by *ask*, which counts as begun at once. @param {() => Promise<any>} ask */
async function begun(ask) {
  const held = room;
  if (busy.value || !held || !doc.value) return null;
  const before = made.value;
  asked.value = true;
  const found = (await flush()) && doc.value ? await act('run', () => {
    made.value = doc.value;
    return ask();
  }) : null;
  if (!held.here) return found;
  if (!found) {
    made.value = before;
    asked.value = false;
    return null;
  }
  held.wake();
  asked.value = false;
  await act('run', reread);
  return found;
}

/** Make the film of the document as it is. @returns {Promise<any>} the run; null: there is a problem */
export const make = () => begun(() => post(`${path(room?.id ?? '')}/runs`));
/** Make once more what the latest run did not. */
export const retry = () => begun(() => post(`/api/runs/${run.value?.id}/retry`));
/** Stop the latest run. */
export const cancel = () => act('run', () => post(`/api/runs/${run.value?.id}/cancel`));

/** Let the waiting run go on, with *edits* (unset: what was changed since it began); false ends it.
 * @param {import('./types.d.ts').Edits | false} [edits] */
export async function approve(edits) {
  if (!(await flush()) || !doc.value) return null;
  const since = mergePatch(made.value?.edits ?? {}, doc.value.edits);
  const given = edits ?? Object.fromEntries(Object.entries(since).filter(([, value]) => value !== null));
  const said = edits === false ? { approve: false } : { approve: true, edits: given };
  const answer = await act('run', () => post(`/api/runs/${run.value?.id}/approve`, said));
  if (answer) await act('run', reread);
  return answer;
}

/** Brief, edits and film of a version again. @param {number} number */
export async function restoreVersion(number) {
  const held = room;
  if (!held || !(await flush())) return null;
  const ifMatch = project.value?.revision;
  const found = await act('versions', () => post(`${path(held.id)}/versions/${number}/restore`, undefined, { ifMatch }));
  if (!found || !held.here) return null;
  change('version', () => docOf(found));
  accept(docOf(found), found.revision);
  await act('versions', reread);
  held.tabs.send({ reread: true });
  return found;
}

/** One shot as it was in a version. @param {string} id @param {number} number */
export async function restoreShot(id, number) {
  const found = await act('versions', () => version(number));
  if (!found) return;
  const told = found.film?.shots.find((/** @type {any} */ shot) => shot.segment === id);
  const { captions, visuals, redo: times, media, motions } = found.edits;
  change('shot', (now) => {
    const known = snap.value.segments.find((segment) => segment.id === id);
    const words = captions?.[id] ?? (told && told.caption !== known?.caption ? told.caption : null);
    const worded = withVisual(withCaption(now, id, words), id, visuals?.[id] ?? null);
    return withMotion(withMedia(redone(worded, id, times?.[id] ?? 0), id, media?.[id]), id, motions?.[id]);
  });
}

let asking = new AbortController();
let estimating = 0;
/** Learn soon what the next run will take; without a project, what *brief* will. @param {import('./types.d.ts').Brief} [brief] */
export function estimateNow(brief) {
  clearTimeout(estimating);
  asking.abort();
  asking = new AbortController();
  const { signal: stop } = asking;
  estimating = setTimeout(async () => {
    const now = doc.value && saved.value && sendable(doc.value, saved.value);
    const about = room && now ? { project: room.id, brief: now.brief, edits: now.edits } : { brief };
    if (!about.brief?.topic) return;
    try {
      estimate.value = await post('/api/estimate', about, { signal: stop });
    } catch (error) {
      if (stop.aborted) return;
      estimate.value = null;
      if (!(error instanceof ApiError)) throw error;
    }
  }, ESTIMATE_MS);
}

/** Make the browser known by an API key. @param {string} key */
export async function signIn(key) {
  await post('/api/session', { key });
  signedOut.value = false;
  if (room) {
    later(0);
    room.wake();
    await act('open', reread);
  } else if (wanted) await open(wanted);
}

function online() {
  if (!room && wanted) quietly(open(wanted));
  else if (room && !conflict.value && dirty()) later(0);
}
const hidden = () => room?.keep();
