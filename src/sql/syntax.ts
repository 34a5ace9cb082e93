import type { DataType, Value } from '../core/types.ts';

/** An expression as it was written: nothing is resolved yet. Offsets are those of the text that was parsed. */
export type Syntax =
  | LiteralSyntax
  | NameSyntax
  | StarSyntax
  | CallSyntax
  | UnarySyntax
  | BinarySyntax
  | IsSyntax
  | InSyntax
  | BetweenSyntax
  | LikeSyntax
  | CaseSyntax
  | CastSyntax
  | LambdaSyntax
  | ElementSyntax
  | MemberSyntax;

interface Place {
  readonly start: number;
  readonly end: number;
}

export interface Identifier extends Place {
  readonly name: string;
}
export interface LiteralSyntax extends Place {
  readonly kind: 'literal';
  readonly value: Value;
  readonly type: DataType;
}
/** `a`, `t.a`, `a.b.c`: which part is what is decided by the scope. */
export interface NameSyntax extends Place {
  readonly kind: 'name';
  readonly parts: readonly Identifier[];
}
/** `*`, `t.*`, `some.struct.*`. */
export interface StarSyntax extends Place {
  readonly kind: 'star';
  readonly parts: readonly Identifier[];
}
export interface CallSyntax extends Place {
  readonly kind: 'call';
  readonly name: Identifier;
  readonly operands: readonly Syntax[];
  readonly distinct: boolean;
  readonly filter: Syntax | null;
  /** `within group (order by …)`; left out where there is none. */
  readonly orders?: readonly OrderSyntax[];
  /** `ignore nulls` stands behind it. */
  readonly ignoresNulls?: boolean;
}
export interface OrderSyntax {
  readonly key: Syntax;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}
export interface UnarySyntax extends Place {
  readonly kind: 'unary';
  readonly operator: 'not' | '-' | '+' | '~';
  readonly operand: Syntax;
}
export type BinaryOperator =
  | 'or'
  | 'and'
  | '='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | '<=>'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | 'div'
  | '||'
  | '&'
  | '|'
  | '^';
export interface BinarySyntax extends Place {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Syntax;
  readonly right: Syntax;
}
export interface IsSyntax extends Place {
  readonly kind: 'is';
  readonly operand: Syntax;
  readonly what: 'null' | 'true' | 'false';
  readonly negated: boolean;
}
export interface InSyntax extends Place {
  readonly kind: 'in';
  readonly operand: Syntax;
  readonly list: readonly Syntax[];
  readonly negated: boolean;
}
export interface BetweenSyntax extends Place {
  readonly kind: 'between';
  readonly operand: Syntax;
  readonly low: Syntax;
  readonly high: Syntax;
  readonly negated: boolean;
}
export interface LikeSyntax extends Place {
  readonly kind: 'like';
  readonly operator: 'like' | 'ilike' | 'rlike';
  readonly operand: Syntax;
  readonly pattern: Syntax;
  readonly escape: string;
  readonly negated: boolean;
}
export interface CaseSyntax extends Place {
  readonly kind: 'case';
  readonly operand: Syntax | null;
  readonly branches: readonly { readonly when: Syntax; readonly then: Syntax }[];
  readonly otherwise: Syntax | null;
}
export interface CastSyntax extends Place {
  readonly kind: 'cast';
  readonly operand: Syntax;
  readonly type: DataType;
  readonly attempt: boolean;
}
export interface LambdaSyntax extends Place {
  readonly kind: 'lambda';
  readonly parameters: readonly Identifier[];
  readonly body: Syntax;
}
export interface ElementSyntax extends Place {
  readonly kind: 'element';
  readonly operand: Syntax;
  readonly key: Syntax;
}
export interface MemberSyntax extends Place {
  readonly kind: 'member';
  readonly operand: Syntax;
  readonly name: Identifier;
}

/** One entry of a select list: an expression and the names it is given, none where Spark would make one up. */
export interface ItemSyntax {
  readonly expression: Syntax;
  readonly aliases: readonly Identifier[];
}
