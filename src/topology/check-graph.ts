import { closest } from '../core/diagnostic.ts';
import type { Diagnostics, Located } from '../core/diagnostic.ts';
import type { TopologyDraft } from './read-spec.ts';
import type { ViewSpec } from './spec.ts';

/** Kafka's limit is 249; the names of internal topics end in `.repartition` and the like, and tools add more. */
const MAX_INTERNAL_NAME = 200;

/**
 * Checks how the parts of a topology refer to each other: names are unique, everything read exists, no view reads itself.
 * @returns the draft without the parts that have errors, or that depend on such a part
 */
export function checkGraph(draft: TopologyDraft, diagnostics: Diagnostics): TopologyDraft {
  checkNames(draft, diagnostics);
  checkTopics(draft, diagnostics);
  const broken = new Set(draft.broken);
  const readable = draft.declared.filter((d) => d.kind !== 'sink').map((d) => d.name.value);
  for (const view of draft.views) {
    if (!checkFrom(view.from, readable, draft, `view \`${view.name.value}\``, diagnostics)) broken.add(view.name.value);
  }
  const lostSinks = draft.sinks.filter(
    (sink) => !checkFrom(sink.from, readable, draft, `sink \`${sink.name.value}\``, diagnostics),
  );
  for (const name of checkCycles(draft.views, diagnostics)) broken.add(name);
  checkFeeds(draft, diagnostics);
  checkDeadLetters(draft, diagnostics);
  spread(broken, draft.views);
  return {
    ...draft,
    views: draft.views.filter((view) => !broken.has(view.name.value)),
    sinks: draft.sinks.filter((sink) => !lostSinks.includes(sink) && !broken.has(sink.from.value)),
  };
}

/** What can be read (sources and views) shares one set of names; sinks have one of their own, so that a sink may be called after its view. */
function checkNames(draft: TopologyDraft, diagnostics: Diagnostics): void {
  const seen = new Map<string, string>();
  for (const { kind, name } of draft.declared) {
    const subject = `${kind} \`${name.value}\``;
    const folded = `${kind === 'sink' ? 'sink' : 'readable'} ${name.value.toLowerCase()}`;
    const first = seen.get(folded);
    if (first !== undefined) {
      const message = `\`${name.value}\` is the name of a ${first} already; names are compared without regard to case`;
      const remedy = 'rename one of them';
      diagnostics.error('MILLRACE_DUPLICATE_NAME', name.span, message, remedy, subject);
    } else {
      seen.set(folded, kind);
    }
    const internal = `${draft.name?.value ?? ''}.${name.value}`.length;
    if (kind !== 'sink' && internal > MAX_INTERNAL_NAME) {
      const message = `the name makes internal topics of ${internal} characters, and ${MAX_INTERNAL_NAME} is the limit`;
      diagnostics.error(
        'MILLRACE_INVALID_NAME',
        name.span,
        message,
        'shorten it, or the name of the topology',
        subject,
      );
    }
  }
}

/** Each source keeps offsets in the group of the topology, which has one for a partition. */
function checkTopics({ sources }: TopologyDraft, diagnostics: Diagnostics): void {
  const readers = new Map<string, string>();
  for (const { name, topic } of sources) {
    const first = readers.get(topic.value);
    if (first === undefined) {
      readers.set(topic.value, name.value);
      continue;
    }
    const message = `the topic \`${topic.value}\` is read by the source \`${first}\` already`;
    const remedy = `let views read \`${first}\`, or make two topologies`;
    diagnostics.error('MILLRACE_DUPLICATE_TOPIC', topic.span, message, remedy, `source \`${name.value}\``);
  }
}

function checkFrom(
  from: Located<string>,
  readable: readonly string[],
  draft: TopologyDraft,
  subject: string,
  diagnostics: Diagnostics,
): boolean {
  if (readable.includes(from.value)) return true;
  if (!draft.isComplete) return false;
  const isSink = draft.declared.some((d) => d.kind === 'sink' && d.name.value === from.value);
  const near = closest(from.value, readable);
  const choice = near === null ? '' : `did you mean \`${near}\`? `;
  diagnostics.error(
    'TABLE_OR_VIEW_NOT_FOUND',
    from.span,
    isSink ? `\`${from.value}\` is a sink, which cannot be read` : `there is no source or view \`${from.value}\``,
    `${choice}sources and views: ${readable.join(', ') || 'none'}`,
    subject,
  );
  return false;
}

/** Reports every cycle once, at the view of it that comes first in the file; returns the names of all views on one. */
function checkCycles(views: readonly ViewSpec[], diagnostics: Diagnostics): Set<string> {
  const byName = viewsByName(views);
  const onCycle = new Set<string>();
  for (const start of views) {
    const path: string[] = [];
    let view: ViewSpec | undefined = start;
    while (view !== undefined && !path.includes(view.name.value)) {
      path.push(view.name.value);
      view = byName.get(view.from.value);
    }
    if (view !== start || onCycle.has(start.name.value)) continue;
    for (const name of path) onCycle.add(name);
    const message = `the view reads itself: ${[...path, path[0]].map((name) => `\`${name}\``).join(' reads ')}`;
    const remedy = 'let one of them read a source';
    diagnostics.error('RECURSIVE_VIEW', start.from.span, message, remedy, `view \`${start.name.value}\``);
  }
  return onCycle;
}

function checkFeeds(draft: TopologyDraft, diagnostics: Diagnostics): void {
  const sources = draft.declared.filter((d) => d.kind === 'source').map((d) => d.name.value);
  for (const { source } of draft.feeds) {
    if (sources.includes(source.value)) continue;
    const near = closest(source.value, sources);
    const remedy = near === null ? `sources: ${sources.join(', ')}` : `did you mean \`${near}\`?`;
    diagnostics.error('TABLE_OR_VIEW_NOT_FOUND', source.span, `there is no source \`${source.value}\``, remedy);
  }
}

/** A dead letter that is read again fails again, and makes another. */
function checkDeadLetters({ sources, views, sinks }: TopologyDraft, diagnostics: Diagnostics): void {
  const complained = new Set<number>();
  for (const { onError } of [...sources, ...views, ...sinks]) {
    const policy = onError.value;
    if (policy.action !== 'dlq' || complained.has(onError.span.start)) continue;
    const reader = sources.find(({ topic }) => topic.value === policy.topic);
    if (reader === undefined) continue;
    complained.add(onError.span.start);
    const message = `dead letters would be read again: \`${policy.topic}\` is the topic of the source \`${reader.name.value}\``;
    diagnostics.error(
      'MILLRACE_DEAD_LETTER_LOOP',
      onError.span,
      message,
      'choose a topic that this topology does not read',
    );
  }
}

/** Views by what can be read of them: their own names, and those of their late rows. */
const viewsByName = (views: readonly ViewSpec[]): Map<string, ViewSpec> =>
  new Map(
    views.flatMap((view) =>
      [view.name, ...(view.lateRows === null ? [] : [view.lateRows])].map((n) => [n.value, view]),
    ),
  );

/** A view that reads something broken cannot be planned either, nor are there late rows of a broken view. */
function spread(broken: Set<string>, views: readonly ViewSpec[]): void {
  for (let grown = true; grown;) {
    grown = false;
    for (const view of views) {
      if (broken.has(view.from.value) && !broken.has(view.name.value)) grown = !!broken.add(view.name.value);
      const late = view.lateRows?.value;
      if (late !== undefined && broken.has(view.name.value) && !broken.has(late)) grown = !!broken.add(late);
    }
  }
}
