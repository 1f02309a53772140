import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { KINDS } from '../static/core/reduce.js';
import { follow } from '../static/stream.js';

/** Node has no EventSource: this one does what the test says. */
class Source extends EventTarget {
  static CLOSED = 2;
  static all = [];
  readyState = 0;
  constructor(address) {
    super();
    this.after = new URL(address).searchParams.get('after');
    Source.all.push(this);
  }
  tell(kind, data, id) { this.dispatchEvent(Object.assign(new Event(kind), { data: JSON.stringify(data), lastEventId: String(id) })); }
  fail(readyState) { this.readyState = readyState; this.onerror(); }
  close() { this.readyState = 2; }
}

let heard, states, stream;
const begin = (renew) => {
  stream = follow('/api/projects/p_1/events?after=4&ticket=a', {
    after: 5, renew, onEvent: (kind, data, seq) => heard.push([kind, data.n, seq]), onState: (state) => states.push(state),
  });
  return Source.all.at(-1);
};
const settled = async () => { for (let turn = 0; turn < 5; turn++) await Promise.resolve(); };

beforeEach(() => {
  [heard, states, Source.all] = [[], [], []];
  const page = new EventTarget();
  Object.assign(globalThis, {
    EventSource: Source, location: { href: 'http://127.0.0.1/studio' },
    addEventListener: page.addEventListener.bind(page), removeEventListener: page.removeEventListener.bind(page), dispatchEvent: page.dispatchEvent.bind(page),
  });
  mock.timers.enable({ apis: ['setTimeout'] });
});
afterEach(() => { stream.close(); mock.timers.reset(); });

test('each event is told once, whatever comes twice', () => {
  const source = begin();
  assert.equal(source.after, '5');
  source.onopen();
  for (const id of [5, 6, 7, 6, 7, 8]) source.tell('progress', { n: id }, id);
  assert.deepEqual(heard.map(([, , seq]) => seq), [6, 7, 8]);
  source.tell('snapshot', { n: 0 }, 3);
  source.tell('progress', { n: 4 }, 4);
  assert.deepEqual(heard.slice(3), [['snapshot', 0, 3], ['progress', 4, 4]]);
  assert.deepEqual(states, ['open']);
});

test('the end ends it', () => {
  const source = begin();
  source.tell('end', {}, 9);
  assert.deepEqual([states, source.readyState], [['ended'], 2]);
});

test('a stream that was refused is asked for again, from where it was, at a new address', async () => {
  let asked = 0;
  const source = begin(async () => { asked++; return '/api/projects/p_1/events?ticket=b'; });
  source.tell('progress', { n: 1 }, 8);
  source.fail(0);
  assert.equal(asked, 0);
  source.fail(2);
  mock.timers.tick(1000);
  await settled();
  assert.deepEqual([asked, Source.all.length, Source.all[1].after], [1, 2, '8']);
  assert.deepEqual(states, ['reconnecting', 'reconnecting']);
});

test('it waits on while the server is away, and stops where there is none any more', async () => {
  let away = true;
  const source = begin(async () => { if (away) throw new Error('away'); return null; });
  source.fail(2);
  mock.timers.tick(1000);
  await settled();
  assert.equal(states.at(-1), 'reconnecting');
  away = false;
  mock.timers.tick(2000);
  await settled();
  assert.equal(states.at(-1), 'failed');
});

test('coming online, it connects at once', () => {
  begin().fail(0);
  dispatchEvent(new Event('online'));
  assert.equal(Source.all.length, 2);
  assert.equal(Source.all[0].readyState, 2);
});

test('all kinds that are documented, and that a state shows, are listened to', () => {
  const documented = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8').split('## Kinds')[1].split('## Snapshot')[0];
  const kinds = [...documented.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell]) => [...cell.matchAll(/`([a-z.]+)`/g)].map(([, kind]) => kind));
  const unseen = ['step.done', 'flow.state', 'task.state', 'job.phase'];
  assert.ok(kinds.length > 20);
  assert.deepEqual(kinds.filter((kind) => !unseen.includes(kind)).sort(), [...KINDS].sort());
});
