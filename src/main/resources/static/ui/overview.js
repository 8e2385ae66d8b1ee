// What the service as a whole is doing: listeners with their queues, throughput, connections.

import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {get} from './api.js';
import {chart, labelsOf} from './chart.js';
import {Figures, field, sum} from './figures.js';
import {bytes, count, peers} from './format.js';
import {listenerView} from './listener-view.js';

const PAUSE = 2000; // milliseconds between two looks
const TIMEOUT = 10_000;

/** The charts, by the id of their element. */
const CHARTS = {
  'bytes-chart': {unit: 'bytes/s', colors: ['--in', '--out'], data: (figures) => figures.ratesOf(field('receivedBytes'), field('sentBytes'))},
  'peers-chart': {unit: 'peers', colors: ['--in'], data: (figures) => figures.values('peers')},
  'connects-chart': {unit: 'per second', colors: ['--in'], data: (figures) => figures.ratesOf(field('accepted'))},
  'ends-chart': {unit: 'per second', colors: ['--out', '--bad'], data: (figures) => figures.ratesOf(sum('closed'), sum('refused'))},
};

export class Overview {
  #changed;
  #figures = new Figures();
  /** The drawn charts by id. */
  #drawn = new Map();
  #actions;

  listeners = [];
  problem = null;
  /** Why there are no figures; null if there are some. */
  figuresProblem = null;

  /**
   * @param changed is called when something looks different
   * @param actions {create, edit, remove} of listeners, or null where somebody may not change them
   */
  constructor(changed, actions) {
    this.#changed = changed;
    this.#actions = actions;
  }

  get rates() {
    return this.#figures.rates;
  }

  async start() {
    for (;;) {
      await this.refresh();
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }

  async refresh() {
    try {
      this.listeners = (await get('listeners', {timeout: TIMEOUT})).listeners;
      this.problem = null;
    } catch (problem) {
      this.problem = problem;
    }
    try {
      await this.#figures.read();
      this.figuresProblem = null;
    } catch (problem) {
      this.figuresProblem = problem;
    }
    for (const [id, plot] of this.#drawn) plot.setData(CHARTS[id].data(this.#figures));
    this.#changed();
  }

  view() {
    const actions = this.#actions();
    return html`
      <section class="overview" aria-label="Overview">
        ${this.problem === null ? nothing : html`<p class="problem" role="alert">${this.problem.message}</p>`}
        <h2>Listeners ${actions === null ? nothing : html`<button type="button" id="new-listener" @click=${actions.create}>New…</button>`}</h2>
        <ul class="listeners">${this.listeners.map((listener) => listenerView(listener, actions))}</ul>
        ${this.#figures.now === null ? this.#withoutFigures() : this.#chartsView()}
      </section>`;
  }

  #withoutFigures() {
    if (this.figuresProblem === null) return nothing;
    return html`<p class="hint" id="no-figures">${this.figuresProblem.status === 403
        ? 'Charts need a token that reaches all peers.' : `No figures: ${this.figuresProblem.message}`}</p>`;
  }

  #chartsView() {
    const {now, rates} = this.#figures;
    const perSecond = (value) => (rates === null ? 'measuring' : value(rates));
    return html`
      <h2>Throughput</h2>
      ${figure('bytes-chart', 'Bytes per second in the last ten minutes', html`
        <span class="key in">in ${perSecond((r) => `${bytes(r.receivedBytes)}/s, ${count(Math.round(r.received))} messages/s`)}</span>
        <span class="key out">out ${perSecond((r) => `${bytes(r.sentBytes)}/s, ${count(Math.round(r.sent))} messages/s`)}</span>`)}
      <h2>Peers</h2>
      ${figure('peers-chart', 'Connected peers in the last ten minutes', html`<span class="key in">${peers(now.peers)}</span>`)}
      <h2>Connects</h2>
      ${figure('connects-chart', 'New peers per second in the last ten minutes', html`<span class="key in">${perSecond((r) => `${r.accepted.toFixed(1)} per second`)}</span>`)}
      <h2>Closed and refused</h2>
      ${figure('ends-chart', 'Closed peers and refused connections per second in the last ten minutes', html`
        <span class="key out">closed ${perSecond((r) => `${r.closed.toFixed(1)} per second`)}</span>
        <span class="key bad">refused ${perSecond((r) => `${r.refused.toFixed(1)} per second`)}</span>`)}
      <dl class="facts reasons" id="reasons">
        ${reasonsView('Closed', this.#figures.reasons('closed'))}${reasonsView('Refused', this.#figures.reasons('refused'))}</dl>`;
  }

  /** After rendering: the charts live in elements of their own. */
  attach(root) {
    for (const [id, {unit, colors, data}] of Object.entries(CHARTS)) {
      const element = root.querySelector(`#${id}`);
      if (element !== null && element.firstChild === null && element.clientWidth > 0) {
        this.#drawn.set(id, chart(element, unit, colors, data(this.#figures)));
      } else if (element === null) {
        this.#drawn.delete(id);
      }
      if (element !== null && this.#drawn.has(id)) element.dataset.labels = labelsOf(this.#drawn.get(id)).join('|');
    }
  }

  /** They are drawn with the colours of their time; after this, they are made anew. */
  forgetCharts() {
    for (const plot of this.#drawn.values()) plot.destroy();
    this.#drawn.clear();
  }
}

function figure(id, label, caption) {
  return html`<figure aria-label=${label}><div class="chart" id=${id}></div><figcaption>${caption}</figcaption></figure>`;
}

function reasonsView(what, reasons) {
  return html`<div><dt>${what} in the last ten minutes</dt><dd>${reasons.length === 0 ? 'none'
      : reasons.map(([reason, number]) => `${count(number)} ${reason}`).join(', ')}</dd></div>`;
}
