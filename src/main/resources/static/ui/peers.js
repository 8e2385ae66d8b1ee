// Who is connected: a copy of GET /peers, kept up to date by events and by reading it again.

import {get} from './api.js';
import {follow} from './events.js';
import {address} from './format.js';
import {reportService} from './service.js';

const PAGE = 1000;
const SHORTEST_PAUSE = 2000;
const SOON = 300; // an event says less of a peer than the list does
/** Reading the list takes a tenth of the time at most, however long it is. */
const REST = 9;
const TIMEOUT = 15_000; // for a page of the list
/** The longest text of a column that counts for its width, in characters. */
const WIDEST = 48;

/** How a column orders peers: by what, and what is first at the first click. */
export const COLUMNS = {
  id: {of: (peer) => peer.order, first: 1},
  name: {of: (peer) => peer.name ?? '\uffff', first: 1},
  peername: {of: (peer) => peer.address, first: 1},
  groups: {of: (peer) => peer.groups[0] ?? '\uffff', first: 1},
  listener: {of: (peer) => peer.listener, first: 1},
  up: {of: (peer) => -peer.since, first: 1},
  idle: {of: (peer) => -peer.last, first: 1},
  received: {of: (peer) => peer.received.bytes, first: -1},
  sent: {of: (peer) => peer.sent.bytes, first: -1},
  queued: {of: (peer) => peer.queued.bytes, first: -1},
  rtt: {of: (peer) => peer.socket?.rtt ?? -1, first: -1},
};

export class Peers {
  #byId = new Map();
  #changed;
  #order = 0;
  #stale = false;
  #soon = 0;
  #waiter = null;
  /** Who has closed while the list is being read: an answer on its way may still have them. */
  #gone = new Set();

  filter = {q: '', group: '', listener: ''};
  sort = {column: 'id', direction: 1};
  selected = new Set();
  /** Of the whole service. */
  total = 0;
  loaded = false;
  /** The longest text of each column of text, in characters. */
  widths = noWidths();
  #followed = false;
  #followProblem = null;
  #readProblem = null;
  #closed;
  /** The hint of each peer that somebody has seen. */
  #seen = new Map();

  /**
   * @param changed is called when something may look different
   * @param closed is called with the id of a peer that closed
   */
  constructor(changed, closed) {
    this.#changed = changed;
    this.#closed = closed;
  }

  start() {
    follow('type=connected&type=identified&type=closed', {
      event: (type, data) => this.#happened(type, data),
      state: (state, problem = null) => {
        if (state === 'live') this.#followed = true;
        this.#followProblem = problem;
        this.#report();
      },
    });
    this.#readAgainAndAgain();
  }

  get(id) {
    return this.#byId.get(id);
  }

  #report() {
    const problem = this.#followProblem ?? this.#readProblem;
    reportService(this.#followed && this.loaded && problem === null, problem);
    this.#changed();
  }

  /** Whether a peer has a hint that nobody has seen. */
  hasNews(peer) {
    return peer.hint != null && this.#seen.get(peer.id) !== peer.hint;
  }

  /** Somebody looks at this peer. */
  see(id) {
    const hint = this.#byId.get(id)?.hint;
    if (hint != null) this.#seen.set(id, hint);
  }

  get size() {
    return this.#byId.size;
  }

  /** Those that fit the filter, in order. */
  shown() {
    const {q, group, listener} = this.filter;
    const needle = q.toLowerCase();
    const shown = [];
    for (const peer of this.#byId.values()) {
      if ((group === '' || peer.groups.includes(group))
          && (listener === '' || peer.listener === listener)
          && (needle === '' || peer.text.includes(needle))) {
        shown.push(peer);
      }
    }
    const {of} = COLUMNS[this.sort.column];
    const direction = this.sort.direction;
    return shown
        .map((peer) => ({peer, key: of(peer)}))
        .sort((a, b) => (a.key < b.key ? -direction : a.key > b.key ? direction : a.peer.order - b.peer.order))
        .map(({peer}) => peer);
  }

  /** Each group with how many are in it, by name. */
  groups() {
    const sizes = new Map();
    for (const peer of this.#byId.values()) {
      for (const group of peer.groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
    }
    return [...sizes].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Reads the list again now rather than later. */
  refresh() {
    this.#stale = true;
    this.#waiter?.();
  }

  /** The same in a moment, where that costs one page. */
  #refreshSoon() {
    if (this.#soon === 0 && this.#byId.size < PAGE) {
      this.#soon = setTimeout(() => {
        this.#soon = 0;
        this.refresh();
      }, SOON);
    }
  }

  #happened(type, event) {
    if (type === 'gap') {
      this.refresh();
      return;
    }
    const {id, name} = event.peer;
    const known = this.#byId.get(id);
    if (type === 'closed') {
      this.#gone.add(id);
      this.#remove(id);
      this.#closed(id);
    } else if (type === 'identified' && known) {
      this.#put({...known, name});
    } else if (!known) {
      this.#put({
        ...event.peer, groups: [], connectedAt: event.at, state: 'open',
        received: {messages: 0, bytes: 0}, sent: {messages: 0, bytes: 0}, queued: {messages: 0, bytes: 0},
      });
      this.#refreshSoon();
    }
    this.#changed();
  }

  #remove(id) {
    this.#byId.delete(id);
    this.selected.delete(id);
    this.#seen.delete(id);
  }

  #put(row, time = Date.now()) {
    const known = this.#byId.get(row.id);
    const peer = {...row, seen: time};
    peer.order = known?.order ?? this.#order++;
    peer.address = address(row.peername);
    peer.since = Date.parse(row.connectedAt);
    peer.last = Math.max(peer.since, Date.parse(row.lastReceivedAt ?? 0), Date.parse(row.lastSentAt ?? 0));
    widen(this.widths, peer);
    peer.text = [row.id, row.name ?? '', row.listener, peer.address, ...row.groups].join('\n').toLowerCase();
    this.#byId.set(row.id, peer);
  }

  async #readAgainAndAgain() {
    for (;;) {
      const start = performance.now();
      this.#stale = false;
      try {
        await this.#read();
        this.#readProblem = null;
      } catch (problem) {
        this.#readProblem = problem;
      }
      this.#report();
      const took = performance.now() - start;
      if (!this.#stale) {
        const pause = Math.max(SHORTEST_PAUSE, REST * took);
        await new Promise((done) => {
          this.#waiter = done;
          setTimeout(done, pause);
        });
      }
    }
  }

  /** All pages. Who is on none of them, and was known before, has gone. */
  async #read() {
    const start = Date.now();
    this.#gone.clear();
    let after = null;
    do {
      const page = await get(`peers?socket=true&limit=${PAGE}${after === null ? '' : `&after=${after}`}`, {timeout: TIMEOUT});
      const now = Date.now();
      for (const row of page.peers) {
        if (!this.#gone.has(row.id)) this.#put(row, now);
      }
      this.total = page.total;
      after = page.next;
      if (!this.loaded) this.#changed();
    } while (after !== null);
    const widths = noWidths();
    for (const peer of this.#byId.values()) {
      if (peer.seen < start) this.#remove(peer.id);
      else widen(widths, peer);
    }
    this.widths = widths;
    this.total = this.#byId.size;
    this.loaded = true;
  }
}

function noWidths() {
  return {id: 0, name: 0, peername: 0, groups: 0, listener: 0};
}

function widen(widths, peer) {
  const of = (column, length) => { widths[column] = Math.max(widths[column], Math.min(WIDEST, length)); };
  of('id', peer.id.length + (peer.hint == null ? 0 : 3));
  of('name', peer.name?.length ?? 0);
  of('peername', peer.address.length + (peer.state === 'open' ? 0 : 2 + peer.state.length));
  of('groups', peer.groups.join(', ').length);
  of('listener', peer.listener.length);
}
