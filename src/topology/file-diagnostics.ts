import type { Diagnostic } from '../core/diagnostic.ts';
import { TextPositions } from './text-position.ts';
import type { TextPosition } from './text-position.ts';

export type DiagnosticFormat = 'pretty' | 'json' | 'sarif' | 'github';

/** A diagnostic with its place in lines and columns; null where its file's text is not at hand (a setting of the environment). */
interface PlacedDiagnostic {
  readonly diagnostic: Diagnostic;
  readonly place: { readonly start: TextPosition; readonly end: TextPosition; readonly lineText: string } | null;
}

/**
 * Prints diagnostics, in the order of files and places.
 * @param sources the texts of the files that spans refer to; for the others only the file is named
 * @param color terminal colours; only `pretty` has them
 * @returns the text, ending in a line break unless it is empty
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  format: DiagnosticFormat,
  color: boolean,
): string {
  const placed = place(diagnostics, sources);
  switch (format) {
    case 'pretty':
      return placed.map((d) => pretty(d, color ? COLORED : UNCOLORED)).join('\n');
    case 'json':
      return `${JSON.stringify(placed.map(asJson), null, 2)}\n`;
    case 'sarif':
      return `${JSON.stringify(sarif(placed), null, 2)}\n`;
    case 'github':
      return placed.map(github).join('');
  }
}

function place(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, string>): PlacedDiagnostic[] {
  const positions = new Map([...sources].map(([file, text]) => [file, new TextPositions(text)]));
  const fileOrder = [...sources.keys()];
  const order = (d: Diagnostic): number => fileOrder.indexOf(d.span.file) + 1 || fileOrder.length + 1;
  const sorted = diagnostics.toSorted((a, b) => order(a) - order(b) || a.span.start - b.span.start);
  return sorted.map((diagnostic) => {
    const { file, start, end } = diagnostic.span;
    const text = positions.get(file);
    if (text === undefined) return { diagnostic, place: null };
    const from = text.at(start);
    return { diagnostic, place: { start: from, end: text.at(Math.max(end, start)), lineText: text.line(from.line) } };
  });
}

const explanation = ({ message, remedy }: Diagnostic): string => (remedy === '' ? message : `${message}; ${remedy}`);

interface Colors {
  readonly error: string;
  readonly warning: string;
  readonly faint: string;
  readonly off: string;
}
const UNCOLORED: Colors = { error: '', warning: '', faint: '', off: '' };
const COLORED: Colors = { error: '\u001b[31m', warning: '\u001b[33m', faint: '\u001b[2m', off: '\u001b[0m' };

function pretty({ diagnostic, place }: PlacedDiagnostic, colors: Colors): string {
  const { severity, code, span, subject } = diagnostic;
  const tone = colors[severity];
  const where = place === null ? span.file : `${span.file}:${place.start.line}:${place.start.column}`;
  const head = `${tone}${severity}[${code}]${colors.off} ${where}${subject === '' ? '' : ` ${subject}`}\n`;
  if (place === null) return `${head}   ${explanation(diagnostic)}\n`;
  const { start, end, lineText } = place;
  const characters = [...lineText];
  const last = end.line === start.line ? end.column : characters.length + 1;
  const carets = '^'.repeat(Math.max(1, Math.min(last, characters.length + 1) - start.column));
  const number = String(start.line);
  const gutter = ' '.repeat(number.length);
  const padding = characters
    .slice(0, start.column - 1)
    .map((c) => (c === '\t' ? '\t' : ' '))
    .join('');
  const bar = `${colors.faint}|${colors.off}`;
  return (
    `${head}${colors.faint}${number}${colors.off} ${bar} ${lineText}\n` +
    `${gutter} ${bar} ${padding}${tone}${carets} ${explanation(diagnostic)}${colors.off}\n`
  );
}

function asJson({ diagnostic, place }: PlacedDiagnostic): Record<string, unknown> {
  const { code, severity, span, message, remedy, subject } = diagnostic;
  const range = {
    line: place?.start.line,
    column: place?.start.column,
    endLine: place?.end.line,
    endColumn: place?.end.column,
  };
  return { code, severity, file: span.file, ...range, subject, message, remedy };
}

function sarif(placed: readonly PlacedDiagnostic[]): unknown {
  const rules = [...new Set(placed.map((d) => d.diagnostic.code))].map((id) => ({ id }));
  const results = placed.map(({ diagnostic, place }) => ({
    ruleId: diagnostic.code,
    level: diagnostic.severity,
    message: { text: explanation(diagnostic) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(diagnostic.span.file) },
          ...(place && {
            region: {
              startLine: place.start.line,
              startColumn: place.start.column,
              endLine: place.end.line,
              endColumn: place.end.column,
            },
          }),
        },
      },
    ],
  }));
  const tool = { driver: { name: 'millrace', rules } };
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool, columnKind: 'unicodeCodePoints', results }],
  };
}

function github({ diagnostic, place }: PlacedDiagnostic): string {
  const properties: Record<string, string | number> = { file: diagnostic.span.file };
  if (place !== null) {
    properties['line'] = place.start.line;
    properties['endLine'] = place.end.line;
    properties['col'] = place.start.column;
    if (place.end.line === place.start.line) properties['endColumn'] = place.end.column;
  }
  properties['title'] = diagnostic.code;
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  const subject = diagnostic.subject === '' ? '' : `${diagnostic.subject}: `;
  return `::${diagnostic.severity} ${list.join(',')}::${escapeData(subject + explanation(diagnostic))}\n`;
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
