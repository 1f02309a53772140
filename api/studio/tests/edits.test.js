import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as edits from '../static/core/edits.js';

const doc = { title: 'Bees', brief: { topic: 'Bees' }, edits: { captions: {}, order: null } };
const ids = ['s1', 's2', 's3'];

test('words are put over those of the script, and taken back', () => {
  const worded = edits.withCaption(doc, 's2', 'A dance.');
  assert.deepEqual(worded.edits.captions, { s2: 'A dance.' });
  assert.deepEqual(doc.edits.captions, {});
  assert.deepEqual(edits.withCaption(worded, 's2', null).edits.captions, {});
});

test('shots are moved, removed, and the last one stays', () => {
  assert.deepEqual(edits.moved(doc, ids, 's1', 2).edits.order, ['s2', 's3', 's1']);
  assert.deepEqual(edits.moved(doc, ids, 's3', 0).edits.order, ['s3', 's1', 's2']);
  assert.equal(edits.moved(doc, ids, 's2', 1), doc);
  assert.deepEqual(edits.removed(doc, ids, 's2').edits.order, ['s1', 's3']);
  assert.equal(edits.removed(doc, ['s1'], 's1'), doc);
});

test('an added shot has a number that no script reaches, and keeps its own words', () => {
  const one = edits.added(doc, ids, 's1', { caption: 'New.' });
  assert.deepEqual(one.edits.order, ['s1', 's201', 's2', 's3']);
  const two = edits.added(one, one.edits.order, null, { caption: 'First.' });
  assert.deepEqual(two.edits.order, ['s202', 's1', 's201', 's2', 's3']);
  const worded = edits.withVisual(edits.withCaption(two, 's201', 'Newer.'), 's201', 'a hive');
  assert.deepEqual(worded.edits.added.s201, { caption: 'Newer.', visual: 'a hive' });
  assert.deepEqual(worded.edits.captions, {});
  const dressed = edits.locked(edits.withBeats(worded, 's201', 8), 's201', true);
  const gone = edits.removed(dressed, dressed.edits.order, 's201').edits;
  assert.deepEqual([Object.keys(gone.added), gone.beats, gone.locked], [['s202'], {}, null]);
});

test('a locked shot is held as it is now', () => {
  const held = edits.locked(doc, 's1', true, { caption: 'Now.', visual: 'A field' });
  assert.deepEqual([held.edits.locked, held.edits.captions, held.edits.visuals], [['s1'], { s1: 'Now.' }, { s1: 'A field' }]);
  assert.equal(edits.locked(held, 's1', false).edits.locked, null);
});

test('a patch makes one document of another, whichever way', () => {
  const asset = { sha256: 'a', media_type: 'image/png', size_bytes: 1 };
  const other = { ...asset, sha256: 'b', media_type: 'image/jpeg' };
  const documents = [
    doc, edits.withCaption(doc, 's1', 'One.'), edits.moved(doc, ids, 's1', 2), edits.withSetting(doc, 'music', asset),
    edits.withSetting(doc, 'music', other), edits.withMedia(doc, 's1', { asset, effects: ['mirror'] }), edits.redone(doc, 's1'),
  ];
  for (const before of documents) {
    for (const after of documents) {
      const patch = edits.mergePatch(before, after);
      assert.ok(edits.same(edits.applied(before, patch), after), JSON.stringify([before, after, patch]));
      assert.equal(Object.keys(patch).length === 0, edits.same(before, after));
    }
  }
  assert.deepEqual(edits.mergePatch({ edits: { voice: 'a', bpm: 90 } }, { edits: { voice: null, bpm: 90 } }), { edits: { voice: null } });
});

test('patches that say the same do not clash', () => {
  assert.ok(!edits.overlap({ edits: { captions: { s1: 'a' } } }, { title: 'b', edits: { captions: { s2: 'a' } } }));
  assert.ok(!edits.overlap({ title: 'a' }, { title: 'a' }));
  assert.ok(edits.overlap({ edits: { captions: { s1: 'a' } } }, { edits: { captions: { s1: null } } }));
});

test('what is still blank is not sent, and what is being typed is not trimmed under the hand', () => {
  const typing = edits.added({ ...edits.withCaption(doc, 's1', 'Bees and '), title: ' ' }, ids, 's1', { caption: ' ' });
  const sent = edits.sendable(edits.withCaption(typing, 's2', ''), doc);
  assert.deepEqual([sent.title, sent.edits.captions, sent.edits.added, sent.edits.order], ['Bees', { s1: 'Bees and' }, {}, ids]);
  const echo = { title: 'Bees', edits: { captions: { s1: 'Bees and', s3: 'x' } } };
  const now = { title: 'Bees', edits: { captions: { s1: 'Bees and ', s2: '' } } };
  assert.deepEqual(edits.typed(echo, now), { title: 'Bees', edits: { captions: { s1: 'Bees and ', s3: 'x', s2: '' } } });
});
