import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diff, wordsOf } from '../static/core/diff.js';

const side = (parts, kind) => parts.filter((part) => part.kind === 'same' || part.kind === kind).map((part) => part.text).join('');
const told = (before, after) => diff(before, after).map(({ kind, text }) => ({ same: ' ', gone: '-', new: '+' })[kind] + text);

test('one word of a sentence', () => {
  assert.deepEqual(told('The bees dance at noon.', 'The bees sing at noon.'), [' The bees ', '-dance', '+sing', '  at noon.']);
});

test('Chinese by character', () => {
  assert.deepEqual(told('清晨的港口', '清晨的海口'), [' 清晨的', '-港', '+海', ' 口']);
});

test('words within words are not taken apart', () => {
  assert.deepEqual(wordsOf('can’t 咖啡 go'), ['can’t', ' ', '咖', '啡', ' ', 'go']);
});

test('emoji of several code points stay whole', () => {
  assert.deepEqual(told('a 👩‍🚀', 'a 👨‍🚀'), [' a ', '-👩‍🚀', '+👨‍🚀']);
});

test('nothing, all, and none', () => {
  assert.deepEqual(told('', ''), []);
  assert.deepEqual(told('', 'new'), ['+new']);
  assert.deepEqual(told('gone', ''), ['-gone']);
  assert.deepEqual(told('same', 'same'), [' same']);
});

test('both texts can be read from the parts, whatever they are', () => {
  const words = ['sea', ' ', '港', '口', '.', '👩‍🚀', 'gull'];
  let seed = 7;
  const next = (most) => (seed = (seed * 48271) % 2147483647) % most;
  for (let round = 0; round < 200; round++) {
    const [before, after] = [0, 1].map(() => Array.from({ length: next(20) }, () => words[next(words.length)]).join(''));
    const parts = diff(before, after);
    assert.equal(side(parts, 'gone'), before);
    assert.equal(side(parts, 'new'), after);
    assert.ok(parts.every((part, index) => part.kind !== parts[index - 1]?.kind), 'neighbours differ in kind');
  }
});
