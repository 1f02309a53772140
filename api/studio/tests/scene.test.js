import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameAt, msOf, sceneOf, shotAt } from '../static/core/scene.js';
import { cuts } from '../static/core/timeline.js';

const asset = (name, media_type = 'image/png') => ({ sha256: name, media_type, size_bytes: 1 });
const clip = (name, duration_ms = 3000) => ({ asset: asset(name, 'audio/flac'), duration_ms, voice: 'v', pace: 1, words: [] });
const shot = (n, more = {}) => ({
  segment: `s${n}`, beats: 7, motion: ['push', 'parallax_left', 'tilt_up', 'parallax_push'][n - 1], transition: n > 1 ? 'crossfade' : 'cut',
  transition_frames: n > 1 ? 12 : 0, lead_ms: n > 1 ? 300 : 600, caption: `Words ${n}.`, clip: clip(`c${n}`),
  frame: { asset: asset(`f${n}`), width: 1024, height: 576, layers: [{ asset: asset(`l${n}`), depth: 0 }, { asset: asset(`m${n}`), depth: 1 }], focus: [0.4, 0.6] },
  ...more,
});
const cues = (n) => ({ sheet: asset(`q${n}`), cues: [{ first: 5, end: 60, x: 10, y: 400, width: 200, height: 40, sheet_x: 0, sheet_y: 0 }], caption: `Words ${n}.`, style: 'clean', width: 854, height: 480 });
const made = () => {
  const shots = [1, 2, 3].map((n) => shot(n));
  return {
    last_event_id: 9, anchor: { seed: 1, bpm: 90, language: 'en' }, runs: [], bed: { asset: asset('bed', 'audio/flac'), bpm: 90, beats: 21 },
    timeline: { width: 854, height: 480, fps: 30, bpm: 90, language: 'en', caption_style: 'clean', quality: 'standard', encoder: 'x264', shots },
    segments: shots.map(({ segment, caption, frame, clip }, k) => ({ id: segment, caption, frame: { ...frame, draft: false }, clip, cues: cues(k + 1) })),
  };
};
const doc = (edits = {}, brief = {}) => ({ title: '', brief: { topic: 'x', height: 480, ...brief }, edits });
const ids = (scene) => scene.shots.map(({ id }) => id);

test('a film as it was made is shown as it was made', () => {
  const scene = sceneOf(made(), doc());
  assert.equal(scene.stage, 'made');
  assert.deepEqual([scene.width, scene.height, scene.frames, scene.beats], [854, 480, 420, 21]);
  assert.deepEqual(scene.shots.map(({ first, frames, startBeat }) => [first, frames, startBeat]), [[0, 140, 0], [140, 140, 7], [280, 140, 14]]);
  assert.deepEqual(scene.shots.map(({ transition, transitionFrames }) => [transition, transitionFrames]), [['cut', 0], ['crossfade', 12], ['crossfade', 12]]);
  assert.ok(scene.shots.every(({ lettered, sheet }) => lettered && sheet));
  assert.deepEqual(scene.shots[1].picture.layers.map(({ depth }) => depth), [0, 1]);
  assert.deepEqual([scene.shots[0].voice.offset, scene.shots[1].voice.offset, scene.bed.url], [600, 300, '/api/assets/bed']);
});

test('shots are ordered, removed and added', () => {
  const scene = sceneOf(made(), doc({ order: ['s3', 's1', 's7'], added: { s7: { caption: 'New here.' }, s8: { caption: 'At the end.' } } }));
  assert.deepEqual(ids(scene), ['s3', 's1', 's7', 's8']);
  assert.equal(scene.stage, 'edited');
  assert.deepEqual(scene.shots.map(({ leadMs }) => leadMs), [600, 300, 300, 300]);
  assert.equal(scene.shots[0].transition, 'cut');
  assert.equal(scene.shots[2].picture, null);
  assert.equal(scene.shots[3].caption, 'At the end.');
  assert.deepEqual([...scene.shots.map(({ first }) => first), scene.frames], cuts(scene.shots.map(({ beats }) => beats), 30, 90));
});

test('captions are drawn as text where the words, the style, the size, the beats or the lead are others', () => {
  const lettered = (edits) => sceneOf(made(), doc(edits)).shots.map((one) => one.lettered);
  assert.deepEqual(lettered({ captions: { s2: 'Other words.' } }), [true, false, true]);
  assert.deepEqual(lettered({ beats: { s3: 9 } }), [true, true, false]);
  assert.deepEqual(lettered({ caption_style: 'bold' }), [false, false, false]);
  assert.deepEqual(lettered({ aspect: '9:16' }), [false, false, false]);
  assert.deepEqual(lettered({ order: ['s2', 's1', 's3'] }), [false, false, true]);
  assert.equal(sceneOf(made(), doc({ captions: { s2: 'Other words.' } })).shots[1].caption, 'Other words.');
});

test('a shot never has fewer beats than its narration needs', () => {
  const scene = sceneOf(made(), doc({ beats: { s2: 1, s3: 12 } }));
  assert.deepEqual(scene.shots.map(({ beats, leastBeats }) => [beats, leastBeats]), [[7, 6], [6, 6], [12, 7]]);
  assert.equal(sceneOf(made(), doc({ bpm: 180 })).shots[0].beats, 14);
});

test('moves and transitions are those that were chosen', () => {
  const scene = sceneOf(made(), doc({ motions: { s2: 'pull' }, transitions: { s1: 'wipe', s2: 'wipe', s3: 'cut' } }));
  assert.equal(scene.shots[1].motion, 'pull');
  assert.deepEqual(scene.shots.map(({ transition, transitionFrames }) => [transition, transitionFrames]), [['cut', 0], ['wipe', 12], ['cut', 0]]);
});

test('a picture of the user\'s own is shown until a run has taken it', () => {
  const media = { s1: { asset: asset('mine', 'image/jpeg') }, s2: { asset: asset('clip', 'video/mp4') } };
  const pending = sceneOf(made(), doc({ media }));
  assert.deepEqual(pending.shots.map(({ picture }) => [picture.key, picture.footage]), [['mine', false], ['clip', true], ['f3', false]]);
  assert.equal(pending.shots[1].motion, 'hold');
  const taken = sceneOf(made(), doc({ media }), doc({ media }));
  assert.deepEqual(taken.shots.map(({ picture }) => picture.key), ['f1', 'f2', 'f3']);
});

test('a picture drawn anew replaces the one that was rendered, a draft does not', () => {
  const snapshot = made();
  snapshot.segments[0].frame = { asset: asset('new'), width: 1024, height: 576, draft: false };
  snapshot.segments[1].frame = { asset: asset('rough'), width: 512, height: 288, draft: true };
  const scene = sceneOf(snapshot, doc());
  assert.deepEqual(scene.shots.map(({ picture }) => picture.key), ['new', 'f2', 'f3']);
  assert.equal(scene.stage, 'edited');
});

test('the draft is played as it comes', () => {
  const empty = { last_event_id: 0, segments: [{ id: 's1' }, { id: 's2' }], runs: [] };
  assert.equal(sceneOf(empty, doc()), null);
  const first = sceneOf({ ...empty, segments: [{ id: 's1', draft: 'Some words.', frame: { asset: asset('d1'), width: 512, height: 288, draft: true } }, { id: 's2' }] }, doc());
  assert.deepEqual([ids(first), first.stage, first.shots[0].picture.draft], [['s1'], 'draft', true]);
  assert.ok(first.frames > 0);
  const draft_timeline = { bpm: 90, fps: 30, duration_ms: 0, shots: [{ segment: 's1', beats: 6, caption: 'A.', asset: asset('d1') }, { segment: 's2', beats: 5, caption: 'B.', asset: asset('d2') }] };
  const drafted = sceneOf({ ...empty, draft_timeline, segments: [{ id: 's1', frame: { asset: asset('f1'), width: 1024, height: 576, draft: false }, clip: clip('c1', 5000) }, { id: 's2' }] }, doc());
  assert.deepEqual(drafted.shots.map(({ picture, beats }) => [picture.key, picture.draft, beats]), [['f1', false, 9], ['d2', true, 5]]);
  assert.equal(drafted.shots[0].voice.key, 'c1');
});

test('frames and times agree, and nothing lies beyond the ends', () => {
  const scene = sceneOf(made(), doc());
  for (let frame = 0; frame < scene.frames; frame++) assert.equal(frameAt(scene, msOf(scene, frame)), frame);
  assert.deepEqual([frameAt(scene, -5), frameAt(scene, 1e9)], [0, 419]);
  assert.deepEqual([shotAt(scene, 139).id, shotAt(scene, 140).id, shotAt(scene, 9999).id], ['s1', 's2', 's3']);
});

test('a hundred shots take less than a millisecond', () => {
  const snapshot = made(), shots = Array.from({ length: 100 }, (_, k) => shot((k % 3) + 1, { segment: `s${k + 1}`, lead_ms: k ? 300 : 600 }));
  snapshot.timeline.shots = shots;
  snapshot.segments = shots.map((one) => ({ id: one.segment, caption: one.caption, clip: one.clip, frame: { ...one.frame, draft: false } }));
  for (let k = 0; k < 200; k++) sceneOf(snapshot, doc({ motions: { s2: 'pull' } }));
  const times = Array.from({ length: 50 }, () => {
    const begun = performance.now();
    sceneOf(snapshot, doc({ motions: { s2: 'pull' } }));
    return performance.now() - begun;
  }).sort((a, b) => a - b);
  assert.ok(times[10] < 1, `${times[10]} ms`);
});
