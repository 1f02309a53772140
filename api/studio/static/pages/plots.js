/** Small plots: each is a table, or has one beside it, for those who do not see it. */
import { html } from '../vendor/ui.js';
import { language, t } from '../i18n.js';

/** Bars beside their names; the table is the plot. @param {{title: string, bars: import('../types.d.ts').Bar[]}} props */
export function Bars({ title, bars }) {
  const most = Math.max(...bars.map((bar) => bar.value), 1e-9);
  return html`<table class="bars"><caption class="vh">${title}</caption><tbody>${bars.map(({ name, value, text }) => html`<tr key=${name}><th scope="row">${name}</th>
    <td><svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none"><rect width="100" height="10" class="track" /><rect width=${(100 * value) / most} height="10" /></svg></td><td class="num">${text}</td></tr>`)}</tbody></table>`;
}

const ENDS = /** @type {const} */ (['done', 'failed', 'cancelled']), HIGH = 60, WIDE = 10;

/** Films by the hour in which they ended, stacked by how. @param {{title: string, hours: import('../types.d.ts').Hour[]}} props */
export function Hours({ title, hours }) {
  const most = Math.max(...hours.map((hour) => hour.done + hour.failed + hour.cancelled), 1);
  /** @param {string} hour */
  const at = (hour) => new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit' }).format(new Date(hour));
  return html`<figure class="hours"><svg aria-hidden="true" viewBox=${`0 0 ${hours.length * WIDE} ${HIGH}`} preserveAspectRatio="none">${hours.map((hour, n) => {
      let top = HIGH;
      return [html`<rect class="track" x=${n * WIDE + 1} y=${HIGH - 1} width=${WIDE - 2} height="1" />`, ...ENDS.map((end) => {
        const height = (hour[end] / most) * HIGH;
        top -= height;
        return height > 0 && html`<rect class=${end} x=${n * WIDE + 1} y=${top} width=${WIDE - 2} height=${height}><title>${at(hour.hour)} · ${t(`state.${end}`)} ${hour[end]}</title></rect>`;
      })];
    })}</svg>
    <figcaption class="small dim"><span>${at(hours[0]?.hour ?? '')}</span><span>${ENDS.map((end) => html`<i class=${`key ${end}`} aria-hidden="true"></i>${t(`state.${end}`)} `)}</span><span>${t('ops.now')}</span></figcaption>
    <div class="vh"><table><caption>${title}</caption><thead><tr><th scope="col">${t('ops.hour')}</th>${ENDS.map((end) => html`<th scope="col">${t(`state.${end}`)}</th>`)}</tr></thead>
      <tbody>${hours.map((hour) => html`<tr><th scope="row">${at(hour.hour)}</th>${ENDS.map((end) => html`<td>${hour[end]}</td>`)}</tr>`)}</tbody></table></div></figure>`;
}
