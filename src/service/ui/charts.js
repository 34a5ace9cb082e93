import { h, svg } from './dom.js';
import { count, duration } from './format.js';

const WIDTH = 600;
const HEIGHT = 170;
const LEFT = 46;
const TOP = 8;
const BOTTOM = 18;
const PLOT_WIDTH = WIDTH - LEFT - 4;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;

/** The phases of a batch in the order in which they happen; the names are those of `durationMs`. */
const PHASES = [
  ['decode', 'decode'],
  ['process', 'process'],
  ['stateRead', 'state read'],
  ['encode', 'encode'],
  ['produce', 'produce'],
  ['commit', 'commit'],
  ['other', 'waiting'],
];

/** Input rows of each second, oldest first, as an area under a line. */
export function throughputChart(history) {
  const top = roundTop(Math.max(...history, 1));
  const x = (i) => LEFT + (i * PLOT_WIDTH) / (history.length - 1);
  const y = (value) => TOP + PLOT_HEIGHT * (1 - value / top);
  const line = history.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  return frame(
    `Input rows per second; now ${count(history.at(-1))}`,
    top,
    count,
    [`${history.length} s ago`, 'now'],
    svg('polygon', { class: 'area', points: `${LEFT},${y(0)} ${line} ${x(history.length - 1)},${y(0)}` }),
    svg('polyline', { class: 'curve', points: line }),
  );
}

/** One bar a batch, oldest first, stacked by phase. */
export function phaseChart(batches, places) {
  const top = roundTop(Math.max(...batches.map((batch) => batch.batchDuration), 1));
  const width = PLOT_WIDTH / places;
  const bars = batches.flatMap((batch, i) => {
    let below = 0;
    return phasesOf(batch).map(([phase, label, ms]) => {
      const height = (PLOT_HEIGHT * ms) / top;
      below += height;
      const title = svg('title', {}, `${batch.task} batch ${batch.batchId}: ${label} ${duration(ms)}`);
      const x = LEFT + (places - batches.length + i) * width;
      return svg(
        'rect',
        {
          class: phase,
          x: x.toFixed(1),
          y: (TOP + PLOT_HEIGHT - below).toFixed(1),
          width: Math.max(1, width - 2).toFixed(1),
          height: height.toFixed(2),
        },
        title,
      );
    });
  });
  return frame('Duration of the last batches by phase', top, duration, ['older', 'newest'], ...bars);
}

/** What the colours mean, with the mean of each phase. */
export function phaseLegend(batches) {
  const sums = new Map();
  for (const batch of batches)
    for (const [phase, , ms] of phasesOf(batch)) sums.set(phase, (sums.get(phase) ?? 0) + ms);
  return PHASES.filter(([phase]) => (sums.get(phase) ?? 0) > 0 || phase !== 'other').map(([phase, label]) =>
    h('li', {}, h('i', { class: phase }), `${label} ${duration((sums.get(phase) ?? 0) / Math.max(1, batches.length))}`),
  );
}

/** Milliseconds by phase; what no phase accounts for was waiting. */
function phasesOf({ durationMs, batchDuration }) {
  const known = PHASES.slice(0, -1).map(([phase, label]) => [phase, label, durationMs[phase] ?? 0]);
  const rest = batchDuration - known.reduce((sum, [, , ms]) => sum + ms, 0);
  return [...known, [...PHASES.at(-1), Math.max(0, rest)]];
}

function frame(label, top, format, [from, to], ...marks) {
  const lines = [0, 0.5, 1].flatMap((part) => {
    const y = TOP + PLOT_HEIGHT * (1 - part);
    return [
      svg('line', { class: 'grid', x1: LEFT, x2: WIDTH - 4, y1: y, y2: y }),
      svg('text', { x: LEFT - 6, y: y + 4, 'text-anchor': 'end' }, format(top * part)),
    ];
  });
  return svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label },
    ...lines,
    ...marks,
    svg('text', { x: LEFT, y: HEIGHT - 3 }, from),
    svg('text', { x: WIDTH - 4, y: HEIGHT - 3, 'text-anchor': 'end' }, to),
  );
}

/** The next of 1, 2, 5, 10, 20, … that is not below the value. */
function roundTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}
