// The name and the groups of a peer.

import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {json} from './api.js';
import {show} from './dialogs.js';

/**
 * Changes a peer.
 *
 * @param facts the peer as GET /peers/{peer} shows it
 * @returns the changed peer; undefined if nothing was changed
 */
export function editPeer(facts) {
  let problem = null;
  let busy = false;
  return show('Edit a peer', (close, draw) => html`
    <form @submit=${async (e) => {
      e.preventDefault();
      const name = e.target.name.value.trim();
      const groups = e.target.groups.value.split(',').map((group) => group.trim()).filter((group) => group !== '');
      const change = {};
      if (name !== (facts.name ?? '')) change.name = name === '' ? null : name;
      if (groups.join() !== facts.groups.join()) change.groups = groups;
      if (Object.keys(change).length === 0) {
        close();
        return;
      }
      busy = true;
      problem = null;
      draw();
      try {
        close(await json('PATCH', `peers/${facts.id}`, {body: change}));
      } catch (e2) {
        problem = e2;
        busy = false;
        draw();
      }
    }}>
      <p>${facts.id}</p>
      <label class="field">Name <input name="name" spellcheck="false" autocapitalize="off" autofocus value=${facts.name ?? ''}></label>
      <label class="field">Groups, separated by commas <input name="groups" spellcheck="false" autocapitalize="off" value=${facts.groups.join(', ')}></label>
      ${problem === null ? nothing : html`<p class="problem" role="alert">${problem.message}</p>`}
      <p class="buttons"><button type="button" @click=${() => close()}>Cancel</button>
        <button class="primary" ?disabled=${busy}>Save</button></p>
    </form>`);
}
