// Messages that are stored for names whose peers are away: the lists, cancelling, and a new one.

import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {get, json, post} from './api.js';
import {show} from './dialogs.js';
import {bytes, messages, moment} from './format.js';

const PAGE = 100;
/** How long a message may be stored: the ttl of POST /send, and its words. */
export const TTLS = [['1h', '1 hour'], ['1d', '1 day'], ['7d', '7 days']];

/**
 * Shows which names have stored messages.
 *
 * @param name the name to begin with; '' for all
 */
export function storedMessages(name = '') {
  let names = null; // GET /mailboxes
  let opened = null; // GET /mailboxes/{name}
  let problem = null;
  let done = '';

  return show('Stored messages', (close, draw) => {
    const attempt = async (action) => {
      problem = null;
      try {
        await action();
      } catch (e) {
        problem = e;
      }
      draw();
    };
    const readNames = async (more = false) => {
      const after = more ? `&after=${encodeURIComponent(names.next)}` : '';
      const page = await get(`mailboxes?limit=${PAGE}${after}`);
      names = more ? {...page, mailboxes: [...names.mailboxes, ...page.mailboxes]} : page;
    };
    const readMessages = async (of, more = false) => {
      const after = more ? `&after=${encodeURIComponent(opened.next)}` : '';
      const page = await get(`mailboxes/${encodeURIComponent(of)}?limit=${PAGE}${after}`);
      opened = more ? {...page, messages: [...opened.messages, ...page.messages]} : page;
    };
    const cancel = (path) => attempt(async () => {
      try {
        const {cancelled} = await json('DELETE', path);
        done = `${messages(cancelled ?? 1)} cancelled`;
      } finally {
        await readMessages(opened.name);
      }
    });
    const store = (e) => {
      e.preventDefault();
      const form = e.target;
      const message = {to: form.to.value.trim(), ttl: form.ttl.value, wait: 'written', timeout: '1s'};
      if (form.mode.value === 'hex') message.hex = form.text.value.replace(/\s+/g, '');
      else message.text = form.text.value;
      attempt(async () => {
        const [result] = (await post('send', message)).results;
        const typo = result.known ? '' : '; no peer has had this name since the service started';
        done = result.status === 'stored' ? `stored for ${result.peer}${typo}` : `${result.status} to ${result.peer}`;
        form.text.value = '';
        await readNames();
        await readMessages(result.peer);
      });
    };
    if (names === null && problem === null) {
      names = {messages: 0, bytes: 0, next: null, mailboxes: []};
      attempt(async () => {
        await readNames();
        if (name !== '') await readMessages(name);
      });
    }
    return html`
      <p>${messages(names.messages)} for peers that are away${names.messages === 0 ? '' : `, ${bytes(names.bytes)}`}.
        Each is sent when a peer with its name connects.</p>
      ${opened === null ? namesView(names, (of) => attempt(() => readMessages(of)), () => attempt(() => readNames(true)))
          : messagesView(opened, cancel, () => attempt(() => readMessages(opened.name, true)),
              () => attempt(async () => { await readNames(); opened = null; }))}
      <p role="status" id="stored-done">${done}</p>
      ${problem === null ? nothing : html`<p class="problem" role="alert">${problem.message}</p>`}
      <form @submit=${store}>
        <h3>Send when it is back</h3>
        <label class="field">Name of the peer <input name="to" required spellcheck="false" autocapitalize="off" .value=${opened?.name ?? name}></label>
        <label class="field">Message <textarea name="text" rows="2" required spellcheck="false"></textarea></label>
        <p class="inline"><label>as <select name="mode"><option>text</option><option>hex</option></select></label>
          <label>for at most <select name="ttl">${TTLS.map(([ttl, words]) => html`<option value=${ttl} ?selected=${ttl === '1d'}>${words}</option>`)}</select></label></p>
        <p class="buttons"><button type="button" @click=${() => close()}>Done</button> <button class="primary">Store and send</button></p>
      </form>`;
  });
}

function namesView({mailboxes, next}, open, more) {
  if (mailboxes.length === 0) return nothing;
  return html`<ul class="stored" id="stored-names">${mailboxes.map((each) => html`<li>
      <button type="button" @click=${() => open(each.name)}>${each.name}</button>
      <span class="num">${messages(each.messages)}, ${bytes(each.bytes)}</span></li>`)}</ul>
    ${next === null ? nothing : html`<p><button type="button" @click=${more}>More</button></p>`}`;
}

function messagesView(opened, cancel, more, back) {
  return html`
    <h3><button type="button" class="back" aria-label="All names" @click=${back}>←</button> ${opened.name}: ${messages(opened.total)}</h3>
    ${opened.messages.length === 0 ? nothing : html`<ul class="stored" id="stored-messages">${opened.messages.map((each) => html`<li>
      <span>${bytes(each.bytes)}, ${each.status}, until ${moment(each.expiresAt)}${
          each.attempts === 0 ? nothing : `, ${each.attempts} ${each.attempts === 1 ? 'attempt' : 'attempts'}`}</span>
      <button type="button" class="danger" ?disabled=${each.status !== 'stored'} aria-label="Cancel ${each.id}"
              @click=${() => cancel(`messages/${encodeURIComponent(each.id)}`)}>Cancel</button></li>`)}</ul>
    <p>${opened.next === null ? nothing : html`<button type="button" @click=${more}>More</button> `}
      <button type="button" class="danger" id="cancel-all" @click=${() => cancel(`mailboxes/${encodeURIComponent(opened.name)}`)}>Cancel all</button></p>`}`;
}
