/** A project's event stream: every event once and in order, over cuts, restarts and refusals. */
import { KINDS } from './core/reduce.js';

/** @typedef {'open' | 'reconnecting' | 'ended' | 'failed'} State */

const LONGEST_MS = 30_000;

/** @typedef {(kind: string, data: any, seq: number) => void} OnEvent */

/** Follow the stream at *url* from the event *after* on. When it is refused, `renew` is asked for another address; null: there is none any more.
 * @param {string} url @param {{after: number, onEvent: OnEvent, onState: (state: State) => void, renew?: () => Promise<string | null>}} told */
export function follow(url, { after, onEvent, onState, renew }) {
  /** @type {EventSource | null} */
  let source = null;
  let last = after;
  let tries = 0;
  let timer = 0;
  let closed = false;

  /** @param {MessageEvent} event */
  const heard = (event) => {
    const seq = Number(event.lastEventId);
    if (closed || (event.type !== 'snapshot' && seq <= last)) return;
    last = seq;
    onEvent(event.type, JSON.parse(event.data), seq);
  };
  /** @param {State} state */
  const stop = (state) => {
    close();
    onState(state);
  };
  const connect = () => {
    const address = new URL(url, location.href);
    address.searchParams.set('after', String(last));
    const mine = new EventSource(address);
    source = mine;
    for (const kind of [...KINDS, 'snapshot']) mine.addEventListener(kind, heard);
    mine.addEventListener('end', () => stop('ended'));
    mine.onopen = () => {
      tries = 0;
      onState('open');
    };
    mine.onerror = () => {
      if (closed || source !== mine) return;
      onState('reconnecting');
      if (mine.readyState === EventSource.CLOSED) again();
    };
  };
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(revive, Math.min(LONGEST_MS, 500 * 2 ** tries++) * (0.5 + Math.random()));
  };
  const revive = async () => {
    try {
      const next = renew ? await renew() : url;
      if (closed) return;
      if (next === null) return stop('failed');
      url = next;
      connect();
    } catch {
      if (!closed) again();
    }
  };
  const online = () => {
    source?.close();
    clearTimeout(timer);
    connect();
  };
  const close = () => {
    closed = true;
    clearTimeout(timer);
    removeEventListener('online', online);
    source?.close();
  };

  addEventListener('online', online);
  connect();
  return { close };
}
