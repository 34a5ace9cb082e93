/** A regular expression in JavaScript's notation, for the flag `v`. */
export interface Translation {
  readonly source: string;
  /** Number of capturing groups. */
  readonly groups: number;
}

/** What a pattern has that cannot be translated; the message completes "the regular expression …". */
export class Untranslatable extends Error {
  readonly remedy: string;

  constructor(message: string, remedy = "check its brackets; a backslash is written twice, or the literal as r'…'") {
    super(message);
    this.name = 'Untranslatable';
    this.remedy = remedy;
  }
}

/**
 * A pattern in Java's notation as one in JavaScript's. Throws Untranslatable for what has no counterpart: possessive quantifiers, atomic
 * groups, `\G`, `\X`, blocks such as `\p{InGreek}`, the flags d and U. What is no pattern in either notation may pass; RegExp refuses it.
 */
export function translateJavaRegex(pattern: string): Translation {
  const translator = new Translator(pattern);
  return { source: translator.whole(), groups: translator.groups };
}

/** Flags that hold at a place: i, m, s go into the translation, x (spaces and comments are skipped) is dealt with here. */
type Flags = ReadonlySet<string>;

const LINE_END = String.raw`\r\n|[\n\r\u0085\u2028\u2029]`;
/** Java's `$` also stands before a line terminator that ends the text. */
const TEXT_END = `(?:$|(?=(?:${LINE_END})(?![^])))`;

/** Escapes of one letter that stand for a set, usable within brackets too. */
const SETS: Readonly<Record<string, string>> = {
  d: String.raw`\d`,
  D: String.raw`\D`,
  w: String.raw`\w`,
  W: String.raw`\W`,
  s: String.raw`[\x20\t\n\v\f\r]`,
  S: String.raw`[^\x20\t\n\v\f\r]`,
  h: String.raw`[\x20\t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000]`,
  H: String.raw`[^\x20\t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000]`,
  v: String.raw`[\n\v\f\r\u0085\u2028\u2029]`,
  V: String.raw`[^\n\v\f\r\u0085\u2028\u2029]`,
};
const PLACES: Readonly<Record<string, string>> = {
  b: String.raw`\b`,
  B: String.raw`\B`,
  A: '(?<![^])',
  z: '(?![^])',
  Z: `(?=(?:${LINE_END})?(?![^]))`,
  R: String.raw`(?:\r\n|[\n\v\f\r\u0085\u2028\u2029])`,
};
const CONTROLS: Readonly<Record<string, string>> = {
  t: String.raw`\t`,
  n: String.raw`\n`,
  r: String.raw`\r`,
  f: String.raw`\f`,
  a: String.raw`\x07`,
  e: String.raw`\x1b`,
};
const POSIX: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: String.raw`\x00-\x7f`,
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: String.raw`\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e`,
  Graph: String.raw`\x21-\x7e`,
  Print: String.raw`\x20-\x7e`,
  Blank: String.raw`\x20\t`,
  Cntrl: String.raw`\x00-\x1f\x7f`,
  XDigit: '0-9a-fA-F',
  Space: String.raw`\x20\t\n\v\f\r`,
};

class Translator {
  groups = 0;
  private readonly pattern: string;
  private at = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  whole(): string {
    const source = this.alternatives(new Set());
    if (this.at < this.pattern.length) throw new Untranslatable('has a `)` without `(`');
    return source;
  }

  /** Up to the closing bracket or the end. Flags set on the way hold to there, so every alternative gets a group with them. */
  private alternatives(around: Flags): string {
    let flags = around;
    let wrapper = '';
    let source = '';
    while (this.at < this.pattern.length && this.pattern[this.at] !== ')') {
      const inline = this.take(/\(\?([a-zA-Z]*)(?:-([a-zA-Z]*))?\)/y);
      if (inline !== null) {
        flags = changed(flags, inline[1], inline[2] ?? '');
        source += wrapper === '' ? '' : ')';
        wrapper = opening(flags);
        source += wrapper;
      } else if (this.accept('|')) source += wrapper === '' ? '|' : `)|${wrapper}`;
      else if (!(flags.has('x') && this.take(/\s+|#[^\n]*/y))) source += this.quantified(flags);
    }
    return wrapper === '' ? source : `${source})`;
  }

  private quantified(flags: Flags): string {
    const atom = this.atom(flags);
    if (flags.has('x')) this.take(/(?:\s+|#[^\n]*)+/y);
    const quantifier = this.take(/(?:[*+?]|\{\d+(?:,\d*)?\})([?+]?)/y);
    if (quantifier === null) return atom;
    if (quantifier[1] === '+')
      throw new Untranslatable(`has the possessive quantifier \`${quantifier[0]}\``, 'leave out its second sign');
    return atom + quantifier[0];
  }

  private atom(flags: Flags): string {
    const character = this.character();
    switch (character) {
      case '(':
        return this.group(flags);
      case '[':
        return this.set();
      case '\\':
        return this.escaped();
      case '.':
      case '^':
        return character;
      case '$':
        return flags.has('m') ? '$' : TEXT_END;
      case '*':
      case '+':
      case '?':
      case '{':
        throw new Untranslatable(`has a \`${character}\` that repeats nothing`);
      default:
        return literal(character);
    }
  }

  private group(flags: Flags): string {
    const named = this.take(/\?<[A-Za-z][A-Za-z0-9]*>/y);
    if (named !== null || this.pattern[this.at] !== '?') {
      this.groups++;
      return `(${named?.[0] ?? ''}${this.closed(flags)}`;
    }
    const look = this.take(/\?(?:[:=!]|<[=!])/y);
    if (look !== null) return `(${look[0]}${this.closed(flags)}`;
    const switched = this.take(/\?([a-zA-Z]*)(?:-([a-zA-Z]*))?:/y);
    if (switched === null) {
      if (this.take(/\?>/y)) throw new Untranslatable('has an atomic group `(?>…)`', 'use `(?:…)`');
      throw new Untranslatable('has a group of an unknown kind');
    }
    const inner = changed(flags, switched[1], switched[2] ?? '');
    return opening(inner) + this.closed(inner);
  }

  private closed(flags: Flags): string {
    const inside = this.alternatives(flags);
    if (!this.accept(')')) throw new Untranslatable('has a `(` without `)`');
    return `${inside})`;
  }

  /** Behind a backslash, outside of brackets. */
  private escaped(): string {
    const place = this.take(/[bBAzZR]/y);
    if (place !== null && this.pattern[this.at] !== '{') return PLACES[place[0]];
    const reference = this.take(/[1-9]/y);
    if (reference !== null) {
      let group = Number(reference[0]);
      // More digits belong to it as long as there are so many groups.
      while (/\d/.test(this.pattern[this.at] ?? '') && group * 10 + Number(this.pattern[this.at]) <= this.groups)
        group = group * 10 + Number(this.pattern[this.at++]);
      return `(?:\\${group})`;
    }
    const name = this.take(/k<[A-Za-z][A-Za-z0-9]*>/y);
    if (name !== null) return `\\${name[0]}`;
    if (this.accept('Q')) return Array.from(this.quoted(), literal).join('');
    return this.escape().source;
  }

  /** The text between `\Q` and `\E`. */
  private quoted(): string {
    const end = this.pattern.indexOf('\\E', this.at);
    const text = this.pattern.slice(this.at, end < 0 ? undefined : end);
    this.at = end < 0 ? this.pattern.length : end + 2;
    return text;
  }

  /** What stands behind a backslash and means one character or a set of them. */
  private escape(): { source: string; single: boolean } {
    const letter = this.character();
    const single = (source: string) => ({ source, single: true });
    if (letter in SETS) return { source: SETS[letter], single: false };
    if (letter in CONTROLS) return single(CONTROLS[letter]);
    switch (letter) {
      case 'p':
      case 'P':
        return { source: this.property(letter === 'P'), single: false };
      case '0': {
        const octal = this.take(/[0-3]?[0-7]{1,2}/y);
        if (octal !== null) return single(unit(parseInt(octal[0], 8)));
        break;
      }
      case 'x': {
        const hex = this.take(/([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\}/y);
        if (hex !== null) return single(`\\u{${hex[1] ?? hex[2]}}`);
        break;
      }
      case 'u': {
        const pair = this.take(/[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|[0-9a-fA-F]{4}/y);
        if (pair !== null) return single(`\\u${pair[0]}`);
        break;
      }
      case 'c': {
        const control = this.take(/[A-Z]/y);
        if (control !== null) return single(`\\c${control[0]}`);
        break;
      }
      default:
        if (!/[A-Za-z]/.test(letter)) return single(member(letter));
    }
    throw new Untranslatable(`has the escape \`\\${letter}\`, which is not supported`);
  }

  private property(negated: boolean): string {
    const found = this.take(/\{([^}]*)\}|([A-Z])/y);
    if (found === null) throw new Untranslatable('has a `\\p` without a name');
    const name = found[1] ?? found[2];
    if (Object.hasOwn(POSIX, name)) return `[${negated ? '^' : ''}${POSIX[name]}]`;
    const plain = name.replace(/^Is/, '').replace(/^(?:sc|script)=/i, 'Script=');
    const general = plain.replace(/^(?:gc|general_category)=/i, '');
    for (const candidate of [general, `Script=${plain}`]) {
      try {
        // Throws where there is no such property.
        void new RegExp(`\\p{${candidate}}`, 'v');
        return `\\${negated ? 'P' : 'p'}{${candidate}}`;
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
    throw new Untranslatable(`has the property \`\\p{${name}}\`, which is not supported`);
  }

  /** Behind `[`: ranges, sets within, and `&&` for what is in both. */
  private set(): string {
    const negated = this.accept('^');
    const operands: string[] = [];
    let items = '';
    for (let first = true; ; first = false) {
      if (this.at >= this.pattern.length) throw new Untranslatable('has a `[` without `]`');
      if (!first && this.accept(']')) break;
      if (this.accept('[')) items += this.set();
      else if (this.take(/&&/y)) {
        operands.push(items);
        items = '';
      } else items += this.range();
    }
    const all = [...operands, items].filter((operand) => operand !== '');
    const body = all.length > 1 ? all.map((operand) => `[${operand}]`).join('&&') : (all[0] ?? '');
    return `[${negated ? '^' : ''}${body}]`;
  }

  private range(): string {
    const low = this.item();
    if (!low.single || !this.take(/-(?![\][])/y)) return low.source;
    const high = this.item();
    return high.single ? `${low.source}-${high.source}` : `${low.source}${member('-')}${high.source}`;
  }

  private item(): { source: string; single: boolean } {
    const character = this.character();
    if (character !== '\\') return { source: member(character), single: true };
    if (this.accept('Q')) return { source: Array.from(this.quoted(), member).join(''), single: false };
    return this.escape();
  }

  private character(): string {
    const code = this.pattern.codePointAt(this.at);
    if (code === undefined) throw new Untranslatable('ends with a backslash');
    const character = String.fromCodePoint(code);
    this.at += character.length;
    return character;
  }

  private accept(text: string): boolean {
    if (!this.pattern.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private take(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.at;
    const found = expression.exec(this.pattern);
    this.at += found?.[0].length ?? 0;
    return found;
  }
}

function changed(flags: Flags, on: string, off: string): Flags {
  const next = new Set(flags);
  for (const letter of on + off) {
    if (!'imsux'.includes(letter)) throw new Untranslatable(`has the flag \`${letter}\`, which is not supported`);
  }
  for (const letter of on) next.add(letter);
  for (const letter of off) next.delete(letter);
  return next;
}

/** The beginning of a group within which exactly these flags hold. */
function opening(flags: Flags): string {
  const [on, off] = [true, false].map((wanted) => [...'ims'].filter((letter) => flags.has(letter) === wanted).join(''));
  return `(?${on}${off === '' ? '' : `-${off}`}:`;
}

const unit = (code: number): string => `\\u{${code.toString(16)}}`;
const literal = (character: string): string => (/[$()*+./?[\\\]^{|}]/.test(character) ? `\\${character}` : character);
/** One character within brackets, where the flag `v` gives a meaning to most signs. */
const member = (character: string): string =>
  /^[\p{L}\p{N}]$/u.test(character) ? character : unit(character.codePointAt(0) ?? 0);
