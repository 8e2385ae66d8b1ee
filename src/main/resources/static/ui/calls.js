// Connections that this service makes: connecting to somebody, and the kept connections.

import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {get, json, post} from './api.js';
import {show} from './dialogs.js';
import {clock, count, moment} from './format.js';

/** @param listeners those of GET /listeners, one of which gives the new peer its framing */
export function calls(listeners) {
  let page = null; // GET /calls
  let problem = null;
  let done = '';
  let busy = false;

  return show('Connections out', (close, draw) => {
    const attempt = async (action) => {
      problem = null;
      done = '';
      busy = true;
      draw();
      try {
        await action();
        page = await get('calls');
      } catch (e) {
        problem = e;
      }
      busy = false;
      draw();
    };
    if (page === null && problem === null) {
      page = {total: 0, calls: []};
      setTimeout(() => attempt(async () => {}));
    }
    const connect = (e) => {
      e.preventDefault();
      const form = e.target;
      const body = {host: form.host.value.trim(), port: Number(form.port.value)};
      if (form.listener.value !== '') body.listener = form.listener.value;
      if (form.name.value.trim() !== '') body.name = form.name.value.trim();
      if (form.keep.checked) body.keep = true;
      if (form.tls.checked) body.tls = true;
      if (form.first.value !== '') body.first = {text: form.first.value};
      attempt(async () => {
        const answer = await post('peers', body);
        done = answer.connects === undefined ? `Connected: ${answer.name ?? answer.id}` : 'Not connected yet: the service tries again';
      });
    };
    return html`
      ${page.calls.length === 0 ? html`<p>The service keeps no connection.</p>` : html`
        <div class="scroll" tabindex="0" role="region" aria-label="Kept connections"><table id="kept">
        <thead><tr><th>To</th><th>Listener</th><th>State</th><th>Connects</th><th>Last error</th><th></th></tr></thead>
        <tbody>${page.calls.map((call) => html`<tr>
          <td>${call.name ? html`${call.name} ` : nothing}<code>${call.host}:${call.port}</code></td><td>${call.listener}</td>
          <td>${call.state}${call.nextAttemptAt ? ` until ${clock(call.nextAttemptAt)}` : ` since ${moment(call.since)}`}</td>
          <td class="num">${count(call.connects)}</td><td>${errorOf(call.lastError)}</td>
          <td><button type="button" class="danger" ?disabled=${busy} aria-label="Keep ${call.host}:${call.port} no longer"
                      @click=${() => attempt(() => json('DELETE', `calls/${call.id}`))}>Keep no longer</button></td></tr>`)}</tbody></table></div>`}
      <p role="status" id="call-done">${done}</p>
      ${problem === null ? nothing : html`<p class="problem" role="alert">${problem.message}</p>`}
      <form @submit=${connect}>
        <h3>Connect</h3>
        <div class="columns">
          <label class="field">Host <input name="host" required spellcheck="false" autocapitalize="off" autofocus></label>
          <label class="field">Port <input name="port" type="number" min="1" max="65535" required></label>
          <label class="field">Listener, for framing and limits <select name="listener"><option value="">the only one, or default</option>
            ${listeners.filter(({transport}) => transport === 'tcp' || transport === 'tls').map(({name}) => html`<option>${name}</option>`)}</select></label>
          <label class="field">Name <input name="name" spellcheck="false" autocapitalize="off"></label>
          <label class="field">First message <input name="first" spellcheck="false"></label></div>
        <p class="inline"><label><input type="checkbox" name="keep"> keep connected</label>
          <label><input type="checkbox" name="tls"> TLS</label></p>
        <p class="buttons"><button type="button" @click=${() => close()}>Done</button> <button class="primary" ?disabled=${busy}>Connect</button></p>
      </form>`;
  }, {wide: true});
}

function errorOf(error) {
  if (error == null) return '';
  return [error.code, error.message].filter((part) => part).join(': ') || error.reason || '';
}
