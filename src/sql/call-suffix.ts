import { Complaint } from './complaint.ts';
import type { CallSyntax, OrderSyntax, Syntax } from './syntax.ts';
import type { TokenStream } from './tokens.ts';

/** What may stand behind the arguments of an aggregate: `within group (order by …)`, `filter (where …)`, `ignore nulls`. */
export type CallSuffix = Pick<CallSyntax, 'orders' | 'filter' | 'ignoresNulls'>;

/** Parses what stands behind a call's closing parenthesis. Throws a complaint. */
export function parseSuffix(tokens: TokenStream, expression: () => Syntax): CallSuffix {
  const orders = tokens.is('within') && tokens.is('group', 1) ? parseOrders(tokens, expression) : [];
  let filter: Syntax | null = null;
  if (tokens.is('filter') && tokens.is('(', 1)) {
    tokens.at += 2;
    tokens.expect('where');
    filter = expression();
    tokens.expect(')');
  }
  const ignoresNulls = tokens.is('ignore') && tokens.is('nulls', 1);
  if (ignoresNulls || (tokens.is('respect') && tokens.is('nulls', 1))) tokens.at += 2;
  if (tokens.is('over') && tokens.is('(', 1)) {
    const span = tokens.span(tokens.next.start, tokens.next.end);
    const message = 'window functions over rows have no meaning in a stream';
    throw new Complaint('UNSUPPORTED_FEATURE', span, message, 'use groupBy');
  }
  return { filter, ...(orders.length > 0 ? { orders } : {}), ...(ignoresNulls ? { ignoresNulls } : {}) };
}

function parseOrders(tokens: TokenStream, expression: () => Syntax): OrderSyntax[] {
  tokens.at += 2;
  for (const word of ['(', 'order', 'by']) tokens.expect(word);
  const orders: OrderSyntax[] = [];
  do {
    const key = expression();
    const descending = tokens.accept('desc');
    if (!descending) tokens.accept('asc');
    let nullsFirst = !descending;
    if (tokens.accept('nulls')) {
      nullsFirst = tokens.accept('first');
      if (!nullsFirst) tokens.expect('last');
    }
    orders.push({ key, descending, nullsFirst });
  } while (tokens.accept(','));
  tokens.expect(')');
  return orders;
}
