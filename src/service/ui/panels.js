import { h } from './dom.js';
import { UNKNOWN, ago, count, duration, timeOfDay } from './format.js';

export const stateBadge = (state) => h('span', { class: `state ${state}` }, state);

export function topologyLinks(topologies, selected) {
  return topologies.map(({ name, state, inputRowsPerSecond }) =>
    h(
      'a',
      { href: `#${encodeURIComponent(name)}`, 'aria-current': name === selected ? 'page' : null },
      h('strong', {}, name),
      stateBadge(state),
      h('span', { class: 'rate' }, `${count(inputRowsPerSecond)} rows/s`),
    ),
  );
}

export function tiles(topology, batches) {
  const running = topology.taskStates.running ?? 0;
  const last = batches.at(-1);
  return [
    tile('State', stateBadge(topology.state)),
    tile('Rows in /s', count(topology.inputRowsPerSecond)),
    tile('Rows out /s', count(topology.outputRowsPerSecond)),
    tile('Lag, records', count(topology.lag)),
    tile('Tasks running', `${running} of ${topology.tasks}`),
    tile('Last batch', duration(last?.batchDuration)),
    tile('Committed', ago(last && endOf(last))),
  ];
}

const tile = (name, value) => h('div', { class: 'tile' }, h('dl', {}, h('dt', {}, name), h('dd', {}, value)));

const endOf = (batch) => new Date(Date.parse(batch.timestamp) + batch.batchDuration).toISOString();

export function taskTable(tasks) {
  const withWatermark = tasks.some((task) => task.watermark !== null);
  return table(
    [
      'Task',
      'State',
      '#Batch',
      'Committed',
      'Input',
      '#Lag',
      '#To restore',
      ...(withWatermark ? ['Watermark'] : []),
      '',
    ],
    tasks.map((task) => [
      task.task,
      stateBadge(task.state),
      task.batchId ?? UNKNOWN,
      ago(task.committedAt),
      task.sources.map((source) => `${source.topic}-${source.partition} @ ${source.position}`).join(', ') || UNKNOWN,
      count(lagOf(task)),
      task.restoreRemaining === null ? '' : count(task.restoreRemaining),
      ...(withWatermark ? [task.watermark ?? UNKNOWN] : []),
      h('span', { class: 'quiet' }, task.reason),
    ]),
    'No task is assigned to this process.',
  );
}

function lagOf({ sources }) {
  const known = sources.map((source) => source.lag).filter((lag) => lag !== null);
  return known.length === 0 ? null : known.reduce((sum, lag) => sum + lag, 0);
}

export function batchTable(batches) {
  return table(
    ['Began', 'Task', '#Batch', '#Rows in', '#Rows out', '#Processed /s', '#Duration', '#State rows', '#Updated'],
    batches
      .toReversed()
      .map((batch) => [
        timeOfDay(batch.timestamp),
        batch.task,
        batch.batchId,
        count(batch.numInputRows),
        count(batch.sink.numOutputRows),
        count(batch.processedRowsPerSecond),
        duration(batch.batchDuration),
        batch.stateOperators.length === 0 ? UNKNOWN : count(sum(batch.stateOperators, 'numRowsTotal')),
        batch.stateOperators.length === 0 ? UNKNOWN : count(sum(batch.stateOperators, 'numRowsUpdated')),
      ]),
    'No batch was committed yet.',
  );
}

const sum = (items, field) => items.reduce((total, item) => total + item[field], 0);

export function errorList(errors) {
  if (errors.length === 0) return [h('li', { class: 'quiet none' }, 'None.')];
  return errors
    .toReversed()
    .map((error) =>
      h(
        'li',
        { class: error.recovery === 'fatal' || error.recovery === 'user' ? null : 'mended' },
        h(
          'p',
          {},
          h('strong', {}, error.code),
          h('span', { class: 'quiet' }, ` ${timeOfDay(error.at)} ${error.task ?? ''}`),
        ),
        h('p', { class: 'message' }, error.message),
        h('p', { class: 'quiet' }, `→ ${error.remedy}`),
      ),
    );
}

/** Head and body of a table; a title that begins with # is of a column of numbers. */
function table(titles, rows, none) {
  const numeric = titles.map((title) => (title.startsWith('#') ? 'number' : null));
  const head = h('tr', {}, ...titles.map((title, i) => h('th', { class: numeric[i] }, title.replace('#', ''))));
  const body =
    rows.length === 0
      ? [h('tr', {}, h('td', { class: 'quiet', colspan: titles.length }, none))]
      : rows.map((cells) => h('tr', {}, ...cells.map((cell, i) => h('td', { class: numeric[i] }, cell))));
  return [h('thead', {}, head), h('tbody', {}, ...body)];
}
