import { ApiError, get, useToken } from './api.js';
import { phaseChart, phaseLegend, throughputChart } from './charts.js';
import { byId, h } from './dom.js';
import { batchTable, errorList, taskTable, tiles, topologyLinks } from './panels.js';

const EVERY_MS = 1_000;
const BATCHES = 40;

/** The topology whose stores the look-up form offers; the form is filled once, so that typing is not disturbed. */
let shown = null;
let timer = 0;

async function refresh() {
  clearTimeout(timer);
  try {
    await draw();
    byId('token').hidden = true;
    notice('');
    byId('connection').textContent = `updated ${new Date().toLocaleTimeString('en-GB')}`;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    byId('token').hidden = error.status !== 401;
    notice(error.status === 401 ? '' : sentence(error.message));
    byId('connection').textContent = 'not connected';
  } finally {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(refresh, EVERY_MS);
  }
}

async function draw() {
  const topologies = await get('/topologies');
  const wanted = decodeURIComponent(location.hash.slice(1));
  const topology = topologies.find(({ name }) => name === wanted) ?? topologies[0];
  byId('topologies').replaceChildren(...topologyLinks(topologies, topology?.name));
  byId('topology').hidden = topology === undefined;
  if (topology === undefined) throw new ApiError(200, 'no topology runs in this process');

  const path = `/topologies/${encodeURIComponent(topology.name)}`;
  const [tasks, batches, errors] = await Promise.all([
    get(`${path}/partitions`),
    get(`${path}/progress?limit=${BATCHES}`),
    get(`${path}/errors`),
  ]);
  if (shown !== topology.name) await offerStores(topology.name, path);

  document.title = `${topology.name} – Millrace`;
  byId('tiles').replaceChildren(...tiles(topology, batches));
  byId('throughput').replaceChildren(throughputChart(topology.history));
  byId('phases').replaceChildren(phaseChart(batches, BATCHES));
  byId('phase-span').textContent = batches.length === 0 ? '' : `last ${batches.length}, mean below`;
  byId('legend').replaceChildren(...phaseLegend(batches));
  byId('tasks').replaceChildren(...taskTable(tasks));
  byId('batches').replaceChildren(...batchTable(batches));
  byId('error-count').textContent = errors.length === 0 ? '' : `last ${errors.length}`;
  byId('errors').replaceChildren(...errorList(errors));
}

async function offerStores(name, path) {
  const stores = await get(`${path}/stores`);
  byId('lookup-store').replaceChildren(
    ...stores.map((store) => {
      const key = store.keyColumns.map((column) => `${column.name} ${column.type}`).join(', ');
      return h('option', { value: store.name }, `${store.name} (${key})`);
    }),
  );
  byId('state').hidden = stores.length === 0;
  byId('lookup-answer').hidden = true;
  shown = name;
}

async function lookUp(event) {
  event.preventDefault();
  const answer = byId('lookup-answer');
  const store = encodeURIComponent(byId('lookup-store').value);
  const key = encodeURIComponent(byId('lookup-key').value);
  try {
    const entry = await get(`/topologies/${encodeURIComponent(shown)}/stores/${store}?key=${key}`);
    answer.textContent = JSON.stringify(entry, null, 2);
  } catch (error) {
    answer.textContent = sentence(error.message);
  }
  answer.hidden = false;
}

function notice(text) {
  byId('notice').textContent = text;
  byId('notice').hidden = text === '';
}

const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

byId('lookup').addEventListener('submit', lookUp);
byId('token').addEventListener('submit', (event) => {
  event.preventDefault();
  useToken(byId('token-text').value);
  refresh();
});
addEventListener('hashchange', refresh);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) refresh();
});
refresh();
