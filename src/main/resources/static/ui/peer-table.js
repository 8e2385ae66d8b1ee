// The list of peers: a grid of which only the rows in sight exist.

import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {repeat} from '../webjars/lit-html/directives/repeat.js';
import {age, bytes, count, rtt} from './format.js';
import {COLUMNS} from './peers.js';
import {currentTime} from './service.js';

const ROW = 34; // pixels, as in style.css
const MORE = 8; // rows above and below those in sight

const HEADS = [
  ['id', 'Id'], ['name', 'Name'], ['peername', 'Address'], ['groups', 'Groups'], ['listener', 'Listener'],
  ['up', 'Up'], ['idle', 'Idle'], ['received', 'Received'], ['sent', 'Sent'], ['queued', 'Queued'], ['rtt', 'RTT'],
];

export class Table {
  #peers;
  #open;
  #changed;
  #top = 0;
  #height = 600;
  #observer = new ResizeObserver(([entry]) => {
    this.#height = entry.contentRect.height;
    this.#changed();
  });
  #watched = null;

  /** The one that the keyboard is at. */
  at = null;
  rows = [];

  /**
   * @param open is told whom somebody wants to see
   * @param changed is called when something looks different
   */
  constructor(peers, open, changed) {
    this.#peers = peers;
    this.#open = open;
    this.#changed = changed;
  }

  view(opened) {
    this.rows = this.#peers.shown();
    const {widths} = this.#peers;
    const first = Math.max(0, Math.floor(this.#top / ROW) - MORE);
    const last = Math.min(this.rows.length, Math.ceil((this.#top + this.#height) / ROW) + MORE);
    const now = currentTime();
    const selected = this.#peers.selected;
    const all = this.rows.length > 0 && this.rows.every((peer) => selected.has(peer.id));
    return html`
      <div class="grid ${widths.name === 0 ? 'nameless' : ''}" .style=${columns(widths)} role="grid" id="grid" tabindex="0" aria-label="Peers" aria-multiselectable="true"
           aria-rowcount=${this.rows.length + 1} aria-colcount=${HEADS.length + 1}
           aria-activedescendant=${this.at !== null && this.rows.slice(first, last).some((p) => p.id === this.at) ? `row-${this.at}` : nothing}
           @scroll=${(e) => this.#scrolled(e.target)} @keydown=${(e) => this.#key(e)}>
        <div class="row head" role="row" aria-rowindex="1">
          <span role="columnheader" class="pick">
            <input type="checkbox" id="pick-all" aria-label="Select all that are shown" .checked=${all} .indeterminate=${!all && selected.size > 0}
                   tabindex="-1" @change=${(e) => this.#pickAll(e.target.checked)}></span>
          ${HEADS.map(([column, title]) => this.#head(column, title))}
        </div>
        <div class="rows" role="rowgroup" .style=${`height:${this.rows.length * ROW}px`}>
          ${repeat(this.rows.slice(first, last), (peer) => peer.id,
              (peer, i) => this.#row(peer, first + i, now, opened))}
        </div>
      </div>`;
  }

  #head(column, title) {
    const {sort} = this.#peers;
    const sorted = sort.column !== column ? 'none' : sort.direction > 0 ? 'ascending' : 'descending';
    return html`<span role="columnheader" class=${column} aria-sort=${sorted}>
      <button type="button" tabindex="-1" title="Sort by ${title}" @click=${() => this.#sortBy(column)}>${title}<i aria-hidden="true">${
          {none: '', ascending: ' ▴', descending: ' ▾'}[sorted]}</i></button></span>`;
  }

  #row(peer, index, now, opened) {
    const picked = this.#peers.selected.has(peer.id);
    const classes = `row${peer.id === opened ? ' opened' : ''}${peer.id === this.at ? ' at' : ''}`;
    const millis = peer.socket?.rtt;
    return html`
      <div class=${classes} role="row" id="row-${peer.id}" aria-rowindex=${index + 2} aria-selected=${picked}
           .style=${`transform:translateY(${index * ROW}px)`} @click=${() => this.#click(peer)}>
        <span role="gridcell" class="pick" @click=${(e) => e.stopPropagation()}>
          <input type="checkbox" tabindex="-1" aria-label="Select ${peer.name ?? peer.id}" .checked=${picked}
                 @change=${() => this.#pick(peer.id)}></span>
        <span role="gridcell" class="id">${peer.id}${peer.hint ? this.#hint(peer) : nothing}</span>
        <span role="gridcell" class="name" title=${peer.name ?? ''}>${peer.name ?? html`<i class="unnamed">${peer.address}</i>`}</span>
        <span role="gridcell" class="peername" title=${peer.address}>${peer.address}${
            peer.state === 'open' ? nothing : html` <em>${peer.state}</em>`}</span>
        <span role="gridcell" class="groups" title=${peer.groups.join(', ')}>${peer.groups.join(', ')}</span>
        <span role="gridcell" class="listener">${peer.listener}</span>
        <span role="gridcell" class="up num">${age(now - peer.since)}</span>
        <span role="gridcell" class="idle num">${age(now - peer.last)}</span>
        <span role="gridcell" class="received num">${bytes(peer.received.bytes)}</span>
        <span role="gridcell" class="sent num">${bytes(peer.sent.bytes)}</span>
        <span role="gridcell" class="queued num">${peer.queued.bytes === 0 ? '' : bytes(peer.queued.bytes)}</span>
        <span role="gridcell" class="rtt num">${millis == null ? '' : rtt(millis)}</span>
      </div>`;
  }

  #hint(peer) {
    const news = this.#peers.hasNews(peer);
    const text = news ? `New: ${peer.hint}` : peer.hint;
    return html` <em class=${news ? 'warn news' : 'warn'} role="img" title=${text} aria-label=${text}>⚠</em>`;
  }

  /** After rendering: knows how much is in sight. */
  watch(grid) {
    if (grid !== this.#watched) {
      this.#observer.disconnect();
      this.#observer.observe(grid);
      this.#watched = grid;
    }
  }

  #scrolled(grid) {
    const moved = Math.abs(grid.scrollTop - this.#top) >= ROW / 2;
    if (moved) {
      this.#top = grid.scrollTop;
      this.#changed(true);
    }
  }

  #sortBy(column) {
    const {sort} = this.#peers;
    this.#peers.sort = sort.column === column
        ? {column, direction: -sort.direction}
        : {column, direction: COLUMNS[column].first};
    this.#changed();
  }

  #click(peer) {
    this.at = peer.id;
    this.#open(peer.id);
  }

  #pick(id) {
    const {selected} = this.#peers;
    if (!selected.delete(id)) selected.add(id);
    this.#changed();
  }

  #pickAll(all) {
    const {selected} = this.#peers;
    for (const peer of this.rows) {
      if (all) selected.add(peer.id);
      else selected.delete(peer.id);
    }
    this.#changed();
  }

  #key(e) {
    const page = Math.max(1, Math.floor(this.#height / ROW) - 2);
    const moves = {ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity};
    if (e.ctrlKey || e.metaKey || e.altKey) {
      if (e.key !== 'a' || e.altKey) return;
      this.#pickAll(true);
    } else if (e.key in moves) {
      this.move(moves[e.key], e.currentTarget);
    } else if (e.key === 'Enter' && this.at !== null) {
      this.#open(this.at, true);
    } else if (e.key === ' ' && this.at !== null) {
      this.#pick(this.at);
    } else {
      return;
    }
    e.preventDefault();
  }

  move(by, grid) {
    if (this.rows.length === 0) return;
    const from = this.rows.findIndex((peer) => peer.id === this.at);
    const to = from < 0 ? 0 : Math.min(this.rows.length - 1, Math.max(0, from + by));
    this.at = this.rows[to].id;
    const top = to * ROW;
    const inSight = this.#height - 2 * ROW; // the head covers one
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top > grid.scrollTop + inSight) grid.scrollTop = top - inSight;
    this.#top = grid.scrollTop;
    this.#changed();
  }
}

/** How many, in words for a heading. */
export function howMany(shown, total) {
  return shown === total ? count(total) : `${count(shown)} of ${count(total)}`;
}

/** The widths of the columns of text: each gets a share of the width in proportion to its longest text. */
function columns(widths) {
  const share = (column, least, most = least) => `--${column}:minmax(${least}rem,${Math.max(widths[column], most) + 1}fr);`;
  return [
    `--id:${Math.max(widths.id, 8) * 0.46 + 0.2}rem;`,
    share('name', 4, 6), share('peername', 6, 14), share('groups', 3, 6), share('listener', 3, 7),
  ].join('');
}
