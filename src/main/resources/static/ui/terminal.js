// What is said to and by one peer: its messages as they come, and what is sent with what became of it.

import {get, post} from './api.js';
import {bytes, hexOfBase64} from './format.js';

const LINES = 1000;
const PAUSE = 2000; // milliseconds between two looks at its facts
const WAIT = '25s'; // for its next message

export class Terminal {
  #changed;
  #stop = new AbortController();
  #next = 0;
  #made = 0;

  id;
  /** The peer as GET /peers/{peer} shows it; null until that has answered. */
  facts = null;
  /** What there is to see: {key, at, kind: 'in' | 'out' | 'note', text, hex, status, detail, failed, reply} */
  lines = [];
  problem = null;

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
    return this.facts?.state === 'closed';
  }

  /** @param how {hex: boolean, framing: string or '', wait: 'written' | 'acked' | 'reply' | 'queued'} */
  async send(text, {hex, framing, wait}) {
    const line = this.#add({kind: 'out', text, hex, status: 'sending', detail: ''});
    const message = {to: this.id, wait, results: 'all'};
    if (hex) message.hex = text.replace(/\s+/g, '');
    else message.text = text;
    if (framing !== '') message.framing = framing;
    try {
      const [result] = (await post('send', message)).results;
      line.status = result.status;
      line.detail = result.reason ?? bytes(result.bytes ?? 0);
      line.failed = result.status === 'failed';
      line.reply = result.replyBase64 === undefined ? result.reply : hexOfBase64(result.replyBase64);
    } catch (problem) {
      line.status = problem.reason || 'failed';
      line.detail = problem.message;
      line.failed = true;
    }
    this.#changed();
  }

  async #listen() {
    while (!this.#stop.signal.aborted) {
      try {
        const page = await get(
            `peers/${this.id}/messages?after=${this.#next}&limit=100&wait=${WAIT}`, this.#stop.signal);
        if (page.missed > 0) this.#add({kind: 'note', text: `${page.missed} messages before this are no longer kept`});
        for (const message of page.messages) {
          const hex = message.base64 !== undefined;
          this.#add({kind: 'in', at: message.at, hex, text: hex ? hexOfBase64(message.base64) : message.text});
        }
        this.#next = page.next;
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
        this.facts = await get(`peers/${this.id}`, this.#stop.signal);
        this.problem = null;
        if (this.closed) {
          const detail = this.facts.closeDetail ? ` (${this.facts.closeDetail})` : '';
          this.#add({kind: 'note', at: this.facts.closedAt, text: `closed: ${this.facts.closeReason}${detail}`});
          return;
        }
        this.#changed();
        await pause(PAUSE);
      } catch (problem) {
        await this.#failed(problem);
        if (problem.status === 404) return;
      }
    }
  }

  async #failed(problem) {
    if (this.#stop.signal.aborted) return;
    this.problem = problem;
    this.#changed();
    await pause(PAUSE);
  }

  #add(line) {
    const added = {key: this.#made++, at: new Date().toISOString(), failed: false, ...line};
    this.lines.push(added);
    if (this.lines.length > LINES) this.lines.shift();
    this.#changed();
    return added;
  }
}

function pause(millis) {
  return new Promise((done) => setTimeout(done, millis));
}
