/** How a document is changed: pure functions from one to the next. `ids`: the segments that are shown, in order. */

/** @typedef {import('../types.d.ts').Doc} Doc */
/** @typedef {import('../types.d.ts').Edits} Edits */

/** Added shots are numbered beyond what any script has. */
const SCRIPT_MOST = 200;

/** @param {Doc} doc @param {Partial<Edits>} edits @returns {Doc} */
const edit = (doc, edits) => ({ ...doc, edits: { ...doc.edits, ...edits } });

/** @param {Record<string, any> | undefined} map @param {string} id @param {any} value null takes it out */
const put = (map, id, value) => {
  const { [id]: _, ...rest } = map ?? {};
  return value == null ? rest : { ...rest, [id]: value };
};

/** @param {'captions' | 'visuals' | 'redo' | 'beats' | 'motions' | 'transitions' | 'media'} name */
const setter = (name) => /** @param {Doc} doc @param {string} id @param {any} value */ (doc, id, value) =>
  edit(doc, { [name]: put(doc.edits[name], id, value) });

/** @param {'caption' | 'visual'} word @param {'captions' | 'visuals'} name */
const wording = (word, name) =>
  /** @param {Doc} doc @param {string} id @param {string | null} text null: as the script has it */ (doc, id, text) => {
  const own = doc.edits.added?.[id];
  return own ? edit(doc, { added: { ...doc.edits.added, [id]: { ...own, [word]: text ?? '' } } }) : setter(name)(doc, id, text);
};

/** Other words. */
export const withCaption = wording('caption', 'captions');
/** Another description of the picture. */
export const withVisual = wording('visual', 'visuals');
/** A picture or clip of one's own; null: the drawn one. */
export const withMedia = setter('media');
/** How many beats a shot lasts; null: as many as its narration needs. */
export const withBeats = setter('beats');
/** Another camera move. */
export const withMotion = setter('motions');
/** Another way in. */
export const withTransition = setter('transitions');

/** The picture drawn anew. @param {Doc} doc @param {string} id */
export const redone = (doc, id, times = (doc.edits.redo?.[id] ?? 0) + 1) => setter('redo')(doc, id, times || null);

/** The shot *id* in place *to* (from 0). @param {Doc} doc @param {string[]} ids @param {string} id @param {number} to */
export function moved(doc, ids, id, to) {
  const order = ids.filter((one) => one !== id);
  order.splice(Math.max(0, to), 0, id);
  return order.every((one, index) => one === ids[index]) ? doc : edit(doc, { order });
}

const MAPS = /** @type {const} */ (['added', 'captions', 'visuals', 'redo', 'beats', 'motions', 'transitions', 'media']);

/** Without the shot *id*; the last one stays. Of one that was added nothing is left. @param {Doc} doc @param {string[]} ids @param {string} id */
export function removed(doc, ids, id) {
  const order = ids.filter((one) => one !== id);
  if (!order.length || order.length === ids.length) return doc;
  if (!doc.edits.added?.[id]) return edit(doc, { order });
  return edit(locked(doc, id, false), { order, ...Object.fromEntries(MAPS.map((name) => [name, put(doc.edits[name], id, null)])) });
}

/** The id that the next added shot gets. @param {Doc} doc @param {string[]} ids */
export const nextId = (doc, ids) =>
  `s${Math.max(SCRIPT_MOST, ...[...ids, ...Object.keys(doc.edits.added ?? {})].map((id) => Number(id.slice(1)))) + 1}`;

/** A shot more, behind the shot *after* (null: before all).
 * @param {Doc} doc @param {string[]} ids @param {string | null} after @param {import('../types.d.ts').Added} shot */
export function added(doc, ids, after, shot) {
  const id = nextId(doc, ids);
  const order = [...ids];
  order.splice(after === null ? 0 : ids.includes(after) ? ids.indexOf(after) + 1 : ids.length, 0, id);
  return edit(doc, { order, added: { ...doc.edits.added, [id]: shot } });
}

/** A shot held as it is *now*, or let go.
 * @param {Doc} doc @param {string} id @param {boolean} on @param {{caption?: string | null, visual?: string | null}} [now] */
export function locked(doc, id, on, now) {
  const others = (doc.edits.locked ?? []).filter((one) => one !== id);
  const held = edit(doc, { locked: on ? [...others, id] : others.length ? others : null });
  if (!on || !now || doc.edits.added?.[id]) return held;
  const worded = now.caption ? withCaption(held, id, now.caption) : held;
  return now.visual ? withVisual(worded, id, now.visual) : worded;
}

/** A choice for the whole film; null: as the brief has it.
 * @param {Doc} doc @param {'voice' | 'bpm' | 'mood' | 'aspect' | 'caption_style' | 'music' | 'quality'} name @param {any} value */
export const withSetting = (doc, name, value) => edit(doc, { [name]: value });

/** @param {any} value @returns {value is Record<string, any>} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
/** @param {any} value */
const isBare = (value) => value == null || (isObject(value) && Object.values(value).every(isBare));
/** Whether two values of JSON are the same; null, {} and what is missing are. @param {any} one @param {any} other @returns {boolean} */
export const same = (one, other) => {
  if (isBare(one) && isBare(other)) return true;
  if (isObject(one) && isObject(other)) return [...Object.keys(one), ...Object.keys(other)].every((name) => same(one[name], other[name]));
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((value, index) => same(value, other[index]));
  return one === other;
};

/** What makes *after* of *before* (RFC 7396); null deletes. @param {any} before @param {any} after @returns {Record<string, any>} */
export function mergePatch(before, after) {
  /** @type {Record<string, any>} */
  const patch = {};
  for (const name of new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])) {
    const [old, now] = [before?.[name], after?.[name]];
    if (same(old, now)) continue;
    patch[name] = now == null ? null : isObject(now) ? mergePatch(isObject(old) ? old : {}, now) : now;
  }
  return patch;
}

/** *target* with *patch* applied (RFC 7396). @template T @param {T} target @param {any} patch @returns {T} */
export function applied(target, patch) {
  if (!isObject(patch)) return patch;
  const result = /** @type {any} */ (isObject(target) ? { ...target } : {});
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = applied(result[name], value);
  }
  return result;
}

/** Whether two patches change the same, to different ends. @param {any} one @param {any} other @returns {boolean} */
export const overlap = (one, other) =>
  Object.keys(one).some((name) => name in other && !same(one[name], other[name]) &&
    (isObject(one[name]) && isObject(other[name]) ? overlap(one[name], other[name]) : true));

/** *doc* as the server takes it: trimmed, and what is still blank left as it was. @param {Doc} doc @param {Doc} saved @returns {Doc} */
export function sendable(doc, saved) {
  const { edits } = doc;
  /** @param {Record<string, string> | undefined} texts */
  const worded = (texts) => Object.fromEntries(Object.entries(texts ?? {}).map(([id, text]) => [id, text.trim()]).filter(([, text]) => text));
  const shots = Object.entries(edits.added ?? {}).map(([id, shot]) => {
    const caption = shot.caption.trim() || saved.edits.added?.[id]?.caption || '';
    return /** @type {const} */ ([id, { ...shot, caption, visual: shot.visual?.trim() || null }]);
  });
  const unnamed = shots.filter(([, shot]) => !shot.caption).map(([id]) => id);
  return {
    title: doc.title.trim() || saved.title,
    brief: { ...doc.brief, topic: doc.brief.topic.trim() || saved.brief.topic },
    edits: {
      ...edits, captions: worded(edits.captions), visuals: worded(edits.visuals),
      ...(edits.added ? { added: Object.fromEntries(shots.filter(([id]) => !unnamed.includes(id))) } : {}),
      ...(edits.order ? { order: edits.order.filter((id) => !unnamed.includes(id)) } : {}),
    },
  };
}

/** *next* as it is being typed *now*: blanks around words stay. @template T @param {T} next @param {any} now @returns {T} */
export function typed(next, now) {
  if (typeof now === 'string' && now.trim() === (next ?? '')) return /** @type {T} */ (now);
  if (!isObject(now) || !(next == null || isObject(next))) return next;
  const result = /** @type {any} */ ({ ...next });
  for (const [name, value] of Object.entries(now)) {
    const kept = typed(result[name], value);
    if (kept !== undefined) result[name] = kept;
  }
  return next == null && !Object.keys(result).length ? next : result;
}
