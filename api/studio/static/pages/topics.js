/** The topics of a campaign, as they are pasted: one a line, or the first column of a spreadsheet. */

export const MOST = 100, LONGEST = 500;

/** A row's first cell; a spreadsheet quotes one that holds quotes or line breaks. @param {string} row */
const cell = (row) => {
  const first = (row.split('\t')[0] ?? '').trim();
  return (/^".*"$/s.test(first) ? first.slice(1, -1).replaceAll('""', '"') : first).replace(/\s+/g, ' ').trim();
};

/** What of *text* are topics, and what is left out, by the numbers of lines. @param {string} text @returns {import('../types.d.ts').Topics} */
export function topicsOf(text) {
  /** @type {import('../types.d.ts').Topics} */
  const found = { topics: [], empty: [], twice: [], long: [], over: 0, wide: 0 };
  /** @type {Map<string, number>} */
  const seen = new Map();
  const rows = text.replace(/\s+$/, '').match(/(?:(?<![^\t\n])"(?:[^"]|"")*"(?=\t|\r?\n|$)|[^\n])+|^(?=\r?\n)|(?<=\n)(?=\r?\n)/g) ?? [];
  rows.forEach((row, index) => {
    const topic = cell(row), line = index + 1, same = topic.toLowerCase();
    if (row.includes('\t') && row.split('\t').slice(1).some((other) => other.trim())) found.wide += 1;
    if (!topic) found.empty.push(line);
    else if (seen.has(same)) found.twice.push([line, Number(seen.get(same))]);
    else if (topic.length > LONGEST) found.long.push(line);
    else if (found.topics.length === MOST) found.over += 1;
    else { seen.set(same, line); found.topics.push(topic); }
  });
  return found;
}

/** Briefs that cost differently: by the language that a topic is in, where the brief leaves it open.
 * @param {string[]} topics @param {string} language @returns {Map<string, {topic: string, times: number}>} */
export function shapesOf(topics, language) {
  /** @type {Map<string, {topic: string, times: number}>} */
  const shapes = new Map();
  for (const topic of topics) {
    const shape = language || (/\p{Script=Han}/u.test(topic) ? 'zh' : 'en');
    shapes.set(shape, { topic: shapes.get(shape)?.topic ?? topic, times: (shapes.get(shape)?.times ?? 0) + 1 });
  }
  return shapes;
}
