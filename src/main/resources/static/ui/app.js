// The operator's page.

import {html, nothing, render} from '../webjars/lit-html/lit-html.js';
import {askForTokenWith, get} from './api.js';
import {calls} from './calls.js';
import {closedPeers} from './closed.js';
import {askForToken, broadcast, hangUp, keys, tryFraming} from './dialogs.js';
import {clock, count, peers as peersInWords} from './format.js';
import {storedMessages} from './mailbox.js';
import {menuView} from './menu.js';
import {Overview} from './overview.js';
import {createListener, changeListener, removeListener} from './listener-form.js';
import {Pane} from './pane.js';
import {editPeer} from './peer-form.js';
import {Peers} from './peers.js';
import {howMany, Table} from './peer-table.js';
import {isLive, service, watchService} from './service.js';
import {serviceInfo} from './service-info.js';
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
const peers = new Peers(byItself, (id) => {
  if (pane.terminal?.id === id) pane.terminal.refresh();
});
watchService(byHand);
const overview = new Overview(byItself, listenerActions);

/** What the client may do: GET /tokens; null while that is not known. */
let self = null;
let version = '';

async function readSelf() {
  try {
    self = (await get('tokens')).self;
    version = (await get('nodes')).nodes.find((node) => node.self)?.version ?? '';
  } catch {
    self = null; // the next time the service is live
  }
  byHand();
}

watchService(() => {
  if (isLive() && self === null) readSelf();
});

/** Listeners can be changed by whoever manages all peers. */
function listenerActions() {
  if (self === null || !isLive() || !self.roles.includes('manage') || self.listeners.length > 0 || self.groups.length > 0) return null;
  const then = async (dialog) => {
    if (await dialog) overview.refresh();
  };
  return {
    create: () => then(createListener()),
    edit: (listener) => then(changeListener(listener)),
    remove: (listener) => then(removeListener(listener)),
  };
}
const table = new Table(peers, open, byHand);
const pane = new Pane(byHand, leave, {
  stored: (terminal) => storedMessages(terminal.facts.name),
  edit: async (terminal) => {
    if (await editPeer(terminal.facts)) {
      terminal.refresh();
      peers.refresh();
    }
  },
  hangUp: (terminal) => closePeers([terminal.id], terminal.facts?.name ?? terminal.id, 1),
});

function open(id, talk = false) {
  peers.see(id);
  if (pane.terminal?.id !== id) {
    pane.terminal?.close();
    pane.show(new Terminal(id, byItself));
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
  if (size > 0 && isLive()) broadcast(to, words, size);
}

function closeChosen() {
  const {selected} = peers;
  if (!isLive()) return;
  if (selected.size > 0) closePeers([...selected], 'The selected', selected.size);
  else if (table.at !== null) closePeers([table.at], peers.get(table.at)?.name ?? table.at, 1);
}

async function closePeers(to, words, size) {
  if (await hangUp(to, words, size)) {
    peers.selected.clear();
    peers.refresh();
  }
}

function clearFilter() {
  Object.assign(peers.filter, {q: '', group: '', listener: ''});
  byHand();
  document.getElementById('search').focus();
}

/** Actions of the service as a whole: in the header, and in the menu. */
const ACTIONS = [
  {id: 'closed', label: 'Closed peers…', short: 'Closed…', key: 'c', does: () => closedPeers(open)},
  {id: 'calls', label: 'Connections out…', short: 'Connect…', key: 'o', does: () => calls(overview.listeners)},
  {id: 'stored', label: 'Stored messages…', short: 'Stored…', key: 'm', does: () => storedMessages()},
  {id: 'service', label: 'Service: nodes, tokens, limits…', key: 's', does: serviceInfo},
  {id: 'try-framing', label: 'Try a framing…', short: 'Framing…', key: 'f', does: tryFraming},
];

function view() {
  const {terminal} = pane;
  const grid = table.view(terminal?.id ?? null);
  const rates = overview.rates;
  return html`
    <header class="top">
      <h1><a href=".">Switchboard</a></h1>
      <span class="state ${service.state}" role="status">${service.state}</span>
      <span class="sum" id="sum">${peers.loaded ? peersInWords(peers.size) : ''}</span>
      ${rates === null || !isLive() ? nothing : html`<span class="sum rate">${count(Math.round(rates.received))} in/s</span><span class="sum rate">${count(Math.round(rates.sent))} out/s</span>`}
      ${menuView(ACTIONS, isLive(), keys, version)}
    </header>
    <main class=${[terminal === null ? '' : 'talking', service.state === 'unavailable' ? 'stale' : ''].join(' ')}>
      <section class="list" aria-label="Peers">
        ${toolsView()}
        ${service.state !== 'unavailable' ? nothing : html`<p class="problem" id="unavailable" role="alert">Unavailable since ${clock(service.since)}: ${service.problem.message}.
          ${peers.loaded ? 'The page shows the state before that.' : ''} It tries again by itself.</p>`}
        ${grid}
        ${emptyView()}
      </section>
      <aside>${terminal === null ? overview.view() : pane.view()}</aside>
    </main>
    <p class="sr" role="status" aria-live="polite">${peers.selected.size > 0 ? `${peers.selected.size} selected` : ''}</p>`;
}

function toolsView() {
  const {selected, filter} = peers;
  return html`
    <div class="tools">
      <input type="search" id="search" placeholder="Search  /" aria-label="Search peers" spellcheck="false" autocapitalize="off" .value=${filter.q}
             @input=${(e) => { filter.q = e.target.value.trim(); byHand(); }}>
      <select id="group" aria-label="Group" @change=${(e) => { filter.group = e.target.value; byHand(); }}>
        <option value="" .selected=${filter.group === ''}>All groups</option>
        ${peers.groups().map(([group, size]) => html`<option value=${group} .selected=${group === filter.group}>${group} (${count(size)})</option>`)}</select>
      <select id="listener" aria-label="Listener" @change=${(e) => { filter.listener = e.target.value; byHand(); }}>
        <option value="" .selected=${filter.listener === ''}>All listeners</option>
        ${overview.listeners.map(({name}) => html`<option value=${name} .selected=${name === filter.listener}>${name}</option>`)}</select>
      <span class="shown" id="shown">${peers.loaded ? howMany(table.rows.length, peers.size) : ''}</span>
      <fieldset class="actions" ?disabled=${!isLive()}>
        ${selected.size === 0 ? nothing : html`<span id="selected">${count(selected.size)} selected</span>
          <button type="button" @click=${() => { selected.clear(); byHand(); }}>None</button>
          <button type="button" class="danger" id="close-selected" @click=${closeChosen}>Close…</button>`}
        <button type="button" id="broadcast" ?disabled=${table.rows.length === 0} @click=${broadcastToChosen}>Broadcast…</button></fieldset>
    </div>`;
}

/** What stands in place of rows; nothing is said about who is connected unless it is known. */
function emptyView() {
  if (table.rows.length > 0 || !peers.loaded) return nothing;
  if (peers.size > 0) {
    return html`<div class="welcome" id="no-match"><p>No peer matches this search.</p>
      <p><button type="button" id="clear-search" @click=${clearFilter}>Clear the search</button></p></div>`;
  }
  if (!isLive()) return nothing;
  const first = overview.listeners.find(({transport, address}) => transport === 'tcp' && address?.port);
  return html`<div class="welcome"><p>Nobody is connected.</p>
    ${first === undefined ? nothing : html`<p>Try it: <code>nc ${first.address.host} ${first.address.port}</code></p>`}</div>`;
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
  const does = {'/': () => document.getElementById('search').focus(), b: broadcastToChosen, x: closeChosen, '?': keys,
    j: () => walk(1), k: () => walk(-1), ...Object.fromEntries(ACTIONS.map(({key, does: action}) => [key, isLive() ? action : () => {}]))}[e.key];
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
