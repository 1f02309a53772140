import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { canvas, comingIn, cuts, frameOfBeat, leadMs, leastBeats, motionOf, snapToBeat } from '../static/core/timeline.js';

const golden = JSON.parse(readFileSync(new URL('golden/timeline.json', import.meta.url), 'utf8'));

test('cuts are those of tasks/schema.Timeline', () => {
  for (const { bpm, fps, beats, cuts: wanted } of golden.cuts) assert.deepEqual(cuts(beats, fps, bpm), wanted);
});

test('transitions come in as tasks/timeline.py has them', () => {
  for (const { bpm, fps, index, wanted, transition, transition_frames: transitionFrames } of golden.coming) {
    assert.deepEqual(comingIn(index, wanted, golden.cuts[0].beats, bpm, fps), { transition, transitionFrames });
  }
});

test('a narration needs the beats that tasks/beats.py says', () => {
  for (const { bpm, fps, index, last, ms, beats } of golden.least) assert.equal(leastBeats(ms, index, last, bpm, fps), beats, `${ms} ms at ${bpm}`);
});

test('sizes, leads and moves are the same', () => {
  for (const [aspect, height, ...size] of golden.canvas) assert.deepEqual(canvas(aspect, height), size);
  assert.deepEqual([0, 1, 2].map(leadMs), golden.lead);
  for (const [id, seed, motion] of golden.motion) assert.equal(motionOf(id, seed), motion);
});

test('a frame snaps to the beat that it is nearest to', () => {
  for (const bpm of [57.3, 90, 220]) {
    for (let beat = 0; beat < 40; beat++) assert.equal(snapToBeat(frameOfBeat(beat, 30, bpm), 30, bpm), beat);
  }
  assert.equal(snapToBeat(-50, 30, 90), 0);
});
