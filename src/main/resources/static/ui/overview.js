// What the service as a whole is doing: listeners with their queues, throughput, connections.

import uPlot from '../webjars/uplot/dist/uPlot.esm.js';
import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {get, request} from './api.js';
import {address, bytes, count, peers} from './format.js';

const PAUSE = 2000; // milliseconds between two samples
const SAMPLES = 300; // ten minutes
const HEIGHT = 130;

/** Meters that are summed over all listeners. */
const METERS = {
  switchboard_received_bytes_total: 'receivedBytes',
  switchboard_sent_bytes_total: 'sentBytes',
  switchboard_received_messages_total: 'received',
  switchboard_sent_messages_total: 'sent',
  switchboard_accepted_connections_total: 'accepted',
  switchboard_peers: 'peers',
};

export class Overview {
  #changed;
  #last = null;
  #times = [];
  #series = {receivedBytes: [], sentBytes: [], peers: [], accepted: []};
  #charts = [];

  listeners = [];
  rates = null;
  problem = null;

  /** @param changed is called when something looks different */
  constructor(changed) {
    this.#changed = changed;
  }

  async start() {
    for (;;) {
      try {
        this.listeners = (await get('listeners')).listeners;
        this.#sample(await (await request('GET', 'actuator/prometheus', {accept: 'text/plain'})).text());
        this.problem = null;
      } catch (problem) {
        this.problem = problem;
      }
      this.#changed();
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }

  #sample(text) {
    const now = {time: performance.now() / 1000};
    for (const word of Object.values(METERS)) now[word] = 0;
    for (const line of text.split('\n')) {
      const word = METERS[line.slice(0, line.search(/[{ ]/))];
      if (word !== undefined) now[word] += Number(line.slice(line.lastIndexOf(' ') + 1));
    }
    const last = this.#last;
    this.#last = now;
    if (last === null) return;
    const rate = (word) => Math.max(0, (now[word] - last[word]) / (now.time - last.time));
    this.rates = {received: rate('received'), sent: rate('sent'), receivedBytes: rate('receivedBytes'),
      sentBytes: rate('sentBytes'), accepted: rate('accepted'), peers: now.peers};
    this.#times.push(Date.now() / 1000);
    for (const [word, values] of Object.entries(this.#series)) values.push(this.rates[word]);
    if (this.#times.length > SAMPLES) {
      for (const values of [this.#times, ...Object.values(this.#series)]) values.shift();
    }
    for (const {chart, words} of this.#charts) chart.setData(this.#data(words));
  }

  #data(words) {
    return [this.#times, ...words.map((word) => this.#series[word])];
  }

  view() {
    const {rates} = this;
    return html`
      <section class="overview" aria-label="Overview">
        ${this.problem === null ? nothing : html`<p class="problem" role="alert">${this.problem.message}</p>`}
        <h2>Listeners</h2>
        <ul class="listeners">${this.listeners.map(listenerView)}</ul>
        <h2>Throughput</h2>
        <figure><div class="chart" id="bytes-chart"></div>
          <figcaption>${rates === null ? 'measuring' : html`
            <span class="key in">in ${bytes(rates.receivedBytes)}/s, ${count(Math.round(rates.received))} messages/s</span>
            <span class="key out">out ${bytes(rates.sentBytes)}/s, ${count(Math.round(rates.sent))} messages/s</span>`}</figcaption></figure>
        <h2>Connections</h2>
        <figure><div class="chart" id="peers-chart"></div>
          <figcaption>${rates === null ? 'measuring' : html`
            <span class="key in">${peers(rates.peers)}</span>
            <span class="key out">${rates.accepted.toFixed(1)} connects/s</span>`}</figcaption></figure>
      </section>`;
  }

  /** After rendering: the charts live in elements of their own. */
  attach(root) {
    const places = [['#bytes-chart', ['receivedBytes', 'sentBytes'], (v) => bytes(v)], ['#peers-chart', ['peers', 'accepted'], (v) => count(v)]];
    for (const [place, words, print] of places) {
      const element = root.querySelector(place);
      if (element !== null && element.firstChild === null && element.clientWidth > 0) {
        this.#charts = this.#charts.filter(({chart}) => chart.root.isConnected);
        this.#charts.push({words, chart: this.#chart(element, words, print)});
      }
    }
  }

  /** They are drawn with the colours of their time; after this, they are made anew. */
  forgetCharts() {
    for (const {chart} of this.#charts) chart.destroy();
    this.#charts = [];
  }

  #chart(element, words, print) {
    const style = getComputedStyle(element);
    const axis = {stroke: style.getPropertyValue('--muted'), grid: {stroke: style.getPropertyValue('--line'), width: 1}, ticks: {show: false}};
    const line = (color, scale) => ({stroke: style.getPropertyValue(color), width: 2, points: {show: false}, scale});
    const own = words[0] === 'peers';
    const chart = new uPlot({
      width: element.clientWidth,
      height: HEIGHT,
      legend: {show: false},
      cursor: {show: false},
      scales: {y: {range: (_, __, max) => [0, Math.max(1, max) * 1.1]}, y2: {range: (_, __, max) => [0, Math.max(1, max) * 1.1]}},
      axes: [
        {...axis, size: 24, values: (_, ticks) => ticks.map((t) => new Date(t * 1000).toLocaleTimeString('en-GB').slice(0, 5 + 3))},
        {...axis, size: 56, values: (_, ticks) => ticks.map(print)},
      ],
      series: [{}, line('--in', 'y'), line('--out', own ? 'y2' : 'y')],
    }, this.#data(words), element);
    new ResizeObserver(() => chart.setSize({width: element.clientWidth, height: HEIGHT})).observe(element);
    return chart;
  }
}

function listenerView(listener) {
  const queue = listener.acceptQueue ?? listener.receiveQueue ?? null;
  const dropped = listener.receiveQueue?.dropped ?? 0;
  return html`<li>
    <div><strong>${listener.name}</strong> <span class="tag">${listener.transport}</span> <span class="tag">${listener.framing}</span>
      ${listener.listening ? nothing : html`<span class="status failed">not listening</span>`}</div>
    <div class="where"><code>${connectWith(listener)}</code></div>
    ${gauge('peers', listener.peers, listener.maxConnections, count)}
    ${queue === null ? nothing : gauge(listener.acceptQueue ? 'accept queue' : 'receive queue', queue.waiting, queue.limit, listener.acceptQueue ? count : bytes)}
    ${dropped > 0 ? html`<div class="problem">${count(dropped)} datagrams dropped by the kernel</div>` : nothing}
  </li>`;
}

function gauge(what, value, limit, print) {
  return html`<label class="gauge"><span>${what}</span>
    <meter min="0" max=${limit} high=${limit * 0.8} .value=${value}></meter>
    <span class="num">${print(value)} / ${print(limit)}</span></label>`;
}

function connectWith({transport, address: name}) {
  if (!name) return '';
  if (name.path !== undefined) return `nc -U ${name.path}`;
  if (transport === 'tls') return `openssl s_client -quiet -connect ${address(name)}`;
  return `nc ${transport === 'udp' ? '-u ' : ''}${name.host} ${name.port}`;
}
