import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONGEST, MOST, shapesOf, topicsOf } from '../static/pages/topics.js';

test('each line is a topic, and what is left out is named by its line', () => {
  const { topics, left } = topicsOf('How bees find flowers\n\n  Tea \r\nhow BEES find flowers\n' + 'x'.repeat(LONGEST + 1) + '\n\n\n');
  assert.deepEqual(topics, ['How bees find flowers', 'Tea']);
  assert.deepEqual(left, [['empty', { n: 1, lines: '2' }], ['twice', { n: 1, lines: '4 = 1' }], ['long', { n: 1, lines: '5' }]]);
});

test('of a spreadsheet the first column counts, and quotes are the spreadsheet’s', () => {
  const { topics, left } = topicsOf('Tea\t30\tcalm\n"A ""good"" cup\nof tea"\t45\n港口的清晨\t\n');
  assert.deepEqual(topics, ['Tea', 'A "good" cup of tea', '港口的清晨']);
  assert.deepEqual(left, [['wide', { n: 2, lines: '1, 2' }]]);
});

test('quotes in the middle of a line are its own', () => {
  assert.deepEqual(topicsOf('Why "yes" means no\n"Yes" and no\n5" pipes\nand 6"').topics, ['Why "yes" means no', '"Yes" and no', '5" pipes', 'and 6"']);
});

test('past the most there are, lines are counted and left out', () => {
  const { topics, left } = topicsOf(Array.from({ length: MOST + 10 }, (_, n) => `Film ${n}`).join('\n'));
  assert.deepEqual([topics.length, left], [MOST, [['over', { n: 10, lines: '101, 102, 103, 104, 105, 106, 107, 108, …' }]]]);
});

test('nothing is no topic', () => {
  assert.deepEqual(topicsOf(' \n\n\t\n'), { topics: [], left: [] });
});

test('topics are told apart by their language only where the brief leaves it open', () => {
  assert.deepEqual([...shapesOf(['Tea', '茶', 'Bees'], '')], [['en', { topic: 'Tea', times: 2 }], ['zh', { topic: '茶', times: 1 }]]);
  assert.deepEqual([...shapesOf(['Tea', '茶'], 'zh')], [['zh', { topic: 'Tea', times: 2 }]]);
});
