import type { Diagnostics } from '../core/diagnostic.ts';
import type { YamlList } from './yaml-node.ts';

/**
 * Finds items of a flow list that YAML cut at a comma within parentheses, as in `[a, count(b, c)]`, and says how to write them.
 * @returns true when there was one
 */
export function reportSplitItems(list: YamlList, text: string, diagnostics: Diagnostics, subject: string): boolean {
  if (!list.flow) return false;
  let found = false;
  for (let first = 0; first < list.items.length; first++) {
    let open = openParentheses(list, first);
    if (open <= 0) continue;
    let last = first;
    while (open > 0 && last + 1 < list.items.length) open += openParentheses(list, ++last);
    if (last === first) continue;
    const span = { ...list.items[first].span, end: list.items[last].span.end, verbatim: false };
    const whole = text.slice(span.start, span.end);
    diagnostics.error(
      'MILLRACE_FLOW_LIST_SPLIT',
      span,
      `a comma ends an item of a list [a, b], so this became ${last - first + 1} items`,
      `quote it: "${whole}", or write one item a line with a dash before it`,
      subject,
    );
    found = true;
    first = last;
  }
  return found;
}

/** How many parentheses the item opens and does not close; characters within quotes do not count. */
function openParentheses(list: YamlList, index: number): number {
  const item = list.items[index];
  if (item.kind !== 'scalar') return 0;
  const bare = item.text.replace(/'[^']*'|"[^"]*"/g, '');
  return [...bare].reduce((open, c) => open + (c === '(' ? 1 : c === ')' ? -1 : 0), 0);
}
