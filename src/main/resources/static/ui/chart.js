// A chart of the last ten minutes.

import uPlot from '../webjars/uplot/dist/uPlot.esm.js';
import {bytes, count} from './format.js';

const HEIGHT = 120;
const SECONDS = 600;
const CHARACTER = 7; // pixels

/** Steps between two labels, none of which print alike: 1, 2, 5, 10 ... */
const steps = (...bases) => bases.flatMap((base) => [1, 2, 5, 10, 20, 50, 100, 200, 500].map((factor) => factor * base));

/** How the vertical axis of each unit is divided and printed. */
export const UNITS = {
  'bytes/s': {steps: steps(1, 1024, 1024 ** 2, 1024 ** 3), print: (value) => bytes(value).replace('.0', '')},
  peers: {steps: steps(1, 1000, 1_000_000), print: count},
  'per second': {steps: steps(0.001, 1, 1000, 1_000_000), print: (value) => Number(value.toFixed(3)).toLocaleString('en')},
};

/**
 * Draws lines in an element.
 *
 * @param unit a key of UNITS
 * @param colors the names of the CSS variables of the lines
 * @param data [times in seconds, the values of each line]
 */
export function chart(element, unit, colors, data) {
  const style = getComputedStyle(element);
  const color = (name) => style.getPropertyValue(name);
  const axis = {stroke: color('--muted'), grid: {stroke: color('--line'), width: 1}, ticks: {show: false}, font: '12px system-ui, sans-serif'};
  const {steps: incrs, print} = UNITS[unit];
  const plot = new uPlot({
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 22, 0, 0],
    legend: {show: false},
    cursor: {show: false},
    scales: {
      x: {range: (_, __, last) => [(last ?? Date.now() / 1000) - SECONDS, last ?? Date.now() / 1000]},
      y: {range: (_, __, max) => [0, Math.max(incrs[0] < 1 ? 0.1 : 1, max ?? 0) * 1.15]},
    },
    axes: [
      {...axis, size: 24, space: 56, incrs: [60, 120, 300, 600], values: (_, times) => times.map((time) => new Date(time * 1000).toLocaleTimeString('en-GB').slice(0, 5))},
      {...axis, incrs, space: 26, label: unit, labelSize: 16, labelGap: 0, labelFont: '12px system-ui, sans-serif',
        size: (_, labels) => 10 + CHARACTER * Math.max(1, ...(labels ?? []).map((label) => label.length)),
        values: (_, values) => values.map(print)},
    ],
    series: [{}, ...colors.map((name) => ({stroke: color(name), width: 2, points: {show: false}}))],
  }, data, element);
  new ResizeObserver(() => plot.setSize({width: element.clientWidth, height: HEIGHT})).observe(element);
  return plot;
}

/** The labels of the vertical axis, for the tests and for those who cannot see it. */
export function labelsOf(plot) {
  return plot.axes[1]._values ?? [];
}
