// How a terminal looks: the facts of its peer, the lines, and the prompt.

import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {repeat} from '../webjars/lit-html/directives/repeat.js';
import {choicesOf, choose, DEFAULTS} from './choices.js';
import {copy, curlOf} from './curl.js';
import {address, age, clock, count, messages, moment, rtt, visible, volume} from './format.js';
import {hexDump} from './hex-view.js';
import {currentTime, isLive} from './service.js';
import {messageFor} from './terminal.js';

const WAITS = [['written', 'written'], ['acked', 'acknowledged'], ['reply', 'a reply'], ['queued', 'queued']];
const WIDE = 600; // pixels that 16 bytes of a hex dump need

export class Pane {
  #changed;
  #past = [];
  #at = 0;
  #typed = '';
  /** Several lines that were pasted; null while there are none. */
  #pasted = null;
  #copied = '';
  #listener = null;
  #choices = DEFAULTS;
  #actions;

  terminal = null;

  /**
   * @param changed is called when something looks different
   * @param leave is called by who has seen enough
   * @param actions {stored, edit, hangUp}, each called with the terminal
   */
  constructor(changed, leave, actions) {
    this.#changed = changed;
    this.leave = leave;
    this.#actions = actions;
  }

  /** Shows another terminal. */
  show(terminal) {
    this.terminal = terminal;
    this.#pasted = null;
    this.#copied = '';
    this.#listener = null;
  }

  view() {
    const {facts, problem, lines, id, closed} = this.terminal;
    if (facts !== null && this.#listener !== facts.listener) {
      this.#listener = facts.listener;
      this.#choices = choicesOf(facts.listener);
    }
    const {stored, edit, hangUp} = this.#actions;
    const width = (document.getElementById('lines')?.clientWidth ?? 0) > WIDE ? 16 : 8;
    return html`
      <section class="pane" aria-label="Peer ${facts?.name ?? id}">
        <header>
          <button type="button" class="back" @click=${this.leave} title="Back to the overview (Esc)" aria-label="Back">←</button>
          <h2>${facts?.name ? html`${facts.name} <small>${id}</small>` : id}</h2>
          <fieldset class="actions" ?disabled=${!isLive()}>
            ${facts?.name ? html`<button type="button" id="stored-of-peer" @click=${() => stored(this.terminal)}>Stored…</button>` : nothing}
            <button type="button" id="edit-peer" ?disabled=${closed || facts === null} @click=${() => edit(this.terminal)}>Edit…</button>
            <button type="button" class="danger" ?disabled=${closed} @click=${() => hangUp(this.terminal)}>Close…</button></fieldset>
        </header>
        ${closed ? closedView(this.terminal) : nothing}
        ${facts === null ? nothing : factList(facts)}
        ${facts?.hint ? html`<p class="hint">${facts.hint}</p>` : nothing}
        ${problem === null ? nothing : html`<p class="problem" role="alert">${problem.message}</p>`}
        <div class="lines" id="lines" role="log" aria-label="Messages" tabindex="0">
          ${lines.length === 0 && this.terminal.read ? html`<p class="empty">No messages yet.</p>` : nothing}
          ${repeat(lines, (line) => line.key, (line) => lineView(line, this.#choices.view === 'hex', width))}
        </div>
        ${this.#prompt()}
      </section>`;
  }

  #prompt() {
    const {hex, framing, wait, view} = this.#choices;
    const {closed, facts} = this.terminal;
    return html`
      <fieldset class="prompt" ?disabled=${closed || !isLive()}>
        ${this.#pasted === null ? nothing : this.#pastedView()}
        <div class="line">
          <input id="prompt" type="text" autocomplete="off" autocapitalize="off" spellcheck="false"
                 aria-label="Message to this peer" placeholder=${closed ? 'The peer is closed' : hex ? '48 65 6c 6c 6f' : 'Message'}
                 @keydown=${(e) => this.#key(e)} @paste=${(e) => this.#paste(e)}>
          <button type="button" class="primary" id="send" @click=${() => this.#send()}>Send</button></div>
        <div class="how">
          <label>as <select id="mode" @change=${(e) => this.#set({hex: e.target.value === 'hex'})}>
            <option value="text" .selected=${!hex}>text</option><option value="hex" .selected=${hex}>hex</option></select></label>
          <label>framing <input id="framing" type="text" size="9" placeholder=${facts?.framing ?? ''} spellcheck="false" .value=${framing}
                 autocapitalize="off" title="Another framing than the listener's, for what is sent: raw, line, crlf, ..."
                 @change=${(e) => this.#set({framing: e.target.value.trim()})}></label>
          <label>wait until <select id="wait" @change=${(e) => this.#set({wait: e.target.value})}>
            ${WAITS.map(([value, text]) => html`<option value=${value} .selected=${wait === value}>${text}</option>`)}</select></label>
          <label>show <select id="view" @change=${(e) => this.#set({view: e.target.value})}>
            <option value="text" .selected=${view === 'text'}>text</option><option value="hex" .selected=${view === 'hex'}>bytes</option></select></label>
          <button type="button" id="copy-curl" title="Copy the message as a curl command" @click=${() => this.#copy()}>Copy as curl</button>
          <span role="status" id="copied">${this.#copied}</span>
        </div>
      </fieldset>`;
  }

  /** Several lines that were pasted: they become several messages only if somebody says so. */
  #pastedView() {
    const lines = this.#pasted.split('\n').filter((line) => line !== '');
    const done = () => {
      this.#pasted = null;
      this.#changed();
      document.getElementById('prompt')?.focus();
    };
    const send = async (parts) => {
      const {terminal} = this;
      done();
      for (const part of parts) await terminal.send(part, this.#choices);
    };
    return html`
      <div class="pasted" role="group" aria-label="Pasted lines">
        <label class="field">Pasted: ${count(lines.length)} lines
          <textarea id="pasted" rows="4" spellcheck="false" .value=${this.#pasted} @input=${(e) => { this.#pasted = e.target.value; this.#changed(); }}></textarea></label>
        <p class="buttons">
          <button type="button" class="primary" id="send-lines" ?disabled=${lines.length === 0} @click=${() => send(lines)}>Send ${messages(lines.length)}, one message a line</button>
          <button type="button" id="send-whole" @click=${() => send([this.#pasted])}>Send as one message</button>
          <button type="button" id="discard" @click=${done}>Discard</button></p>
      </div>`;
  }

  #set(choices) {
    this.#choices = {...this.#choices, ...choices};
    if (this.#listener !== null) choose(this.#listener, this.#choices);
    this.#changed();
  }

  #send() {
    const input = document.getElementById('prompt');
    if (input.value === '') return;
    this.#past.push(input.value);
    this.#at = this.#past.length;
    this.terminal.send(input.value, this.#choices);
    input.value = '';
  }

  /** What is being typed, or else what was sent last. */
  async #copy() {
    const text = document.getElementById('prompt').value || this.#past.at(-1) || 'hello';
    const to = this.terminal.facts?.name ?? this.terminal.id;
    const done = await copy(curlOf(messageFor(to, text, this.#choices)));
    this.#copied = done ? 'Copied' : '';
    this.#changed();
  }

  #paste(e) {
    const text = e.clipboardData.getData('text').replace(/\r\n?/g, '\n').replace(/\n$/, '');
    if (!text.includes('\n')) return;
    e.preventDefault();
    this.#pasted = text;
    this.#changed();
    requestAnimationFrame(() => document.getElementById('send-lines')?.focus());
  }

  #key(e) {
    const input = e.target;
    if (e.key === 'Enter' && !e.isComposing) {
      this.#send();
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

function closedView({facts, gone}) {
  if (gone) {
    return html`<p class="closed" role="status">The service does not know this peer any more: it closed some time ago, or before the service was started again.</p>`;
  }
  const detail = facts.closeDetail ? ` (${facts.closeDetail})` : '';
  return html`<p class="closed" role="status">Closed on ${moment(facts.closedAt)}: <strong>${facts.closeReason}</strong>${detail}</p>`;
}

function factList(facts) {
  const {socket} = facts;
  const shown = [
    ['Address', address(facts.peername)],
    ['Local address', address(facts.sockname)],
    ['Listener', `${facts.listener} (${facts.transport})`],
    ['State', facts.state],
    ['Up', age((facts.closedAt ? Date.parse(facts.closedAt) : currentTime()) - Date.parse(facts.connectedAt))],
    ['Groups', facts.groups.join(', ')],
    ['Received', volume(facts.received)],
    ['Sent', volume(facts.sent)],
    ['Queued', facts.queued.messages > 0 ? volume(facts.queued) : ''],
    ['RTT', socket?.rtt == null ? '' : rtt(socket.rtt)],
    ['Retransmits', socket?.totalRetransmits > 0 ? socket.totalRetransmits : ''],
    ['File descriptor', socket?.fileno ?? ''],
  ];
  return html`<dl class="facts">${shown.filter(([, value]) => value !== '').map(([name, value]) =>
      html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function lineView(line, asBytes, width) {
  if (line.kind === 'note') {
    return html`<p class="note"><time>${clock(line.at)}</time> ${line.text}</p>`;
  }
  const status = line.kind === 'in' ? (line.incomplete ? html` <span class="status">not complete</span>` : nothing)
      : html` <span class="status ${line.failed ? 'failed' : line.status}">${line.status}${line.detail ? html` <i>${line.detail}</i>` : nothing}</span>`;
  const head = html`<time>${clock(line.at)}</time> <span class="mark" aria-hidden="true">${
      line.kind === 'out' ? '>>>' : '<<<'}</span> <span class="sr">${line.kind === 'out' ? 'sent' : 'received'}</span>`;
  if (asBytes) {
    return html`<p class=${line.kind}>${head}${line.hex.length / 2} bytes${status}</p><pre class=${line.kind} tabindex="0" aria-label="Bytes">${hexDump(line.hex, width)}</pre>`;
  }
  return html`<p class=${line.kind}>${head}<span class="text">${
      visible(line.text)}</span>${line.binary ? html` <span class="tag">hex</span>` : nothing}${status}${
      line.reply === undefined ? nothing : html`<br><span class="reply">↳ ${visible(line.reply)}</span>`}</p>`;
}
