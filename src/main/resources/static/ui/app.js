// The operator's page.

import {html, nothing, render} from '../webjars/lit-html/lit-html.js';
import {askForTokenWith} from './api.js';
import {askForToken, broadcast, hangUp, keys, tryFraming} from './dialogs.js';
import {count, peers as peersInWords} from './format.js';
import {storedMessages} from './mailbox.js';
import {Overview} from './overview.js';
import {Pane} from './pane.js';
import {Peers} from './peers.js';
import {howMany, Table} from './peer-table.js';
import {Terminal} from './terminal.js';

const SHORTEST = 100; // milliseconds between two drawings that nobody's hand asked for

let drawn = 0;
let due = 0;

/** Draws soon: at once for a hand, and at most ten times a second for what happens by itself. */
function changed(byHand = false) {
  const wait = byHand ? 0 : Math.max(0, SHORTEST - (performance.now() - drawn));
  if (due !== 0 && !byHand) return;
  clearTimeout(due);
  due = setTimeout(() => requestAnimationFrame(draw), wait);
}

const byItself = () => changed();
const byHand = () => changed(true);

askForTokenWith(askForToken);
const peers = new Peers(byItself);
const overview = new Overview(byItself);
const table = new Table(peers, open, byHand);
const pane = new Pane(byHand, leave, (terminal) => closePeers([terminal.id], terminal.facts?.name ?? terminal.id, 1),
    (terminal) => storedMessages(terminal.facts.name));

function open(id, talk = false) {
  if (pane.terminal?.id !== id) {
    pane.terminal?.close();
    pane.terminal = new Terminal(id, byItself);
  }
  draw();
  if (talk || matchMedia('(pointer: fine)').matches) document.getElementById('prompt')?.focus();
}

function leave() {
  pane.terminal?.close();
  pane.terminal = null;
  draw();
  document.getElementById('grid')?.focus();
}

/** Whom the next action is for: the selected, else all that are shown. */
function chosen() {
  const {selected, filter} = peers;
  if (selected.size > 0) return {to: [...selected], words: 'the selected', size: selected.size};
  const {rows} = table;
  if (filter.q === '' && filter.listener === '') {
    return filter.group === ''
        ? {to: ['all'], words: 'all', size: rows.length}
        : {to: [`group:${filter.group}`], words: `the group ${filter.group}`, size: rows.length};
  }
  return {to: rows.map((peer) => peer.id), words: 'all that are shown', size: rows.length};
}

function broadcastToChosen() {
  const {to, words, size} = chosen();
  if (size > 0) broadcast(to, words, size);
}

function closeChosen() {
  const {selected} = peers;
  if (selected.size > 0) closePeers([...selected], 'The selected', selected.size);
  else if (table.at !== null) closePeers([table.at], peers.get(table.at)?.name ?? table.at, 1);
}

async function closePeers(to, words, size) {
  if (await hangUp(to, words, size)) {
    peers.selected.clear();
    peers.refresh();
  }
}

function stateView() {
  const {live, problem} = peers;
  if (live) return html`<span class="state live">live</span>`;
  return html`<span class="state lost" role="status">${problem ? problem.message : 'connecting'}</span>`;
}

function view() {
  const {terminal} = pane;
  const grid = table.view(terminal?.id ?? null);
  const {selected, filter} = peers;
  const rates = overview.rates;
  return html`
    <header class="top">
      <h1><a href=".">Switchboard</a></h1>
      ${stateView()}
      <span class="sum" id="sum">${peersInWords(peers.size)}</span>
      ${rates === null ? nothing : html`<span class="sum">${count(Math.round(rates.received))} in/s</span><span class="sum">${count(Math.round(rates.sent))} out/s</span>`}
      <button type="button" id="try-framing" title="Try a framing (f)" @click=${tryFraming}>Framing…</button>
      <button type="button" id="stored" title="Stored messages (m)" @click=${() => storedMessages()}>Stored…</button>
      <button type="button" class="help" title="Keys (?)" aria-label="Keys" @click=${keys}>?</button>
    </header>
    <main class=${terminal === null ? '' : 'talking'}>
      <section class="list" aria-label="Peers">
        <div class="tools">
          <input type="search" id="search" placeholder="Search  /" aria-label="Search peers" spellcheck="false" autocapitalize="off" .value=${filter.q}
                 @input=${(e) => { filter.q = e.target.value.trim(); byHand(); }}>
          <select id="group" aria-label="Group" @change=${(e) => { filter.group = e.target.value; byHand(); }}>
            <option value="">every group</option>
            ${peers.groups().map(([group, size]) => html`<option value=${group} ?selected=${group === filter.group}>${group} (${count(size)})</option>`)}</select>
          <select id="listener" aria-label="Listener" @change=${(e) => { filter.listener = e.target.value; byHand(); }}>
            <option value="">every listener</option>
            ${overview.listeners.map(({name}) => html`<option value=${name} ?selected=${name === filter.listener}>${name}</option>`)}</select>
          <span class="shown" id="shown">${howMany(table.rows.length, peers.size)}</span>
          <span class="actions">
            ${selected.size === 0 ? nothing : html`<span id="selected">${count(selected.size)} selected</span>
              <button type="button" @click=${() => { selected.clear(); byHand(); }}>None</button>
              <button type="button" class="danger" id="close-selected" @click=${closeChosen}>Close…</button>`}
            <button type="button" id="broadcast" ?disabled=${table.rows.length === 0} @click=${broadcastToChosen}>Broadcast…</button></span>
        </div>
        ${grid}
        ${peers.loaded && peers.size === 0 ? welcome() : nothing}
      </section>
      <aside>${terminal === null ? overview.view() : pane.view()}</aside>
    </main>
    <p class="sr" role="status" aria-live="polite">${selected.size > 0 ? `${selected.size} selected` : ''}</p>`;
}

function welcome() {
  const first = overview.listeners.find(({transport, address}) => transport === 'tcp' && address?.port);
  return html`<div class="welcome"><p>Nobody is connected yet. Be the first:</p>
    <p><code>nc ${first?.address.host ?? '127.0.0.1'} ${first?.address.port ?? 8000}</code></p></div>`;
}

function draw() {
  clearTimeout(due);
  due = 0;
  drawn = performance.now();
  const lines = document.getElementById('lines');
  const atEnd = lines === null || lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
  const was = lines?.dataset.peer;
  render(view(), document.body);
  table.watch(document.getElementById('grid'));
  overview.attach(document.body);
  const now = document.getElementById('lines');
  if (now !== null) {
    if (atEnd || was !== pane.terminal.id) now.scrollTop = now.scrollHeight;
    now.dataset.peer = pane.terminal.id;
  }
}

document.addEventListener('keydown', (e) => {
  if (document.querySelector('dialog[open]') !== null) return;
  const typing = e.target.matches('input:not([type=checkbox]), textarea, select');
  if (e.key === 'Escape') {
    if (e.target.id === 'search' && e.target.value !== '') {
      peers.filter.q = '';
      byHand();
    } else if (e.target.id === 'prompt' || e.target.id === 'search') {
      document.getElementById('grid').focus();
    } else if (pane.terminal !== null) {
      leave();
    }
    return;
  }
  if (typing || e.ctrlKey || e.metaKey || e.altKey) return;
  const does = {'/': () => document.getElementById('search').focus(), b: broadcastToChosen, x: closeChosen, f: tryFraming, m: () => storedMessages(), '?': keys,
    j: () => walk(1), k: () => walk(-1)}[e.key];
  if (does !== undefined && !e.defaultPrevented) {
    e.preventDefault();
    does();
  }
});

function walk(by) {
  const grid = document.getElementById('grid');
  grid.focus();
  table.move(by, grid);
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  overview.forgetCharts();
  draw();
});

document.querySelector('noscript')?.remove();
peers.start();
overview.start();
setInterval(byItself, 1000); // ages grow
draw();
