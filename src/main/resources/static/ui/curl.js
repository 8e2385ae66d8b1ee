// A send as a command for a shell.

import {html} from '../webjars/lit-html/lit-html.js';
import {needsToken} from './api.js';
import {show} from './dialogs.js';

/** @param message the body of POST /send */
export function curlOf(message) {
  const token = needsToken() ? ' -H "Authorization: Bearer $TOKEN"' : '';
  return `curl${token} -H 'Content-Type: application/json' --data-raw ${quoted(JSON.stringify(message))} ${quoted(new URL('../send', import.meta.url).href)}`;
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Copies a text. Shows it for copying by hand where the browser does not allow that, as over plain HTTP. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    await show('Copy as curl', (close) => html`
      <label class="field">The browser does not let this page copy: copy it by hand
        <textarea id="command" rows="5" readonly autofocus @focus=${(e) => e.target.select()} .value=${text}></textarea></label>
      <p class="buttons"><button type="button" class="primary" @click=${() => close()}>Done</button></p>`, {free: true});
    return false;
  }
}
