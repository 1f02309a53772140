/** Keys that work wherever nothing is typed. */
import { msOf } from '../core/scene.js';
import { redo as again, scene, selected, shots, undo } from '../store.js';
import { useEffect } from '../vendor/ui.js';
import { redo } from './inspector.js';
import { remake } from './remake.js';
import { chosen, edit, grid, place } from './timeline.js';
/** @typedef {import('../preview.js').Preview} Preview */
/** `play`, `help`, `publish` and `fullscreen` are the page's own.
 * @typedef {{preview: Preview | null, play?: () => void, help?: () => void, publish?: () => void, fullscreen?: () => void}} Acts */

const TYPED = 'input:not([type=range], [type=checkbox], [type=radio], [type=file]), textarea, select, [contenteditable], dialog[open] *';
/** Keys that may be held down. */
const REPEATED = /^([jlzy,.]|Arrow.*)$/i;
const PRESSED = 'button, a, summary, label, [role=tab]';

/** Put the shot that is *by* further on in hand. @param {Preview | null} preview @param {number} by */
function turn(preview, by) {
  const next = shots.value[(chosen.value?.number ?? 0) - 1 + by];
  if (!next) return;
  selected.value = next.id;
  const film = scene.value, shot = film?.shots.find(({ id }) => id === next.id);
  if (film && shot && !preview?.playing.value) preview?.seek(msOf(film, shot.first));
}

/** What a key does, or nothing. @param {KeyboardEvent} event @param {Acts} acts @returns {(() => void) | undefined} */
function meaning({ key, code, ctrlKey, metaKey, altKey, shiftKey }, { preview, play, help, publish, fullscreen }) {
  const mine = chosen.value, letter = key.toLowerCase(), by = { ArrowLeft: -1, ArrowRight: 1 }[key];
  const to = (/** @type {number} */ ms) => () => preview?.seek(preview.ms + ms);
  const turned = letter === 'z' ? (shiftKey ? again : undo) : undefined;
  if (ctrlKey || metaKey) return turned ?? { y: again, enter: remake }[letter];
  if (altKey) return mine && by ? () => place(mine.id, mine.number - 1 + by) : undefined;
  if (key === '?') return help;
  if (turned || shiftKey) return turned;
  /** @type {Record<string, (() => void) | undefined>} */
  const keys = {
    k: play, j: to(-1000), l: to(1000), ',': () => preview?.step(-1), '.': () => preview?.step(1),
    arrowup: () => turn(preview, -1), arrowdown: () => turn(preview, 1), r: mine && (() => redo(mine.id)), e: edit, f: fullscreen, p: publish,
    b: () => { grid.value = !grid.value; },
  };
  return keys[code === 'Space' ? 'k' : letter];
}

/** Listen for shortcuts while the editor is shown. @param {Acts} acts */
export function useShortcuts(acts) {
  useEffect(() => {
    const listen = (/** @type {KeyboardEvent} */ event) => {
      const { target, key, isComposing, defaultPrevented, ctrlKey, metaKey, repeat } = event;
      const at = target instanceof Element ? target : document.body, makes = key === 'Enter' && (ctrlKey || metaKey);
      if (isComposing || defaultPrevented || (repeat && !REPEATED.test(key)) || document.querySelector('dialog[open]')) return;
      if (at.closest(TYPED) && !makes) return;
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
