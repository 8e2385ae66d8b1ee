// A listener in the overview.

import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {address, bytes, count} from './format.js';

/** @param actions {edit, remove}, or null where somebody may not change listeners */
export function listenerView(listener, actions) {
  const {acceptQueue, receiveQueue} = listener;
  const dropped = receiveQueue?.dropped ?? 0;
  return html`<li>
    <div class="listener-head"><strong>${listener.name}</strong> <span class="tag">${listener.transport}</span> <span class="tag">${listener.framing}</span>
      ${listener.source === 'api' ? html`<span class="tag">API</span>` : nothing}
      ${listener.listening ? nothing : html`<span class="status failed">not listening</span>`}
      ${actions === null || listener.source !== 'api' ? nothing : html`<span class="listener-actions">
        <button type="button" aria-label="Change ${listener.name}" @click=${() => actions.edit(listener)}>Change…</button>
        <button type="button" class="danger" aria-label="Remove ${listener.name}" @click=${() => actions.remove(listener)}>Remove…</button></span>`}</div>
    <div class="where"><code>${connectWith(listener)}</code></div>
    ${gauge('peers', listener.peers, listener.maxConnections, count)}
    ${acceptQueue == null ? nothing : gauge('accept queue', acceptQueue.waiting, acceptQueue.limit, count)}
    ${receiveQueue == null ? nothing : gauge('receive queue', receiveQueue.waiting, receiveQueue.limit, bytes)}
    ${dropped > 0 ? html`<div class="problem">${count(dropped)} datagrams dropped by the kernel</div>` : nothing}
  </li>`;
}

function gauge(what, value, limit, print) {
  return html`<label class="gauge"><span>${what}</span>
    <meter min="0" max=${limit} high=${limit * 0.8} .value=${value}></meter>
    <span class="num">${print(value)} / ${print(limit)}</span></label>`;
}

function connectWith({transport, address: name}) {
  if (!name) return '';
  if (name.path !== undefined) return `nc -U ${name.path}`;
  if (transport === 'tls') return `openssl s_client -quiet -connect ${address(name)}`;
  return `nc ${transport === 'udp' ? '-u ' : ''}${name.host} ${name.port}`;
}
