import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { EMPTY, KINDS, reduce } from '../static/core/reduce.js';

const golden = JSON.parse(readFileSync(new URL('golden/events.json', import.meta.url), 'utf8'));
/** As the stream tells it. */
const told = golden.events.map(({ seq, kind, run, data }) => ({ seq, kind, data: { run, at: 1.5, ...data } }));
const after = (state, events) => events.reduce((now, { kind, data, seq }) => reduce(now, kind, data, seq), state);

test('the golden log comes to the snapshot that the server makes of it', () => {
  assert.deepEqual(after(EMPTY, told), golden.snapshot);
});

test('a snapshot and the events after it come to the same as all events', () => {
  for (const cut of [1, 20, 60, told.length - 1]) {
    const halfway = JSON.parse(JSON.stringify(after(EMPTY, told.slice(0, cut))));
    assert.deepEqual(after(halfway, told.slice(cut)), golden.snapshot);
  }
});

test('no state is changed in place', () => {
  const frozen = (value) => {
    if (value && typeof value === 'object') Object.values(Object.freeze(value)).forEach(frozen);
    return value;
  };
  let state = frozen(structuredClone(EMPTY));
  for (const { kind, data, seq } of told) state = frozen(reduce(state, kind, frozen(structuredClone(data)), seq));
  assert.deepEqual(state, golden.snapshot);
});

test('kinds that no state shows only move the number on', () => {
  const { last_event_id, ...rest } = reduce(golden.snapshot, 'task.state', { run: 'r_1', at: 1, state: 'RUNNING' }, 999);
  const { last_event_id: _, ...before } = golden.snapshot;
  assert.equal(last_event_id, 999);
  assert.deepEqual(rest, before);
  assert.ok(!KINDS.includes('task.state'));
});
