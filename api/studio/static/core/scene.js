/** What is seen and heard: a snapshot with a document's edits laid over it, as a run would make it, as far as that is known. */
import { canvas, comingIn, cuts, leadMs, leastBeats, motionOf } from './timeline.js';
/** @import { SceneMaths as Maths, SceneShot } from '../types.d.ts' */

const address = (/** @type {string} */ key) => `/api/assets/${key}`;

/** The scene of a project, or null until one shot has a picture. @type {Maths['sceneOf']} */
export const sceneOf = (snapshot, { brief, edits }, made) => {
  const { timeline, anchor } = snapshot, laid = timeline ?? snapshot.draft_timeline;
  const segments = new Map(snapshot.segments.map((one) => [one.id, one])), shots = new Map(timeline?.shots.map((one) => [one.segment, one]));
  const drafts = new Map(timeline ? [] : snapshot.draft_timeline?.shots.map((one) => [one.segment, one]));
  const ids = shown(snapshot, edits, laid ? [...shots.keys(), ...drafts.keys()] : null), end = ids.length - 1;
  const language = timeline?.language ?? anchor?.language ?? brief.language ?? (/\p{sc=Han}/u.test(brief.topic) ? 'zh' : 'en');
  const fps = laid?.fps ?? brief.fps ?? 30, bpm = edits.bpm ?? laid?.bpm ?? anchor?.bpm ?? brief.bpm ?? 90;
  const height = timeline ? Math.min(timeline.width, timeline.height) : brief.height ?? 1080;
  const size = canvas(edits.aspect ?? brief.aspect ?? '16:9', height), captionStyle = edits.caption_style ?? brief.caption_style ?? 'clean';
  const alike = timeline && timeline.bpm === bpm && `${size} ${captionStyle}` === `${timeline.width},${timeline.height} ${timeline.caption_style}`;
  const parts = ids.map((id, index) => {
    const segment = segments.get(id), shot = shots.get(id), draft = drafts.get(id), clip = segment?.clip ?? shot?.clip, lead = leadMs(index);
    const caption = edits.captions?.[id] ?? segment?.caption ?? shot?.caption ?? draft?.caption ?? segment?.writing ?? segment?.draft ??
      edits.added?.[id]?.caption ?? '';
    const needs = leastBeats(clip ? clip.duration_ms * clip.pace : caption.length * (language === 'zh' ? 220 : 65), index, index === end, bpm, fps);
    const kept = timeline && shot && bpm === timeline.bpm && clip?.asset.sha256 === shot.clip.asset.sha256 && shot.lead_ms === lead &&
      (index < end || shot === timeline.shots.at(-1));
    const least = kept ? Math.min(shot.beats, needs) : needs, had = (shot ?? draft)?.beats;
    const beats = Math.max(least, edits.beats?.[id] ?? (had && laid ? Math.round((had * bpm) / laid.bpm) : needs));
    const cues = kept && beats === shot.beats && segment?.cues, lettered = cues && cues.caption === caption && cues.style === captionStyle &&
      `${size}` === `${cues.width},${cues.height}` ? cues : null;
    const mine = edits.media?.[id] ?? brief.media?.[id], before = made && (made.edits.media?.[id] ?? made.brief.media?.[id]);
    const picture = pictureOf(shot, segment, draft?.asset, mine, made && same(mine, before), size);
    const own = anchor || !shot ? motionOf(id, anchor?.seed ?? brief.seed ?? 1) : shot.motion;
    return {
      id, beats, leastBeats: least, motion: picture?.footage ? 'hold' : edits.motions?.[id] ?? own, leadMs: lead, picture, caption,
      cues: lettered?.cues ?? [], sheet: lettered?.sheet ? address(lettered.sheet.sha256) : null, lettered: !!lettered,
      voice: clip ? { url: address(clip.asset.sha256), key: clip.asset.sha256, offset: lead, durationMs: clip.duration_ms, words: clip.words } : null,
    };
  });
  if (!parts.some((part) => part.picture)) return null;
  const beats = parts.map((part) => part.beats), firsts = cuts(beats, fps, bpm), bed = snapshot.bed?.asset ?? edits.music ?? brief.music;
  let startBeat = 0;
  const scenes = parts.map((part, index) => {
    const first = firsts[index] ?? 0, frames = (firsts[index + 1] ?? 0) - first;
    const wanted = edits.transitions?.[part.id] ?? brief.transition ?? 'crossfade';
    const shot = { ...part, first, frames, startBeat, ...comingIn(index, wanted, beats, bpm, fps) };
    startBeat += part.beats;
    return /** @type {SceneShot} */ (shot);
  });
  const stage = alike && scenes.length === timeline.shots.length && scenes.every((scene, index) => unchanged(scene, timeline.shots[index]));
  return {
    width: size[0], height: size[1], fps, bpm, frames: firsts.at(-1) ?? 0, beats: startBeat, language, captionStyle,
    stage: !timeline ? 'draft' : stage ? 'made' : 'edited', shots: scenes, bed: bed ? { url: address(bed.sha256), key: bed.sha256 } : null,
  };
};

/** The shot that covers a frame, or the nearest one. @type {Maths['shotAt']} */
export const shotAt = (scene, frame) => scene.shots.findLast((shot) => shot.first <= frame) ?? scene.shots[0];

/** When a frame begins. @type {Maths['msOf']} */
export const msOf = (scene, frame) => (frame * 1000) / scene.fps;

/** The frame that is seen at a time. @type {Maths['frameAt']} */
export const frameAt = (scene, ms) => Math.max(0, Math.min(Math.floor((ms * scene.fps) / 1000 + 1e-6), scene.frames - 1));

/** @type {Maths['shown']} */
const shown = ({ segments }, { order, added = {} }, laid) => {
  const known = new Set([...(laid ?? []), ...segments.map((segment) => segment.id), ...Object.keys(added)]);
  const ids = order?.filter((id) => known.has(id)) ?? laid ?? segments.filter((segment) => segment.frame).map((segment) => segment.id);
  return [...new Set([...ids, ...Object.keys(added)])];
};

/** @type {Maths['same']} */
const same = (one, other) => one?.asset.sha256 === other?.asset.sha256 && (one?.start_s ?? 0) === (other?.start_s ?? 0) &&
  `${one?.effects ?? ''}` === `${other?.effects ?? ''}`;

/** The user's own picture, else the drawn one, else the draft's; `taken`: the timeline's is of the user's. @type {Maths['pictureOf']} */
const pictureOf = (shot, segment, draft, media, taken, [width, height]) => {
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
};

/** @type {Maths['picture']} */
const picture = ({ sha256 }, width, height, more) =>
  ({ url: address(sha256), key: sha256, width, height, focus: [0.5, 0.5], layers: [], draft: false, footage: false, ...more });

/** @type {Maths['unchanged']} */
const unchanged = (scene, shot) => !!shot && scene.id === shot.segment && scene.beats === shot.beats && scene.motion === shot.motion &&
  scene.transition === shot.transition && scene.caption === shot.caption && scene.picture?.key === shot.frame.asset.sha256 &&
  scene.voice?.key === shot.clip.asset.sha256;
