// The figures of the last ten minutes: samples of the service, and rates between them.

import {get} from './api.js';

const SAMPLES = 120; // as many as the service keeps
const TIMEOUT = 10_000;

export class Figures {
  #samples = [];
  /** Of this moment; null while there is none. */
  now = null;
  /** Per second, of the last seconds; null while they are not known. */
  rates = null;

  async read() {
    const after = this.#samples.at(-1)?.seq ?? 0;
    const {samples, now} = await get(`figures?after=${after}`, {timeout: TIMEOUT});
    // after a restart of the service, its counters and numbers begin again
    if (this.now !== null && now.accepted < this.now.accepted) {
      this.#samples = [];
      this.now = null;
      await this.read();
      return;
    }
    this.#samples.push(...samples);
    this.#samples.splice(0, this.#samples.length - SAMPLES);
    const before = this.now ?? this.#samples.at(-1) ?? null;
    if (before !== null && seconds(now) - seconds(before) >= 0.5) this.rates = ratesBetween(before, now);
    this.now = now;
  }

  /** All points in time, oldest first. */
  get #points() {
    return this.now === null ? [] : [...this.#samples, this.now];
  }

  /** Returns [times in seconds, the values of each name], for a chart. */
  values(...names) {
    const points = this.#points;
    return [points.map(seconds), ...names.map((name) => points.map((point) => point[name]))];
  }

  /** The same per second. The first point has the rate that follows it, so that a line begins there. */
  ratesOf(...functions) {
    const points = this.#points;
    return [points.map(seconds), ...functions.map((of) => points.map((point, i) => {
      const from = i === 0 ? point : points[i - 1];
      const to = i === 0 ? points[1] ?? point : point;
      return rate(of, from, to);
    }))];
  }

  /** How often each reason occurred in the time that the samples cover, most frequent first. */
  reasons(kind) {
    const [first] = this.#points;
    if (first === undefined) return [];
    return Object.entries(this.now[kind]).map(([reason, total]) => [reason, total - (first[kind][reason] ?? 0)])
        .filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]);
  }
}

/** All reasons together, for ratesOf. */
export const sum = (kind) => (point) => Object.values(point[kind]).reduce((total, count) => total + count, 0);
export const field = (name) => (point) => point[name];

function seconds({at}) {
  return Date.parse(at) / 1000;
}

function rate(of, from, to) {
  const time = seconds(to) - seconds(from);
  return time > 0 ? Math.max(0, of(to) - of(from)) / time : 0;
}

function ratesBetween(from, to) {
  return {
    received: rate(field('receivedMessages'), from, to), sent: rate(field('sentMessages'), from, to),
    receivedBytes: rate(field('receivedBytes'), from, to), sentBytes: rate(field('sentBytes'), from, to),
    accepted: rate(field('accepted'), from, to), refused: rate(sum('refused'), from, to), closed: rate(sum('closed'), from, to),
  };
}
