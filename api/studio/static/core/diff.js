/** What changed between two texts, word by word; Chinese, Japanese and Thai character by character. */

/** `kind`: in both, in the first only, in the second only. @typedef {{kind: 'same' | 'gone' | 'new', text: string}} Part */

const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]/u;

/** The words, blanks and marks of a text; their concatenation is the text. @param {string} text @returns {string[]} */
export function wordsOf(text) {
  const words = new Intl.Segmenter(undefined, { granularity: 'word' }), characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return [...words.segment(text)].flatMap(({ segment }) =>
    UNSPACED.test(segment) ? [...characters.segment(segment)].map((one) => one.segment) : [segment]);
}

/** The parts of both texts in order: those of kind `same` and `gone` are *before*, `same` and `new` are *after*.
 * @param {string} before @param {string} after @returns {Part[]} */
export function diff(before, after) {
  const one = wordsOf(before), other = wordsOf(after), width = other.length + 1;
  const longest = new Uint16Array((one.length + 1) * width);
  const at = (/** @type {number} */ i, /** @type {number} */ j) => longest[i * width + j] ?? 0;
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      longest[i * width + j] = one[i] === other[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  /** @type {Part[]} */
  const parts = [];
  const add = (/** @type {Part['kind']} */ kind, /** @type {string} */ text = '') => {
    const last = parts.at(-1);
    if (last?.kind === kind) last.text += text;
    else parts.push({ kind, text });
  };
  let i = 0, j = 0;
  while (i < one.length || j < other.length) {
    if (i < one.length && j < other.length && one[i] === other[j]) add('same', one[(j++, i++)]);
    else if (j >= other.length || (i < one.length && at(i + 1, j) >= at(i, j + 1))) add('gone', one[i++]);
    else add('new', other[j++]);
  }
  return parts;
}
