/** The topics of a campaign, as they are pasted: one a line, or the first column of a spreadsheet. */

export const MOST = 100, LONGEST = 500;
const NAMED = 8;
const ROW = /(?:(?<![^\t\n])"(?:[^"]|"")*"(?=\t|\r?\n|$)|[^\n])+|^(?=\r?\n)|(?<=\n)(?=\r?\n)/g;

/** A row's first cell; a spreadsheet quotes one that holds quotes or line breaks. @param {string} row */
const cell = (row) => {
  const first = (row.split('\t')[0] ?? '').trim();
  return (/^".*"$/s.test(first) ? first.slice(1, -1).replaceAll('""', '"') : first).replace(/\s+/g, ' ').trim();
};

/** What of *text* are topics; what is left out of it is named, by the numbers of lines. @param {string} text @returns {import('../types.d.ts').Topics} */
export function topicsOf(text) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  /** @type {Record<string, string[]>} */
  const left = { empty: [], twice: [], long: [], over: [], wide: [] };
  /** @type {string[]} */
  const topics = [];
  (text.replace(/\s+$/, '').match(ROW) ?? []).forEach((row, index) => {
    const topic = cell(row), line = index + 1, same = topic.toLowerCase(), first = seen.get(same);
    if (/\t.*\S/s.test(row.trimStart())) left.wide?.push(`${line}`);
    const why = !topic ? 'empty' : first ? 'twice' : topic.length > LONGEST ? 'long' : topics.length === MOST ? 'over' : '';
    if (why) left[why]?.push(first ? `${line} = ${first}` : `${line}`);
    else { seen.set(same, line); topics.push(topic); }
  });
  const named = Object.entries(left).filter(([, lines]) => lines.length);
  return { topics, left: named.map(([why, lines]) => [why, { n: lines.length, lines: lines.slice(0, NAMED).join(', ') + (lines.length > NAMED ? ', …' : '') }]) };
}

/** Briefs that cost differently: by the language that a topic is in, where the brief leaves it open.
 * @param {string[]} topics @param {string} language @returns {Map<string, {topic: string, times: number}>} */
export function shapesOf(topics, language) {
  const shapes = new Map();
  for (const topic of topics) {
    const shape = language || (/\p{Script=Han}/u.test(topic) ? 'zh' : 'en'), { times = 0, ...first } = shapes.get(shape) ?? { topic };
    shapes.set(shape, { ...first, times: times + 1 });
  }
  return shapes;
}
