// Questions that stand before everything else: the token, a broadcast, a close, the keys.

import {html, nothing, render} from '../webjars/lit-html/lit-html.js';
import {post} from './api.js';
import {clock, count, peers} from './format.js';
import {isLive, service, watchService} from './service.js';

const SHOWN = 100; // frames and runs of noise of a trial

/**
 * Shows a dialog. While the service is unavailable, everything in it is disabled.
 *
 * @param content returns a template, from a function that closes the dialog with a value and one that draws it again
 * @param free whether the dialog can be used without the service
 * @param wide whether it shows a table
 * @returns the value with which it was closed; undefined if it was dismissed
 */
export function show(title, content, {free = false, wide = false} = {}) {
  return new Promise((done) => {
    const dialog = document.createElement('dialog');
    let value;
    const close = (result) => {
      value = result;
      dialog.close();
    };
    const draw = () => render(html`<h2 id="dialog-title">${title}</h2>
      ${free || service.state !== 'unavailable' ? nothing
          : html`<p class="problem" role="alert">The service has been unavailable since ${clock(service.since)}.</p>`}
      <fieldset ?disabled=${!free && !isLive()}>${content(close, draw)}</fieldset>
      <button type="button" class="dismiss" aria-label="Dismiss" @click=${() => close()}>×</button>`, dialog);
    const unwatch = watchService(draw);
    dialog.addEventListener('close', () => {
      unwatch();
      dialog.remove();
      done(value);
    });
    dialog.classList.toggle('wide', wide);
    dialog.setAttribute('aria-labelledby', 'dialog-title');
    draw();
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Asks until it gets a token: without one, the page shows nothing. */
export async function askForToken(why) {
  for (;;) {
    const token = await show('Sign in', (close) => html`
      <form method="dialog" @submit=${(e) => { e.preventDefault(); close(e.target.token.value.trim()); }}>
        ${why === '' ? nothing : html`<p class="problem" role="alert">${why}</p>`}
        <p>This service needs a token. The page keeps it in memory only, until you leave or reload the page.</p>
        <label class="field">Token <input name="token" type="password" autocomplete="off" required autofocus></label>
        <p class="buttons"><button class="primary">Sign in</button></p>
      </form>`, {free: true});
    if (token) return token;
  }
}

/**
 * One message for many.
 *
 * @param to targets as POST /send takes them
 * @param words whom, such as 'the group hall-2'
 * @param size to how many it goes now
 */
export function broadcast(to, words, size) {
  let report = null;
  let problem = null;
  let busy = false;
  return show('Broadcast', (close, draw) => {
    const send = async (e) => {
      e.preventDefault();
      const form = e.target;
      const message = {to, wait: 'written', results: 'failed'};
      if (form.mode.value === 'hex') message.hex = form.text.value.replace(/\s+/g, '');
      else message.text = form.text.value;
      if (form.framing.value.trim() !== '') message.framing = form.framing.value.trim();
      busy = true;
      problem = null;
      draw();
      try {
        report = await post('send', message);
      } catch (e2) {
        problem = e2;
      }
      busy = false;
      draw();
    };
    if (report !== null) {
      return html`
        <dl class="facts" id="report" role="status">${['matched', 'written', 'queued', 'failed'].map((word) =>
            html`<div><dt>${word}</dt><dd>${count(report[word])}</dd></div>`)}</dl>
        ${(report.results ?? []).filter((r) => r.status === 'failed').slice(0, 10).map((r) => html`<p class="problem">${r.peer}: ${r.reason}</p>`)}
        <p class="buttons"><button type="button" class="primary" @click=${() => close(report)} autofocus>Done</button></p>`;
    }
    return html`
      <form @submit=${send}>
        <p>To ${words}: <strong id="how-many">${peers(size)}</strong>.</p>
        <label class="field">Message <textarea name="text" rows="3" required autofocus spellcheck="false"></textarea></label>
        <p class="inline">
          <label>as <select name="mode"><option>text</option><option>hex</option></select></label>
          <label>framing <input name="framing" size="9" spellcheck="false" placeholder="each its own"></label></p>
        ${problem === null ? nothing : html`<p class="problem" role="alert">${problem.message}</p>`}
        <p class="buttons"><button type="button" @click=${() => close()}>Cancel</button>
          <button class="primary" ?disabled=${busy}>Send to ${peers(size)}</button></p>
      </form>`;
  });
}

/**
 * Closes, with a reason for the log and a last line for them.
 *
 * @param to targets as POST /peers/close takes them
 * @param words whom
 */
export function hangUp(to, words, size) {
  let problem = null;
  let busy = false;
  return show(size === 1 ? 'Close a peer' : 'Close peers', (close, draw) => html`
    <form @submit=${async (e) => {
      e.preventDefault();
      const {reason, farewell} = e.target;
      const body = {to};
      if (reason.value.trim() !== '') body.reason = reason.value.trim();
      if (farewell.value !== '') body.farewell = farewell.value;
      busy = true;
      draw();
      try {
        close(await post('peers/close', body));
      } catch (e2) {
        problem = e2;
        busy = false;
        draw();
      }
    }}>
      <p>${words}: <strong>${peers(size)}</strong>. What is queued is written first.</p>
      <label class="field">Reason, to remember <input name="reason" autofocus></label>
      <label class="field">Farewell, which they read last <input name="farewell" spellcheck="false"></label>
      ${problem === null ? nothing : html`<p class="problem" role="alert">${problem.message}</p>`}
      <p class="buttons"><button type="button" @click=${() => close()}>Cancel</button>
        <button class="primary danger" ?disabled=${busy}>Close ${peers(size)}</button></p>
    </form>`);
}

/** Shows what a framing finds in bytes that were pasted. */
export function tryFraming() {
  let found = null;
  let problem = null;
  return show('Try a framing', (close, draw) => html`
    <form @submit=${async (e) => {
      e.preventDefault();
      const {framing, hex} = e.target;
      found = null;
      problem = null;
      try {
        found = await post('framings/try', {framing: framing.value.trim(), hex: hex.value});
      } catch (e2) {
        problem = e2;
      }
      draw();
    }}>
      <label class="field">Stream in hex <textarea name="hex" rows="4" required autofocus spellcheck="false"></textarea></label>
      <label class="field">Framing <input name="framing" required spellcheck="false" value="line"></label>
      ${problem === null ? nothing : html`<p class="problem" role="alert">${problem.message}</p>`}
      ${found === null ? nothing : html`<div id="found" role="status" tabindex="0">
        <p>${count(found.frames.length)} ${found.frames.length === 1 ? 'frame' : 'frames'}</p>
        <ol>${found.frames.slice(0, SHOWN).map(({offset, hex, text}) => html`<li><code>${offset}: ${hex}</code>${text === undefined ? nothing : html` <q>${text}</q>`}</li>`)}</ol>
        ${found.noise.slice(0, SHOWN).map(({offset, hex}) => html`<p>Noise: <code>${offset}: ${hex}</code></p>`)}
        ${found.rest === '' ? nothing : html`<p>Rest: <code>${found.rest}</code></p>`}
        ${found.fault === null ? nothing : html`<p class="problem">${found.fault}</p>`}</div>`}
      <p class="buttons"><button type="button" @click=${() => close()}>Done</button> <button class="primary">Try</button></p>
    </form>`);
}

const KEYS = [
  ['/', 'search'], ['↑ ↓ or j k', 'walk through the peers'], ['Enter', 'talk to the one you are at'], ['Space', 'select it'],
  ['Ctrl A', 'select all that are shown'], ['b', 'broadcast to the selected, or to all that are shown'],
  ['x', 'close the selected, or the one you are at'], ['f', 'try a framing'], ['m', 'stored messages'], ['c', 'closed peers'], ['o', 'connections out'], ['s', 'the service: nodes, tokens, limits'], ['Esc', 'leave the prompt, the pane, a dialog'], ['↑ ↓ in the prompt', 'what you sent before'], ['?', 'this list'],
];

export function keys() {
  return show('Keys', (close) => html`
    <dl class="keys">${KEYS.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl>
    <p class="buttons"><button type="button" class="primary" @click=${() => close()} autofocus>Done</button></p>`, {free: true});
}
