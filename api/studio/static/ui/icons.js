/** The studio's icons, 24 by 24, drawn with strokes. */
import { html } from '../vendor/ui.js';

const PATHS = {
  play: 'M8 5v14l11-7z', pause: 'M8 5v14M16 5v14', back: 'M15 6l-6 6 6 6', on: 'M9 6l6 6-6 6', undo: 'M8 14 4 10l4-4M4 10h10a6 6 0 0 1 0 12', redo: 'm16 14 4-4-4-4M20 10H10a6 6 0 0 0 0 12',
  help: 'M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18v.1', theme: 'M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8z',
  close: 'm6 6 12 12M18 6 6 18', full: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5', safe: 'M3 5h18v14H3zM7 9h10v6H7z', lock: 'M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3',
  voice: 'M4 10v4M8 7v10M12 4v16M16 8v8M20 10v4', bin: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13', plus: 'M12 5v14M5 12h14', grip: 'M9 6v.1M15 6v.1M9 12v.1M15 12v.1M9 18v.1M15 18v.1', film: 'M4 5h16v14H4zM8 5v14M16 5v14M4 12h16',
};

/** @param {{name: keyof typeof PATHS}} props */
export const Icon = ({ name }) => html`<svg class="ic" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
