/** Keys that work wherever nothing is typed. */
import { msOf } from '../core/scene.js';
import { redo as redoEdit, scene, selected, shots, undo } from '../store.js';
import { useEffect } from '../vendor/ui.js';
import { redo } from './inspector.js';
import { remake } from './remake.js';
import { edit, grid, place } from './timeline.js';
/** @typedef {import('../preview.js').Preview} Preview */
/** `help`, `publish` and `fullscreen` are the page's own. @typedef {{preview: Preview | null, help?: () => void, publish?: () => void, fullscreen?: () => void}} Acts */

const TYPED = 'input:not([type=range], [type=checkbox], [type=radio], [type=file]), textarea, select, [contenteditable], dialog[open] *';
const PRESSED = 'button, a, summary, label, [role=tab]';

/** Put the shot that is *by* further on in hand. @param {Preview | null} preview @param {number} by */
function turn(preview, by) {
  const all = shots.value, at = all.findIndex(({ id }) => id === selected.value), next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
  if (!next) return;
  selected.value = next.id;
  const shot = scene.value?.shots.find(({ id }) => id === next.id);
  if (shot && scene.value && !preview?.playing.value) preview?.seek(msOf(scene.value, shot.first));
}

/** What a key does, or nothing. @param {KeyboardEvent} event @param {Acts} acts @returns {(() => void) | undefined} */
function meaning({ key, code, ctrlKey, metaKey, altKey, shiftKey }, { preview, help, publish, fullscreen }) {
  const mine = selected.value, at = shots.value.findIndex(({ id }) => id === mine), command = ctrlKey || metaKey, letter = key.toLowerCase();
  const to = (/** @type {number} */ ms) => () => preview?.seek(preview.ms + ms);
  if (command) return letter === 'z' && !altKey ? (shiftKey ? redoEdit : undo) : letter === 'y' && !shiftKey ? redoEdit : key === 'Enter' ? remake : undefined;
  if (altKey) return mine && (key === 'ArrowLeft' || key === 'ArrowRight') ? () => place(mine, at + (key === 'ArrowLeft' ? -1 : 1)) : undefined;
  if (key === '?') return help;
  if (letter === 'z') return shiftKey ? redoEdit : undo;
  if (shiftKey) return undefined;
  /** @type {Record<string, (() => void) | undefined>} */
  const keys = {
    ' ': () => (preview?.playing.value ? preview.pause() : preview?.play()), j: to(-1000), l: to(1000), ',': () => preview?.step(-1), '.': () => preview?.step(1),
    ArrowUp: () => turn(preview, -1), ArrowDown: () => turn(preview, 1), r: mine ? () => redo(mine) : undefined, e: edit, f: fullscreen, p: publish,
    b: () => { grid.value = !grid.value; },
  };
  return code === 'Space' || letter === 'k' ? keys[' '] : keys[letter] ?? keys[key];
}

/** Listen for shortcuts while the editor is shown. @param {Acts} acts */
export function useShortcuts(acts) {
  useEffect(() => {
    const listen = (/** @type {KeyboardEvent} */ event) => {
      const { target, key, isComposing, defaultPrevented, ctrlKey, metaKey } = event;
      const at = target instanceof Element ? target : document.body, makes = key === 'Enter' && (ctrlKey || metaKey);
      if (isComposing || defaultPrevented || document.querySelector('dialog[open]') || (at.closest(TYPED) && !makes)) return;
      if ((key === ' ' && at.closest(PRESSED)) || (key.startsWith('Arrow') && at.closest('input, [role=slider], [role=tab]'))) return;
      const act = meaning(event, acts);
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  });
}
