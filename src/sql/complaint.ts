import type { Diagnostics, Span } from '../core/diagnostic.ts';

/** What is wrong with an expression, thrown from the innermost place and turned into a diagnostic where the text's analysis began. */
export class Complaint extends Error {
  readonly code: string;
  readonly span: Span;
  readonly remedy: string;

  constructor(code: string, span: Span, message: string, remedy = '') {
    super(message);
    this.name = 'Complaint';
    this.code = code;
    this.span = span;
    this.remedy = remedy;
  }
}

/** The result of `analysis`, or null after its complaint went to `diagnostics`. */
export function reporting<T>(diagnostics: Diagnostics, subject: string, analysis: () => T): T | null {
  try {
    return analysis();
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    diagnostics.error(error.code, error.span, error.message, error.remedy, subject);
    return null;
  }
}
