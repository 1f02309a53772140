/** The API: JSON there and back; what it refuses is thrown as a problem. */
import { signal } from './vendor/ui.js';

/** Whether the API wants a key first. */
export const signedOut = signal(false);

/** What went wrong, as the API tells it; `status` 0: nothing answered. */
export class ApiError extends Error {
  /** @param {import('./types.d.ts').Problem} problem */
  constructor(problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** `ifMatch`: the revision that was read; `key`: what a POST is known by when it is sent again, even by another page.
 * @typedef {{ifMatch?: number | undefined, key?: string, signal?: AbortSignal}} Options */

/** @returns {string} */
const fresh = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');
/** Keys of requests whose answer was lost: the same sent again does nothing twice. @type {Map<string, string>} */
const unanswered = new Map();

/** @param {Response} answer @returns {Promise<import('./types.d.ts').Problem>} */
async function problemOf(answer) {
  const told = await answer.json().catch(() => ({}));
  const after = Number(answer.headers.get('retry-after'));
  return {
    type: '/problems/internal', title: answer.statusText, detail: `${answer.status} ${answer.statusText}`, ...told, status: answer.status,
    ...(after ? { retry_after: after } : {}), ...(answer.headers.get('etag') ? { etag: String(answer.headers.get('etag')) } : {}),
  };
}

/** @param {string} method @param {string} path @param {BodyInit | null} body @param {Record<string, string>} headers @param {AbortSignal} [stop] */
async function send(method, path, body, headers, stop) {
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(path, { method, body, headers, signal: stop ?? null });
  } catch (error) {
    if (stop?.aborted) throw error;
    throw new ApiError({ type: '/problems/offline', title: 'Offline', status: 0, detail: 'Nothing answered.' });
  }
  if (!answer.ok) {
    signedOut.value ||= answer.status === 401;
    throw new ApiError(await problemOf(answer));
  }
  return answer.status === 204 ? null : answer.json();
}

/** @param {string} method @param {string} path @param {any} [body] @param {Options} [options] */
async function json(method, path, body, { ifMatch, key: named, signal: stop } = {}) {
  const text = body === undefined ? null : JSON.stringify(body);
  const name = `${path} ${text}`;
  const key = named ?? (method === 'POST' && !stop ? unanswered.get(name) ?? fresh() : '');
  if (key) unanswered.set(name, key);
  try {
    const answer = await send(method, path, text, {
      ...(text === null ? {} : { 'Content-Type': 'application/json' }),
      ...(key ? { 'Idempotency-Key': key } : {}),
      ...(ifMatch == null ? {} : { 'If-Match': `"${ifMatch}"` }),
    }, stop);
    unanswered.delete(name);
    return answer;
  } catch (error) {
    if (!(error instanceof ApiError && error.problem.status === 0)) unanswered.delete(name);
    throw error;
  }
}

/** @param {string} path @param {Options} [options] @returns {Promise<any>} */
export const get = (path, options) => json('GET', path, undefined, options);
/** @param {string} path @param {any} [body] @param {Options} [options] @returns {Promise<any>} */
export const post = (path, body, options) => json('POST', path, body, options);
/** @param {string} path @param {any} body @param {Options} [options] @returns {Promise<any>} */
export const patch = (path, body, options) => json('PATCH', path, body, options);
/** @param {string} path @param {Options} [options] @returns {Promise<any>} */
export const del = (path, options) => json('DELETE', path, undefined, options);
/** The asset that a file is kept as.
 * @param {Blob} file @param {AbortSignal} [stop] @returns {Promise<{asset: import('./types.d.ts').Asset, url: string}>} */
export const upload = (file, stop) => send('POST', '/api/assets', file, { 'Content-Type': file.type || 'application/octet-stream' }, stop);
