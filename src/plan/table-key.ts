import type { Expression } from '../sql/sql.ts';

/** A part of a table's key, and the columns that tell its value. It has been selected away where there are none. */
export interface KeyPart {
  /** Columns that hold the value itself. */
  readonly columns: readonly number[];
  /** It is a window of which start or end alone tell the other. */
  readonly isWindow: boolean;
  /** Columns that hold start or end of such a window. */
  readonly bounds: readonly number[];
}

/** The key of a table with a row for each combination of the groups, which are its first columns. */
export const keyOfGroups = (groups: readonly Expression[]): KeyPart[] =>
  groups.map((group, column) => ({ columns: [column], isWindow: isOfOneSize(group), bounds: [] }));

/** The key in terms of the columns that the expressions make. */
export const keyBehind = (key: readonly KeyPart[], expressions: readonly Expression[]): KeyPart[] =>
  key.map((part) => ({
    columns: positions(expressions, (expression) => isAmong(part.columns, expression)),
    isWindow: part.isWindow,
    bounds: positions(expressions, (expression) => isBound(part, expression)),
  }));

/** Whether the values of the expressions tell one row of the table from every other. */
export const tellRowsApart = (key: readonly KeyPart[], expressions: readonly Expression[]): boolean =>
  keyBehind(key, expressions).every(({ columns, bounds }) => columns.length + bounds.length > 0);

/** On the clock of a zone, two windows can begin or end at the same moment: one that would begin in an hour that is skipped, and the next. */
const isOfOneSize = (group: Expression): boolean => group.kind === 'window' && group.zone === null;

const isAmong = (columns: readonly number[], expression: Expression): boolean =>
  expression.kind === 'column' && columns.includes(expression.index);

/** The fields of a window are its start and its end. */
const isBound = ({ columns, isWindow, bounds }: KeyPart, expression: Expression): boolean =>
  isAmong(bounds, expression) || (isWindow && expression.kind === 'field' && isAmong(columns, expression.operand));

const positions = (expressions: readonly Expression[], fits: (expression: Expression) => boolean): number[] =>
  expressions.flatMap((expression, position) => (fits(expression) ? [position] : []));
