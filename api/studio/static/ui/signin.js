/** Asks for an API key where the API wants one. */
import { html, useState } from '../vendor/ui.js';
import { t } from '../i18n.js';
import { signIn } from '../store.js';
import { Dialog } from './dialog.js';
import { Fault } from './errors.js';

/** @param {{done: () => void}} props */
export function SignIn({ done }) {
  const [problem, tell] = useState(/** @type {import('./errors.js').Fault | null} */ (null));
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const key = new FormData(/** @type {HTMLFormElement} */ (event.target)).get('key');
    await signIn(String(key).trim()).then(done, (error) => tell(error.problem ?? { detail: error.message }));
  };
  return html`<${Dialog} title=${t('signin')}><form onSubmit=${submit}><p class="dim">${t('signin.why')}</p>
    <label class="field"><span>${t('signin.key')}</span><input name="key" type="password" autocomplete="current-password" placeholder="fw_…" required /></label>
    ${problem && html`<${Fault} problem=${problem} />`}<button class="primary">${t('signin.do')}</button></form></${Dialog}>`;
}
