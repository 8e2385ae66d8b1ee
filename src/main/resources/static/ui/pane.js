// How a terminal looks: the facts of its peer, the lines, and the prompt.

import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {repeat} from '../webjars/lit-html/directives/repeat.js';
import {address, age, bytes, clock, rtt, visible} from './format.js';

const WAITS = [['written', 'written'], ['acked', 'acknowledged'], ['reply', 'a reply'], ['queued', 'queued']];

export class Pane {
  #changed;
  #past = [];
  #at = 0;
  #typed = '';

  terminal = null;
  how = {hex: false, framing: '', wait: 'written'};

  /**
   * @param changed is called when something looks different
   * @param leave is called by who has seen enough
   * @param hangUp is called with the terminal of the peer to close
   * @param stored is called with the terminal whose stored messages somebody wants to see
   */
  constructor(changed, leave, hangUp, stored) {
    this.#changed = changed;
    this.leave = leave;
    this.hangUp = hangUp;
    this.stored = stored;
  }

  view() {
    const {facts, problem, lines, id} = this.terminal;
    return html`
      <section class="pane" aria-label="Peer ${facts?.name ?? id}">
        <header>
          <button type="button" class="back" @click=${this.leave} title="Back to the overview (Esc)" aria-label="Back">←</button>
          <h2>${facts?.name ? html`${facts.name} <small>${id}</small>` : id}</h2>
          ${facts?.name ? html`<button type="button" id="stored-of-peer" @click=${() => this.stored(this.terminal)}>Stored…</button>` : nothing}
          <button type="button" class="danger" ?disabled=${this.terminal.closed} @click=${() => this.hangUp(this.terminal)}>Close…</button>
        </header>
        ${facts === null ? nothing : factList(facts)}
        ${facts?.hint ? html`<p class="hint">${facts.hint}</p>` : nothing}
        ${problem === null ? nothing : html`<p class="problem" role="alert">${problem.message}</p>`}
        <div class="lines" id="lines" role="log" aria-label="What is said" tabindex="0">
          ${lines.length === 0 ? html`<p class="empty">Nothing has been said yet.</p>` : nothing}
          ${repeat(lines, (line) => line.key, lineView)}
        </div>
        ${this.#prompt()}
      </section>`;
  }

  #prompt() {
    const {how} = this;
    const closed = this.terminal.closed;
    return html`
      <div class="prompt">
        <label class="line"><span aria-hidden="true">&gt;&gt;&gt;</span>
          <input id="prompt" type="text" autocomplete="off" autocapitalize="off" spellcheck="false" ?disabled=${closed}
                 aria-label="Message to this peer" placeholder=${closed ? 'it is closed' : how.hex ? '48 65 6c 6c 6f' : ''}
                 @keydown=${(e) => this.#key(e)}></label>
        <div class="how">
          <label>as <select id="mode" @change=${(e) => this.#set({hex: e.target.value === 'hex'})}>
            <option value="text" ?selected=${!how.hex}>text</option><option value="hex" ?selected=${how.hex}>hex</option></select></label>
          <label>framing <input id="framing" type="text" size="9" placeholder=${this.terminal.facts?.framing ?? ''} spellcheck="false"
                 autocapitalize="off" title="Another framing than the listener's, for what is sent: raw, line, crlf, ..."
                 @change=${(e) => this.#set({framing: e.target.value.trim()})}></label>
          <label>wait until <select id="wait" @change=${(e) => this.#set({wait: e.target.value})}>
            ${WAITS.map(([value, text]) => html`<option value=${value} ?selected=${how.wait === value}>${text}</option>`)}</select></label>
        </div>
      </div>`;
  }

  #set(how) {
    this.how = {...this.how, ...how};
    this.#changed();
  }

  #key(e) {
    const input = e.target;
    if (e.key === 'Enter' && !e.isComposing && input.value !== '') {
      this.#past.push(input.value);
      this.#at = this.#past.length;
      this.terminal.send(input.value, this.how);
      input.value = '';
    } else if (e.key === 'ArrowUp' && this.#at > 0) {
      if (this.#at === this.#past.length) this.#typed = input.value;
      input.value = this.#past[--this.#at];
    } else if (e.key === 'ArrowDown' && this.#at < this.#past.length) {
      this.#at++;
      input.value = this.#at === this.#past.length ? this.#typed : this.#past[this.#at];
    } else {
      return;
    }
    e.preventDefault();
  }
}

function factList(facts) {
  const {socket} = facts;
  const shown = [
    ['address', address(facts.peername)],
    ['here', `${address(facts.sockname)} (${facts.listener}, ${facts.transport})`],
    ['state', facts.state],
    ['up', age((facts.closedAt ? Date.parse(facts.closedAt) : Date.now()) - Date.parse(facts.connectedAt))],
    ['groups', facts.groups.join(', ')],
    ['received', `${facts.received.messages} in ${bytes(facts.received.bytes)}`],
    ['sent', `${facts.sent.messages} in ${bytes(facts.sent.bytes)}`],
    ['queued', facts.queued.messages > 0 ? `${facts.queued.messages} in ${bytes(facts.queued.bytes)}` : ''],
    ['RTT', socket?.rtt == null ? '' : rtt(socket.rtt)],
    ['retransmits', socket?.totalRetransmits > 0 ? socket.totalRetransmits : ''],
    ['fileno', socket?.fileno ?? ''],
  ];
  return html`<dl class="facts">${shown.filter(([, value]) => value !== '').map(([name, value]) =>
      html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function lineView(line) {
  if (line.kind === 'note') {
    return html`<p class="note"><time>${clock(line.at)}</time> ${line.text}</p>`;
  }
  const status = line.kind === 'in' ? nothing
      : html` <span class="status ${line.failed ? 'failed' : line.status}">${line.status}${line.detail ? html` <i>${line.detail}</i>` : nothing}</span>`;
  return html`<p class=${line.kind}><time>${clock(line.at)}</time> <span class="mark" aria-hidden="true">${
      line.kind === 'out' ? '>>>' : '<<<'}</span> <span class="sr">${line.kind === 'out' ? 'sent' : 'received'}</span><span class="text">${
      visible(line.text)}</span>${line.hex ? html` <span class="tag">hex</span>` : nothing}${status}${
      line.reply === undefined ? nothing : html`<br><span class="reply">↳ ${visible(line.reply)}</span>`}</p>`;
}
