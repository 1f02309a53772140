import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, ducked, laid, loudest, placeAt, spoken } from '../static/ui/lanes.js';

const shot = (id, beats, voice = null) => ({ id, beats, voice });
const scene = { shots: [shot('s1', 4, { offset: 600, durationMs: 1000 }), shot('s2', 6), shot('s3', 2, { offset: 300, durationMs: 500 })] };

test('shots lie one after the other, also while one is dragged longer', () => {
  assert.deepEqual(laid(scene).map(({ start, beats }) => [start, beats]), [[0, 4], [4, 6], [10, 2]]);
  assert.deepEqual(laid(scene, { kind: 'beats', id: 's1', to: 7, by: 0 }).map(({ start }) => start), [0, 7, 13]);
  assert.deepEqual(laid(scene, { kind: 'move', id: 's1', to: 2, by: 300 }), laid(scene));
});

test('a dragged shot takes its place by its middle', () => {
  const clips = laid(scene);
  assert.deepEqual([0, 6, 8, 20].map((beat) => placeAt(clips, 's1', beat)), [0, 0, 1, 2]);
  assert.equal(placeAt(clips, 's3', -1), 0);
});

test('music steps back by 11 dB before a voice begins, and comes again after it', () => {
  const gain = ducked([[1000, 2000]]), low = 10 ** (-11 / 20);
  for (const [ms, wanted] of [[0, 1], [700, 1], [1000, low], [1500, low], [2200, low], [2900, 1], [9000, 1]]) {
    assert.ok(Math.abs(gain(ms) - wanted) < 1e-9, `${ms} ms: ${gain(ms)}`);
  }
  assert.ok(gain(850) < 1 && gain(850) > low);
});

test('it stays down through gaps too short to come up in', () => {
  assert.ok(ducked([[0, 1000], [2500, 3000]])(1900) < 0.3);
  assert.equal(ducked([[0, 1000], [2600, 3000]])(1950), 1);
  assert.equal(ducked([])(500), 1);
});

test('voices are heard where their shots lie', () => {
  assert.deepEqual(spoken(laid(scene), 500), [[600, 1600], [5300, 5800]]);
});

test('the loudest of pairs, whichever sign, and silence where nothing is known', () => {
  const peaks = new Float32Array([-0.5, 0.25, -0.125, 0.75, -0.25, 0.5]);
  assert.equal(loudest(peaks, 0, 5), 0.5);
  assert.equal(loudest(peaks, 0, 25), 0.75);
  assert.equal(loudest(peaks, 5000, 6000), 0);
  assert.equal(loudest(undefined, 0, 10), 0);
});

test('times as clocks', () => {
  assert.deepEqual([clock(0), clock(65), clock(8.74, 1), clock(59.96, 1)], ['0:00', '1:05', '0:08.7', '1:00.0']);
});
