import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { EMPTY, blank } from '../static/core/reduce.js';
import { applied, moved, removed, withCaption, withSetting } from '../static/core/edits.js';
import { orderOf, pendingWork, planned, shotsOf } from '../static/core/shots.js';
import * as store from '../static/store.js';

const brief = { topic: 'Bees', seconds: 15 };
const doc = { title: 'Bees', brief, edits: {} };
const made = { brief, edits: {} };
const snap = { ...EMPTY, segments: ['s1', 's2', 's3'].map((id) => ({ ...blank(id), caption: `Of ${id}.`, shot: {} })) };
const shots = (edits, state = snap, seen = new Map()) => shotsOf(state, { ...doc, edits }, made, seen);

beforeEach(() => {
  mock.timers.enable({ apis: ['Date'], now: 1e12 });
  store.close();
  store.doc.value = doc;
});
afterEach(() => mock.timers.reset());

test('changes of one key within a second are taken back at once, others one by one', () => {
  for (const text of ['B', 'Be', 'Bee']) store.change('caption', (now) => withCaption(now, 's1', text), { key: 'caption s1' });
  mock.timers.tick(1000);
  store.change('caption', (now) => withCaption(now, 's1', 'Bees'), { key: 'caption s1' });
  store.undo();
  assert.equal(store.doc.value.edits.captions.s1, 'Bee');
  store.undo();
  assert.deepEqual(store.doc.value.edits.captions ?? {}, {});
  assert.ok(!store.canUndo.value);
  store.redo();
  store.redo();
  assert.equal(store.doc.value.edits.captions.s1, 'Bees');
  assert.ok(!store.canRedo.value);
});

test('undo takes back its own step only', () => {
  store.change('voice', (now) => withSetting(now, 'voice', 'alto'));
  store.doc.value = applied(store.doc.value, { title: 'Honey', edits: { captions: { s2: 'From elsewhere.' } } });
  store.undo();
  assert.deepEqual([store.doc.value.title, store.doc.value.edits.captions, store.doc.value.edits.voice], ['Honey', { s2: 'From elsewhere.' }, undefined]);
  store.redo();
  assert.equal(store.doc.value.edits.voice, 'alto');
});

test('two hundred steps can be taken back, and what changes nothing is none', () => {
  store.change('nothing', (now) => ({ ...now }));
  assert.ok(!store.canUndo.value);
  for (let bpm = 0; bpm <= 250; bpm++) store.change('bpm', (now) => withSetting(now, 'bpm', bpm));
  let steps = 0;
  for (; store.canUndo.value; steps++) store.undo();
  assert.deepEqual([steps, store.doc.value.edits.bpm], [200, 50]);
});

test('what a human says wins over what the model writes later', () => {
  const state = { ...snap, segments: [{ ...blank('s1'), draft: 'Draft.', writing: 'Being writ', caption: 'Written.' }] };
  assert.deepEqual(shots({ captions: { s1: 'Mine.' } }, state).map(({ caption, phase }) => [caption, phase]), [['Mine.', 'writing']]);
  assert.equal(shots({}, state)[0].caption, 'Being writ');
});

test('each shot says what the next run makes of it', () => {
  const edits = moved(withCaption(doc, 's1', 'Mine.'), ['s1', 's2', 's3'], 's3', 0).edits;
  const views = shots({ ...edits, redo: { s2: 1 } });
  assert.deepEqual(views.map(({ id, number, pending }) => [id, number, pending]), [
    ['s3', 1, ['order']], ['s1', 2, ['caption', 'order']], ['s2', 3, ['picture']],
  ]);
});

test('what was removed, and what is of the whole film, is pending too', () => {
  const now = withSetting(removed(doc, ['s1', 's2', 's3'], 's2'), 'voice', 'alto');
  const work = pendingWork(shots(now.edits), snap, now, made, new Map());
  assert.deepEqual(work, [{ shot: 's2', what: 'removed' }, { shot: null, what: 'voice' }]);
  assert.deepEqual(pendingWork(shots({}), snap, { ...doc, brief: { ...brief, style: 'noir' } }, made, new Map()), [{ shot: null, what: 'brief' }]);
});

test('a shot that the film has lost can come back', () => {
  const seen = new Map([['s9', { ...blank('s9'), caption: 'Once.' }]]);
  assert.deepEqual(shots({ order: ['s9', 's1'] }, snap, seen).map(({ caption, pending }) => [caption, pending.includes('new')]), [['Once.', true], ['Of s1.', false]]);
  const added = { s201: { caption: 'x' } };
  assert.deepEqual(orderOf(snap, { order: ['s8', 's201', 's1'], added }, new Map()), ['s201', 's1']);
  assert.deepEqual(orderOf(snap, { added }, new Map()), ['s1', 's2', 's3', 's201']);
});

test('as many empty shots are shown as the server will plan', () => {
  assert.deepEqual([5, 10, 15, 30, 60, 600].map((seconds) => planned({ topic: '', seconds })), [1, 2, 2, 5, 9, 93]);
});
