// Creating, changing and removing listeners, with a trial of the framing beside the form.

import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {json, post} from './api.js';
import {show} from './dialogs.js';
import {count, peers} from './format.js';

const SHOWN = 10;

/** The fields of the form: the key of the listener, its label, and whether PATCH takes it. */
const FIELDS = [
  {key: 'name', label: 'Name', required: true, create: true},
  {key: 'transport', label: 'Transport', choices: ['tcp', 'udp', 'unix'], create: true},
  {key: 'host', label: 'Host', hint: '127.0.0.1', create: true},
  {key: 'port', label: 'Port', number: true, create: true},
  {key: 'path', label: 'Path of the socket file', hint: 'for unix', create: true},
  {key: 'framing', label: 'Framing', hint: 'line', create: true},
  {key: 'max-frame', label: 'Maximum length of a frame', hint: '64KB', create: true},
  {key: 'max-connections', label: 'Maximum peers', number: true, change: true, of: (listener) => listener.maxConnections},
  {key: 'max-connections-per-address', label: 'Maximum peers of one address', number: true, change: true, of: (listener) => listener.maxConnectionsPerAddress},
  {key: 'idle-timeout', label: 'Idle timeout', hint: '0s', change: true, of: (listener) => listener.idleTimeout},
  {key: 'groups', label: 'Groups', hint: 'separated by commas', change: true, list: true},
];

/** Returns the name of the new listener; undefined if there is none. */
export function createListener() {
  return listenerForm('New listener', FIELDS, null, (body) => post('listeners', body));
}

/** Changes what needs no new socket. */
export function changeListener(listener) {
  return listenerForm(`Change ${listener.name}`, FIELDS.filter(({change}) => change), listener,
      (body) => json('PATCH', `listeners/${encodeURIComponent(listener.name)}`, {body}));
}

/** The key that a problem is about, without its prefix, as the form spells it. */
function keyOf(problem) {
  const key = problem?.fields?.key;
  return typeof key !== 'string' ? null
      : key.split('.').at(-1).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What to say of a problem: a service of an earlier release does not have these calls. */
function wordsOf(problem) {
  return problem.status === 404 || problem.status === 405 || problem.status === 501
      ? `This service cannot change listeners at run time: ${problem.message}` : problem.message;
}

function listenerForm(title, fields, listener, save) {
  let problem = null;
  let busy = false;
  let trial = null;
  let trialProblem = null;

  return show(title, (close, draw) => {
    const wrong = keyOf(problem);
    const submit = async (e) => {
      e.preventDefault();
      problem = null;
      const body = {};
      for (const {key, number, list, of} of fields) {
        const value = e.target[key].value.trim();
        if (value === '' || (listener !== null && of !== undefined && value === String(of(listener)))) continue;
        body[key] = number ? Number(value) : list ? value.split(',').map((each) => each.trim()).filter((each) => each !== '') : value;
      }
      const more = e.target.more.value.trim();
      busy = true;
      draw();
      try {
        Object.assign(body, more === '' ? {} : parsed(more));
        await save(body);
        close(body.name ?? listener.name);
      } catch (e2) {
        problem = e2;
        busy = false;
        draw();
      }
    };
    const tryIt = async (e) => {
      const form = e.target.closest('dialog').querySelector('form');
      trial = null;
      trialProblem = null;
      try {
        trial = await post('framings/try', {framing: form.framing.value.trim() || 'line', hex: e.target.closest('.trial').querySelector('textarea').value});
      } catch (e2) {
        trialProblem = e2;
      }
      draw();
    };
    return html`<div class=${listener === null ? 'beside' : ''}>
      <form @submit=${submit}>
        ${fields.map((field) => fieldView(field, listener, wrong === field.key ? problem : null))}
        <label class="field">Other keys, in JSON <textarea name="more" rows="2" spellcheck="false" placeholder='{"identify": {"pattern": "^id (?&lt;name&gt;.+)"}}'></textarea></label>
        ${problem === null || fields.some(({key}) => key === wrong) ? nothing : html`<p class="problem" role="alert">${wordsOf(problem)}</p>`}
        <p class="buttons"><button type="button" @click=${() => close()}>Cancel</button>
          <button class="primary" ?disabled=${busy}>${listener === null ? 'Create' : 'Save'}</button></p>
      </form>
      ${listener === null ? trialView(tryIt, trial, trialProblem) : nothing}</div>`;
  }, {wide: listener === null});
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (e) {
    throw new Error(`Other keys: this is not JSON: ${e.message}`);
  }
}

function fieldView({key, label, choices, hint, number, required, of}, listener, problem) {
  const id = `listener-${key}`;
  const value = listener === null || of === undefined ? '' : of(listener);
  return html`<label class="field">${label}
    ${choices !== undefined ? html`<select name=${key} id=${id}>${choices.map((choice) => html`<option>${choice}</option>`)}</select>`
      : html`<input name=${key} id=${id} type=${number ? 'number' : 'text'} ?required=${required ?? false} placeholder=${hint ?? ''} value=${value}
                    spellcheck="false" autocapitalize="off" aria-invalid=${problem !== null} aria-describedby=${problem === null ? nothing : `${id}-problem`}>`}
    ${problem === null ? nothing : html`<span class="problem" id="${id}-problem" role="alert">${problem.message}</span>`}</label>`;
}

function trialView(tryIt, trial, problem) {
  return html`<section class="trial" aria-label="Framing trial">
    <h3>Try the framing</h3>
    <label class="field">Bytes of a device, in hex <textarea rows="4" spellcheck="false"></textarea></label>
    <p class="buttons"><button type="button" id="try" @click=${tryIt}>Try</button></p>
    ${problem === null ? nothing : html`<p class="problem" role="alert">${problem.message}</p>`}
    ${trial === null ? nothing : html`<div id="trial" role="status">
      <p>${count(trial.frames.length)} ${trial.frames.length === 1 ? 'frame' : 'frames'}</p>
      <ol>${trial.frames.slice(0, SHOWN).map(({hex, text}) => html`<li><code>${hex}</code>${text === undefined ? nothing : html` <q>${text}</q>`}</li>`)}</ol>
      ${(trial.noise ?? []).slice(0, SHOWN).map(({hex}) => html`<p>Noise: <code>${hex}</code></p>`)}
      ${!trial.rest ? nothing : html`<p>Rest: <code>${trial.rest}</code></p>`}
      ${trial.fault == null ? nothing : html`<p class="problem">${trial.fault}</p>`}</div>`}
  </section>`;
}

/** Closes the peers of a listener and its socket. Returns whether that was done. */
export function removeListener(listener) {
  let problem = null;
  let busy = false;
  return show(`Remove ${listener.name}`, (close, draw) => html`
    <form @submit=${async (e) => {
      e.preventDefault();
      const query = new URLSearchParams({drain: e.target.drain.value.trim() || '0s'});
      if (e.target.farewell.value !== '') query.set('farewell', e.target.farewell.value);
      busy = true;
      problem = null;
      draw();
      try {
        await json('DELETE', `listeners/${encodeURIComponent(listener.name)}?${query}`);
        close(true);
      } catch (e2) {
        problem = e2;
        busy = false;
        draw();
      }
    }}>
      <p>It has <strong>${peers(listener.peers)}</strong>, which are closed.</p>
      <label class="field">Close them within <input name="drain" value="5s" spellcheck="false" autofocus></label>
      <label class="field">Farewell, which they read last <input name="farewell" spellcheck="false"></label>
      ${problem === null ? nothing : html`<p class="problem" role="alert">${wordsOf(problem)}</p>`}
      <p class="buttons"><button type="button" @click=${() => close()}>Cancel</button>
        <button class="primary danger" ?disabled=${busy}>Remove</button></p>
    </form>`);
}
