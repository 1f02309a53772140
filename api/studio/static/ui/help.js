/** The shortcuts, in a dialog. */
import { html, signal } from '../vendor/ui.js';
import { t } from '../i18n.js';
import { Dialog } from './dialog.js';

/** Whether the shortcuts are shown. */
export const helping = signal(false);

const KEYS = { play: 'Space K', second: 'J L', frame: ', .', shot: '↑ ↓', move: 'Alt+← Alt+→', redo: 'R', caption: 'E', undo: 'Z Shift+Z', make: 'Ctrl+Enter', grid: 'B', full: 'F', publish: 'P', help: '?' };

export const Help = () => helping.value && html`<${Dialog} title=${t('help')} onClose=${() => { helping.value = false; }}><dl class="keys">${Object.entries(KEYS).map(([name, keys]) =>
  html`<div key=${name}><dt>${keys.split(' ').map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${t(`key.${name}`)}</dd></div>`)}</dl></${Dialog}>`;
