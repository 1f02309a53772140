/** The shots as they are shown: what the snapshot has, under what a human changed. */
import { blank } from './reduce.js';
import { same } from './edits.js';

/** @typedef {import('../types.d.ts').Doc} Doc */
/** @typedef {import('../types.d.ts').Edits} Edits */
/** @typedef {import('../types.d.ts').Snapshot} Snapshot */
/** @typedef {import('../types.d.ts').SegmentState} SegmentState */
/** @typedef {import('../types.d.ts').ShotView} ShotView */
/** @typedef {import('../types.d.ts').Made} Made */
/** @typedef {Map<string, SegmentState>} Seen */

const LOOKS = /** @type {const} */ (['voice', 'bpm', 'mood', 'aspect', 'caption_style', 'quality', 'music']);

/** How many segments a brief's length will give, as tasks/writing/plan.py has it. @param {import('../types.d.ts').Brief} brief */
export const planned = ({ seconds = 30, bpm }) => Math.max(seconds >= 10 ? 2 : 1, Math.round((0.95 * seconds) / (5.8 + 30 / (bpm ?? 90))));

/** The segments that are shown, in order. @param {Snapshot} snap @param {Edits} edits @param {Seen} seen */
export function orderOf(snap, edits, seen) {
  const own = Object.keys(edits.added ?? {});
  const told = snap.segments.map(({ id }) => id);
  const there = [...told, ...own.filter((id) => !told.includes(id))];
  return edits.order?.filter((id) => there.includes(id) || seen.has(id)) ?? there;
}

/** @param {ShotView['pending'][number]} what @param {any} before @param {any} after */
const differs = (what, before, after) => (same(before, after) ? [] : [what]);

/** What the next run makes of one shot.
 * @param {string} id @param {string[]} ids @param {string[]} before @param {Edits} now @param {Edits} old @returns {ShotView['pending']} */
function pendingOf(id, ids, before, now, old) {
  if (!before.includes(id)) return ['new'];
  const common = ids.filter((one) => before.includes(one));
  const stayed = before.filter((one) => common.includes(one));
  return [
    ...differs('caption', [old.captions?.[id], old.added?.[id]?.caption], [now.captions?.[id], now.added?.[id]?.caption]),
    ...differs('visual', [old.visuals?.[id], old.added?.[id]?.visual], [now.visuals?.[id], now.added?.[id]?.visual]),
    ...differs('picture', old.redo?.[id], now.redo?.[id]),
    ...differs('media', old.media?.[id], now.media?.[id]),
    ...differs('beats', old.beats?.[id], now.beats?.[id]),
    ...differs('motion', old.motions?.[id], now.motions?.[id]),
    ...differs('transition', old.transitions?.[id], now.transitions?.[id]),
    ...differs('order', stayed[stayed.indexOf(id) - 1], common[common.indexOf(id) - 1]),
  ];
}

/** @param {SegmentState} segment @param {boolean} own @returns {ShotView['phase']} */
const phaseOf = (segment, own) =>
  segment.writing != null ? 'writing' : segment.caption != null ? 'final' : segment.draft != null || own ? 'drafted' : 'waiting';

/** @param {import('../types.d.ts').Asset | null | undefined} asset */
const url = (asset) => (asset ? `/api/assets/${asset.sha256}` : null);

/** @param {Snapshot} snap @param {Doc} doc @param {Made | null} made what the film that is shown, or under way, was made of @param {Seen} seen
 * @returns {ShotView[]} */
export function shotsOf(snap, doc, made, seen) {
  const { edits } = doc;
  const ids = orderOf(snap, edits, seen);
  const before = made ? orderOf(snap, made.edits, seen) : ids;
  return ids.map((id, index) => {
    const segment = snap.segments.find((one) => one.id === id) ?? seen.get(id) ?? blank(id);
    const own = edits.added?.[id];
    const media = edits.media?.[id] ?? doc.brief.media?.[id] ?? null;
    const pending = made ? pendingOf(id, ids, before, edits, made.edits) : [];
    const shown = media?.asset.media_type.startsWith('image/') && (pending.includes('media') || !segment.frame) ? media.asset : segment.frame?.asset;
    return {
      id, number: index + 1, phase: phaseOf(segment, !!own), pending, media, error: segment.error ?? null, added: !!own,
      caption: edits.captions?.[id] ?? own?.caption ?? segment.writing ?? segment.caption ?? segment.draft ?? '',
      draft: segment.draft ?? null, visual: edits.visuals?.[id] ?? own?.visual ?? segment.visual ?? '', mood: own?.mood ?? segment.mood ?? null,
      picture: url(shown), pictureDraft: !!segment.frame?.draft && shown === segment.frame.asset, voice: segment.clip ?? null,
      rendered: segment.shot != null, locked: !!edits.locked?.includes(id),
    };
  });
}

/** All that the next run makes: of shots, and of the whole film (`shot` null).
 * @param {ShotView[]} shots @param {Snapshot} snap @param {Doc} doc @param {Made | null} made @param {Seen} seen
 * @returns {import('../types.d.ts').Pending[]} */
export function pendingWork(shots, snap, doc, made, seen) {
  if (!made) return [];
  const { edits, brief } = made;
  const gone = orderOf(snap, edits, seen).filter((id) => shots.every((shot) => shot.id !== id));
  return [
    ...shots.flatMap(({ id, pending }) => pending.map((what) => ({ shot: id, what }))),
    ...gone.map((shot) => ({ shot, what: /** @type {const} */ ('removed') })),
    ...LOOKS.filter((name) => !same(edits[name], doc.edits[name])).map((what) => ({ shot: null, what })),
    ...(same(brief, doc.brief) ? [] : [{ shot: null, what: /** @type {const} */ ('brief') }]),
  ];
}
