/** A dialog that the browser itself makes modal. */
import { html, useEffect, useRef } from '../vendor/ui.js';
import { t } from '../i18n.js';
import { Icon } from './icons.js';

/** Open while it is rendered, and told closed when it goes; Escape, its button and a click beside it close it. @param {{title: string, onClose?: () => void, children?: any}} props */
export function Dialog({ title, onClose, children }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => { box.current?.showModal(); return onClose; }, []);
  return html`<dialog ref=${box} aria-labelledby="dialog" onClose=${onClose} onCancel=${(/** @type {Event} */ event) => { if (!onClose) event.preventDefault(); }}
    onClick=${(/** @type {Event} */ event) => { if (onClose && event.target === box.current) onClose(); }}><div class="dialog">
    <div class="row"><h2 id="dialog" class="grow">${title}</h2>
      ${onClose && html`<button class="icon quiet" aria-label=${t('close')} onClick=${onClose}><${Icon} name="close" /></button>`}</div>
    ${children}</div></dialog>`;
}
