// The peers that closed recently, with their reasons.

import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {get} from './api.js';
import {show} from './dialogs.js';
import {address, count, moment, volume} from './format.js';

const PAGE = 100;

/** @param open is called with the id of the peer that somebody wants to see */
export function closedPeers(open) {
  let page = null; // GET /peers?state=closed
  let problem = null;
  let q = '';

  return show('Closed peers', (close, draw) => {
    const read = async (more = false) => {
      problem = null;
      try {
        const after = more ? `&after=${encodeURIComponent(page.next)}` : '';
        const search = q === '' ? '' : `&q=${encodeURIComponent(q)}`;
        const next = await get(`peers?state=closed&sort=-connectedAt&limit=${PAGE}${search}${after}`);
        page = more ? {...next, peers: [...page.peers, ...next.peers]} : next;
      } catch (e) {
        problem = e;
      }
      draw();
    };
    if (page === null && problem === null) {
      page = {peers: [], total: null, next: null};
      read();
    }
    return html`
      <form class="inline" @submit=${(e) => { e.preventDefault(); q = e.target.q.value.trim(); read(); }}>
        <input type="search" name="q" aria-label="Search closed peers" placeholder="Name, id, address" spellcheck="false" autofocus>
        <button>Search</button>
        <span id="closed-total" role="status">${page.total === null ? '' : `${count(page.total)} closed, the latest to connect first`}</span></form>
      ${problem === null ? nothing : html`<p class="problem" role="alert">${problem.message}</p>`}
      ${page.peers.length === 0 ? nothing : html`<div class="scroll" tabindex="0" role="region" aria-label="Closed peers"><table id="closed-peers">
        <thead><tr><th>Peer</th><th>Closed</th><th>Reason</th><th>Address</th><th>Listener</th><th>Received</th><th>Sent</th></tr></thead>
        <tbody>${page.peers.map((peer) => html`<tr>
          <td><button type="button" class="link" @click=${() => { close(); open(peer.id); }}>${peer.name ?? peer.id}</button></td>
          <td>${moment(peer.closedAt)}</td>
          <td><strong>${peer.closeReason}</strong>${peer.closeDetail ? html` ${peer.closeDetail}` : nothing}</td>
          <td><code>${address(peer.peername)}</code></td><td>${peer.listener}</td>
          <td>${volume(peer.received)}</td><td>${volume(peer.sent)}</td></tr>`)}</tbody></table></div>`}
      <p class="buttons">${page.next === null ? nothing : html`<button type="button" @click=${() => read(true)}>More</button>`}
        <button type="button" class="primary" @click=${() => close()}>Done</button></p>`;
  }, {wide: true});
}
