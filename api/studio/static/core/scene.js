/** What is on screen and heard: a snapshot with a document's edits laid over it, as a run would make it, as far as that is known. */
import { canvas, comingIn, cuts, leadMs, leastBeats, motionOf } from './timeline.js';
/** @typedef {import('../types.d.ts').Snapshot} Snapshot */
/** @typedef {import('../types.d.ts').Doc} Doc */
/** @typedef {import('../types.d.ts').Scene} Scene */
/** @typedef {import('../types.d.ts').SceneShot} SceneShot */
/** @typedef {import('../types.d.ts').ScenePicture} ScenePicture */
/** @typedef {import('../types.d.ts').Media} Media */
/** @typedef {import('../types.d.ts').Shot} Shot */
/** @typedef {import('../types.d.ts').SegmentState} Segment */
/** @typedef {import('../types.d.ts').Asset} Asset */
/** @typedef {Pick<Doc, 'brief' | 'edits'>} Made */

const CHAR_MS = { zh: 220, en: 65 };

/** @param {string} key */
const address = (key) => `/api/assets/${key}`;

/** The scene of a project, or null until one shot has a picture; `made` is the brief and edits of the film that the timeline is of.
 * @param {Snapshot} snapshot @param {Doc} doc @param {Made | null} [made] @returns {Scene | null} */
export function sceneOf(snapshot, doc, made) {
  const { brief, edits } = doc, { timeline, anchor } = snapshot, draft = timeline ? null : snapshot.draft_timeline;
  const segments = new Map(snapshot.segments.map((segment) => [segment.id, segment]));
  const shots = new Map(timeline?.shots.map((shot) => [shot.segment, shot]));
  const drafts = new Map(draft?.shots.map((shot) => [shot.segment, shot]));
  const laid = timeline ?? draft, ids = shown(snapshot, doc, laid ? [...shots.keys(), ...drafts.keys()] : null);
  const language = timeline?.language ?? anchor?.language ?? brief.language ?? (/\p{sc=Han}/u.test(brief.topic) ? 'zh' : 'en');
  const fps = laid?.fps ?? brief.fps ?? 30, bpm = edits.bpm ?? laid?.bpm ?? anchor?.bpm ?? brief.bpm ?? 90;
  const [width, height] = canvas(edits.aspect ?? brief.aspect ?? '16:9', timeline ? Math.min(timeline.width, timeline.height) : brief.height ?? 1080);
  const captionStyle = edits.caption_style ?? brief.caption_style ?? 'clean';
  const pictures = ids.map((id) => {
    const media = edits.media?.[id] ?? brief.media?.[id], before = made && (made.edits.media?.[id] ?? made.brief.media?.[id]);
    return pictureOf(shots.get(id), segments.get(id), drafts.get(id)?.asset, media, made && same(media, before), width, height);
  });
  if (!pictures.some(Boolean)) return null;

  const parts = ids.map((id, index) => {
    const segment = segments.get(id), shot = shots.get(id), clip = segment?.clip ?? shot?.clip;
    const caption = edits.captions?.[id] ?? segment?.caption ?? shot?.caption ?? drafts.get(id)?.caption ??
      segment?.writing ?? segment?.draft ?? edits.added?.[id]?.caption ?? '';
    const narration = clip ? clip.duration_ms * clip.pace : caption.length * CHAR_MS[language === 'zh' ? 'zh' : 'en'];
    const needs = leastBeats(narration, index, index === ids.length - 1, bpm, fps), had = shot?.beats ?? drafts.get(id)?.beats;
    const kept = timeline && shot && bpm === timeline.bpm && clip?.asset.sha256 === shot.clip.asset.sha256 && shot.lead_ms === leadMs(index) &&
      (timeline.shots.at(-1) === shot || index < ids.length - 1);
    const least = kept ? Math.min(shot.beats, needs) : needs;
    const beats = Math.max(least, edits.beats?.[id] ?? (had && laid ? Math.round((had * bpm) / laid.bpm) : needs));
    return { id, shot, clip, caption, least, beats, kept, cues: segment?.cues };
  });
  const beats = parts.map((part) => part.beats), starts = cuts(beats, fps, bpm);
  let startBeat = 0;
  /** @type {SceneShot[]} */
  const scenes = parts.map(({ id, shot, clip, caption, least, kept, ...part }, index) => {
    const picture = pictures[index] ?? null, cues = part.cues;
    const valid = cues && shot && kept && shot.beats === part.beats && cues.caption === caption && cues.style === captionStyle &&
      cues.width === width && cues.height === height;
    const chosen = edits.motions?.[id] ?? (anchor || !shot ? motionOf(id, anchor?.seed ?? brief.seed ?? 1) : shot.motion);
    startBeat += part.beats;
    return {
      id, first: starts[index] ?? 0, frames: (starts[index + 1] ?? 0) - (starts[index] ?? 0), startBeat: startBeat - part.beats, beats: part.beats,
      leastBeats: least, motion: picture?.footage ? 'hold' : chosen, leadMs: leadMs(index), picture, caption,
      ...comingIn(index, edits.transitions?.[id] ?? brief.transition ?? 'crossfade', beats, bpm, fps),
      cues: valid ? cues.cues : [], sheet: valid && cues.sheet ? address(cues.sheet.sha256) : null, lettered: !!valid,
      voice: clip ? { url: address(clip.asset.sha256), key: clip.asset.sha256, offset: leadMs(index), durationMs: clip.duration_ms, words: clip.words } : null,
    };
  });
  const bed = snapshot.bed?.asset ?? edits.music ?? brief.music;
  const whole = timeline && timeline.bpm === bpm && timeline.caption_style === captionStyle && timeline.width === width && timeline.height === height;
  const alike = whole && scenes.length === timeline.shots.length && scenes.every((scene, index) => unchanged(scene, timeline.shots[index]));
  return {
    width, height, fps, bpm, frames: starts.at(-1) ?? 0, beats: startBeat, language, captionStyle, stage: !timeline ? 'draft' : alike ? 'made' : 'edited',
    shots: scenes, bed: bed ? { url: address(bed.sha256), key: bed.sha256 } : null,
  };
}

/** The shot that covers a frame; the nearest one beyond the ends. @param {Scene} scene @param {number} frame @returns {SceneShot | undefined} */
export const shotAt = (scene, frame) => scene.shots.findLast((shot) => shot.first <= frame) ?? scene.shots[0];

/** When a frame begins, in ms. @param {Scene} scene @param {number} frame */
export const msOf = (scene, frame) => (frame * 1000) / scene.fps;

/** The frame that is seen at `ms`. @param {Scene} scene @param {number} ms */
export const frameAt = (scene, ms) => Math.min(Math.max(Math.floor((ms * scene.fps) / 1000 + 1e-6), 0), Math.max(0, scene.frames - 1));

/** The segments shown, in order. @param {Snapshot} snapshot @param {Doc} doc @param {string[] | null} laid */
function shown({ segments }, { edits }, laid) {
  const known = new Set([...(laid ?? []), ...segments.map((segment) => segment.id), ...Object.keys(edits.added ?? {})]);
  const order = edits.order?.filter((id) => known.has(id)) ?? laid ?? segments.filter((segment) => segment.frame).map((segment) => segment.id);
  return [...new Set([...order, ...Object.keys(edits.added ?? {})])];
}

/** @param {Media | null | undefined} one @param {Media | null | undefined} other */
const same = (one, other) => one?.asset.sha256 === other?.asset.sha256 && (one?.start_s ?? 0) === (other?.start_s ?? 0) &&
  String(one?.effects ?? '') === String(other?.effects ?? '');

/** The best picture there is of a segment: the user's own, then the drawn one, then the draft's.
 * @param {Shot | undefined} shot @param {Segment | undefined} segment @param {Asset | null | undefined} draft @param {Media | undefined} media
 * @param {boolean | null | undefined} taken whether the timeline's frame was made of `media`; unknown: it looks like it
 * @param {number} width @param {number} height @returns {ScenePicture | null} */
function pictureOf(shot, segment, draft, media, taken, width, height) {
  const laid = shot?.frame, drawn = segment?.frame;
  if (media && !(laid && (taken ?? (laid.footage ? same(laid.footage, media) : !laid.layers?.length)))) {
    return picture(media.asset, width, height, { footage: media.asset.media_type.startsWith('video/') });
  }
  if (laid && (!drawn || drawn.draft || drawn.asset.sha256 === laid.asset.sha256)) {
    const layers = (laid.layers ?? []).map(({ asset, depth }) => ({ url: address(asset.sha256), depth }));
    return picture(laid.asset, laid.width, laid.height, { layers, focus: laid.focus ?? [0.5, 0.5], footage: !!laid.footage });
  }
  if (drawn) return picture(drawn.asset, drawn.width, drawn.height, { draft: drawn.draft });
  return draft ? picture(draft, width, height, { draft: true }) : null;
}

/** @param {Asset} asset @param {number} width @param {number} height @param {Partial<ScenePicture>} more @returns {ScenePicture} */
const picture = ({ sha256 }, width, height, more) =>
  ({ url: address(sha256), key: sha256, width, height, focus: [0.5, 0.5], layers: [], draft: false, footage: false, ...more });

/** @param {SceneShot} scene @param {Shot | undefined} shot */
const unchanged = (scene, shot) => !!shot && scene.id === shot.segment && scene.beats === shot.beats && scene.motion === shot.motion &&
  scene.transition === shot.transition && scene.caption === shot.caption && scene.picture?.key === shot.frame.asset.sha256 &&
  scene.voice?.key === shot.clip.asset.sha256;
