/** What a project's events amount to: the mirror of api/snapshot.py. */

/** @typedef {import('../types.d.ts').Snapshot} Snapshot */
/** @typedef {import('../types.d.ts').SegmentState} SegmentState */
/** @typedef {import('../types.d.ts').Run} Run */

/** The state of a project in which nothing has happened. @type {Snapshot} */
export const EMPTY = Object.freeze({
  last_event_id: 0, title: null, anchor: null, segments: [], draft_timeline: null, timeline: null, poster: null, bed: null,
  master: null, certificate: null, holds: null, progress: null, cost: null, runs: [],
});

/** @param {string} id @returns {SegmentState} */
export const blank = (id) => ({
  id, draft: null, writing: null, caption: null, visual: null, mood: null, frame: null, clip: null, shot: null, cues: null, error: null,
});

/** @param {Snapshot} state @param {string} id */
const known = (state, id) => state.segments.find((segment) => segment.id === id) ?? blank(id);

/** @param {Snapshot} state @param {string} id @param {Partial<SegmentState>} changed */
const segment = (state, id, changed) => {
  const next = { ...known(state, id), ...changed };
  const there = state.segments.some((one) => one.id === id);
  return { segments: there ? state.segments.map((one) => (one.id === id ? next : one)) : [...state.segments, next] };
};

/** @param {any} frame @param {boolean} draft */
const picture = (frame, draft) => ({ asset: frame.asset ?? null, width: frame.width ?? null, height: frame.height ?? null, draft });

/** @param {string} id @returns {Run} */
const queued = (id) => ({ id, flow: null, version: null, state: 'queued', gate: null, until: null, error: null });

/** @param {Snapshot} state @param {string} id @param {Partial<Run>} changed */
const run = (state, id, changed) => {
  const runs = state.runs.some((one) => one.id === id) ? state.runs : [...state.runs, queued(id)];
  return { runs: runs.map((one) => (one.id === id ? { ...one, ...changed } : one)) };
};

/** @type {(state: Snapshot, data: any, id: string) => Partial<Snapshot>} */
const running = (state, _, id) => run(state, id, { state: 'running', gate: null, until: null, error: null });

/** A segment's error goes once what failed is made. @param {SegmentState} before @param {string[]} steps */
const made = (before, ...steps) => (before.error && steps.includes(before.error.step) ? { error: null } : {});

/** What the cues of each shot depend on. @param {any} timeline @returns {Record<string, string>} */
const cued = (timeline) => Object.fromEntries((timeline?.shots ?? []).map((/** @type {any} */ shot) => [shot.segment, JSON.stringify([
  timeline.width, timeline.height, timeline.fps, timeline.bpm, timeline.caption_style, shot.caption, shot.beats, shot.lead_ms, shot.clip.asset.sha256,
])]));

/** @type {Record<string, (state: Snapshot, data: any, run: string) => Partial<Snapshot>>} */
const CHANGES = {
  'run.queued': (state, data, id) => ({
    segments: state.segments.map((one) => ({ ...one, error: null })),
    runs: [...state.runs.filter((one) => one.id !== id), { ...queued(id), flow: data.flow ?? null, version: data.version ?? null }],
    progress: null, cost: null, draft_timeline: null,
  }),
  'run.started': running,
  'run.resumed': running,
  'run.waiting': (state, data, id) => run(state, id, { state: 'waiting', gate: data.gate ?? null, until: data.until ?? null }),
  'run.done': (state, data, id) => ({ ...run(state, id, { state: 'done', gate: null, until: null }), title: data.title || state.title }),
  'run.failed': (state, data, id) => run(state, id, { state: 'failed', gate: null, until: null, error: data }),
  'run.cancelled': (state, _, id) => run(state, id, { state: 'cancelled', gate: null, until: null }),
  'anchor.set': (_, { anchor }) => ({ anchor }),
  'script.planned': (state, data) => {
    const names = [...Array.from({ length: data.segments }, (_, index) => `s${index + 1}`), ...(data.added ?? [])];
    const kept = state.segments.filter((one) => names.includes(one.id));
    return { segments: [...kept, ...names.filter((name) => !state.segments.some((one) => one.id === name)).map(blank)] };
  },
  'script.drafted': (state, data) => ({ title: state.title || data.title || null }),
  'script.outlined': (state, data) => ({ title: data.title || state.title }),
  'segment.drafted': (state, data) => segment(state, data.segment, { draft: data.caption ?? null }),
  'segment.writing': (state, data) => segment(state, data.segment, { writing: data.caption ?? null }),
  'segment.refined': (state, { segment: next }) => {
    const before = known(state, next.id);
    const { caption = null, visual = null, mood = null } = next;
    return segment(state, next.id, {
      writing: null, caption, visual, mood,
      ...(before.caption != null && before.caption !== caption ? { clip: null, cues: null, shot: null } : {}),
      ...(before.visual != null && before.visual !== visual ? { frame: null, shot: null } : {}),
      ...made(before, 'refine_segment'),
    });
  },
  'poster.painted': (_, { frame }) => ({ poster: picture(frame, false) }),
  'frame.drafted': (state, data) => {
    const { frame } = known(state, data.segment);
    return frame && !frame.draft ? {} : segment(state, data.segment, { frame: picture(data, true) });
  },
  'frame.drawn': (state, data) => segment(state, data.segment, {
    frame: picture(data.frame, false), ...made(known(state, data.segment), 'draft_frame', 'draw_frame', 'take_media'),
  }),
  'clip.spoken': (state, { segment: id, clip }) => {
    const before = known(state, id);
    const cues = before.clip && before.clip.voice !== clip.voice ? null : before.cues;
    return segment(state, id, { clip, cues, ...made(before, 'speak') });
  },
  'bed.composed': (_, { bed }) => ({ bed }),
  'cues.drawn': (state, data) => segment(state, data.segment, { cues: data.cues, ...made(known(state, data.segment), 'draw_cues') }),
  'step.failed': (state, { segment: id, step, error, what, remedy, retryable }) =>
    id ? segment(state, id, { error: { step, error, what, remedy, retryable } }) : {},
  'shot.rendered': (state, data) => segment(state, data.segment, { shot: data.shot, ...made(known(state, data.segment), 'shoot') }),
  'timeline.drafted': (_, data) => ({ draft_timeline: data }),
  'timeline.laid': (state, { timeline }) => {
    const before = cued(state.timeline);
    const now = cued(timeline);
    return {
      timeline, draft_timeline: null,
      segments: (timeline.shots ?? []).map((/** @type {any} */ shot) => ({
        ...known(state, shot.segment), writing: null, caption: shot.caption, clip: shot.clip, frame: picture(shot.frame, false),
        ...(now[shot.segment] === before[shot.segment] ? {} : { cues: null }),
      })),
    };
  },
  'film.mastered': (_, { master }) => ({ master }),
  'film.certified': (_, data) => ({ certificate: data.certificate ?? null, holds: data.holds ?? null }),
  progress: (_, data) => ({ progress: data }),
  cost: (_, data) => ({ cost: data }),
};

/** The kinds of events that a stream has, beside `snapshot` and `end`. */
export const KINDS = Object.keys(CHANGES);

/** The state after the event *seq*, which follows *state*.
 * @param {Snapshot} state @param {string} kind @param {any} data @param {number} seq @returns {Snapshot} */
export function reduce(state, kind, data, seq) {
  const { run: id, at, ...rest } = data;
  return { ...state, ...CHANGES[kind]?.(state, rest, id), last_event_id: seq };
}
