// The messages from and to one peer: its history, what comes, and what is sent with its status.

import {get, post} from './api.js';
import {bytes, hexOfBase64} from './format.js';
import {hexOfText} from './hex-view.js';

const LINES = 1000;
const PAUSE = 2000; // milliseconds between two looks at its facts
const WAIT = '25s'; // for its next message
const PAGE = 100;
/** A message with one of these does not change any more, apart from a later acknowledgement or reply. */
const FINAL = new Set(['acked', 'replied', 'failed']);
const SETTLES = 60_000; // milliseconds in which a written message may still be acknowledged or replied to

/** The body of POST /send. */
export function messageFor(to, text, {hex, framing, wait}) {
  const message = {to};
  if (hex) message.hex = text.replace(/\s+/g, '');
  else message.text = text;
  if (framing !== '') message.framing = framing;
  message.wait = wait;
  return message;
}

export class Terminal {
  #changed;
  #stop = new AbortController();
  #next = 0;
  #sentNext = 0;
  #made = 0;
  #wake = null;

  id;
  /** The peer as GET /peers/{peer} shows it; null until that has answered. */
  facts = null;
  /**
   * What there is to see, oldest first: {key, order, at, kind: 'in' | 'out' | 'note', text, binary, hex, status, detail, failed,
   * reply, delivery}. The order is the time of the service in milliseconds; Infinity while it is not known.
   */
  lines = [];
  problem = null;
  /** Whether the service no longer knows the peer. */
  gone = false;
  /** Whether the messages have been read once. */
  read = false;

  /** @param changed is called when something looks different */
  constructor(id, changed) {
    this.id = id;
    this.#changed = changed;
    this.#listen();
    this.#watch();
  }

  /** Follows the peer no more. */
  close() {
    this.#stop.abort();
  }

  get closed() {
    return this.gone || this.facts?.state === 'closed';
  }

  /** Reads the facts now. */
  refresh() {
    this.#wake?.();
  }

  /** @param choices {hex: boolean, framing: string or '', wait: 'written' | 'acked' | 'reply' | 'queued'} */
  async send(text, choices) {
    const hex = choices.hex ? text.replace(/\s+/g, '') : hexOfText(text);
    const line = this.#add({kind: 'out', text, binary: choices.hex, hex, status: 'sending', detail: ''});
    try {
      const report = await post('send', {...messageFor(this.id, text, choices), results: 'all'});
      const [result] = report.results;
      line.delivery = report.id;
      line.status = result.status;
      line.detail = result.reason ?? bytes(result.bytes ?? 0);
      line.failed = result.status === 'failed';
      line.reply = result.replyBase64 === undefined ? result.reply : hexOfBase64(result.replyBase64);
      this.#merge(line);
    } catch (problem) {
      line.status = problem.reason || 'failed';
      line.detail = problem.message;
      line.failed = true;
    }
    if (line.order === Infinity) line.order = this.#latest();
    this.#changed();
  }

  /** The history may have brought the message before the answer came. */
  #merge(line) {
    const known = this.lines.find((each) => each !== line && each.kind === 'out' && each.delivery === line.delivery);
    if (known === undefined) return;
    line.order = known.order;
    line.at = known.at;
    line.hex = known.hex;
    this.lines.splice(this.lines.indexOf(known), 1);
    this.#sort();
  }

  #latest() {
    return this.lines.reduce((latest, {order}) => (order === Infinity ? latest : Math.max(latest, order)), 0);
  }

  async #listen() {
    while (!this.#stop.signal.aborted) {
      try {
        const wait = this.read ? `&wait=${WAIT}` : '';
        const page = await get(`peers/${this.id}/messages?after=${this.#next}&limit=${PAGE}&hex=true${wait}`, {signal: this.#stop.signal});
        if (page.missed > 0) this.#add({kind: 'note', text: `${page.missed} received messages before this are no longer kept`, order: Date.parse(page.messages[0]?.at ?? 0)});
        for (const message of page.messages) this.#add({kind: 'in', ...content(message)});
        this.#next = page.next;
        if (page.messages.length < PAGE) this.read = true;
        this.#changed();
        if (this.closed && page.messages.length === 0) return;
      } catch (problem) {
        if (this.closed || problem.status === 404 || problem.status === 410) return;
        await this.#failed(problem);
      }
    }
  }

  async #watch() {
    while (!this.#stop.signal.aborted) {
      try {
        const facts = await get(`peers/${this.id}`, {signal: this.#stop.signal});
        await this.#readSent();
        this.facts = facts;
        this.problem = null;
        if (this.closed) {
          const detail = facts.closeDetail ? ` (${facts.closeDetail})` : '';
          this.#add({kind: 'note', at: facts.closedAt, order: Date.parse(facts.closedAt), text: `closed: ${facts.closeReason}${detail}`});
          return;
        }
        this.#changed();
        await new Promise((done) => {
          this.#wake = done;
          setTimeout(done, PAUSE);
        });
      } catch (problem) {
        if (problem.status === 404 || problem.status === 410) {
          this.gone = true;
          this.#changed();
          return;
        }
        await this.#failed(problem);
      }
    }
  }

  /** What anybody sent to the peer, from the first message on whose status may have changed. */
  async #readSent() {
    let after = this.#sentNext;
    for (;;) {
      let page;
      try {
        page = await get(`peers/${this.id}/messages?direction=sent&after=${after}&limit=${PAGE}&hex=true`, {signal: this.#stop.signal});
      } catch (problem) {
        if (problem.status === 410) return; // the facts outlast the messages
        throw problem;
      }
      for (const message of page.messages) this.#sent(message);
      after = page.next;
      if (page.messages.length < PAGE) break;
    }
    const open = this.lines.filter(({kind, seq, status, order}) =>
        kind === 'out' && seq !== undefined && !FINAL.has(status) && Date.now() - order < SETTLES).map(({seq}) => seq - 1);
    this.#sentNext = Math.min(after, ...open);
  }

  #sent(message) {
    const line = this.lines.find(({kind, delivery}) => kind === 'out' && delivery === message.delivery)
        ?? this.lines.find(({kind, status, hex}) => kind === 'out' && status === 'sending' && hex === message.hex) // its answer is to come
        ?? this.#add({kind: 'out', detail: '', ...content(message)});
    const {seq, hex, order, at} = content(message);
    Object.assign(line, {seq, hex, delivery: message.delivery, status: message.status, failed: message.status === 'failed'});
    if (message.reason !== undefined) line.detail = message.reason;
    if (line.order !== order) {
      Object.assign(line, {order, at});
      this.#sort();
    }
  }

  async #failed(problem) {
    if (this.#stop.signal.aborted) return;
    this.problem = problem;
    this.#changed();
    await new Promise((done) => setTimeout(done, PAUSE));
  }

  #add(line) {
    const added = {key: this.#made++, at: new Date().toISOString(), order: Infinity, failed: false, ...line};
    this.lines.push(added);
    if (this.lines.length > 1 && this.lines.at(-2).order > added.order) this.#sort();
    if (this.lines.length > LINES) this.lines.shift();
    this.#changed();
    return added;
  }

  #sort() {
    this.lines.sort((a, b) => (a.order === b.order ? a.key - b.key : a.order - b.order));
  }
}

/** What the line of a message of the API shows. */
function content({seq, at, text, base64, hex, complete}) {
  const binary = text === undefined;
  return {seq, at, order: Date.parse(at), hex, binary, text: binary ? hexOfBase64(base64) : text, incomplete: complete === false};
}
