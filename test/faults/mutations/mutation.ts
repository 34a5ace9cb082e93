import type { Replay } from '../simulator/replay.ts';
import type { ScenarioChoice } from '../simulator/scenario.ts';

/** One replacement in a file of the product. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** What a simulation is to be about, so that the bug has more occasion to show; left out = as its seed says. */
export type Choice = Pick<ScenarioChoice, 'parts' | 'faults' | 'fixed'>;

/** A run written by hand, for a bug that random ones hardly meet: everything holds in it without the bug, and something breaks with it. */
export type History = Replay;

/** Who is able to see a planted bug: the simulator, or only real servers. */
export type Finder = 'simulator' | 'cluster';

/** A mistake that could have been made in the product, and that the fault campaign has to find. */
export interface Mutation {
  readonly name: string;
  /** What it gets wrong, and by which way that would be seen. */
  readonly what: string;
  readonly edits: readonly Edit[];
  readonly foundBy: Finder;
  readonly choice?: Choice;
  readonly history?: History;
}

/** A guard that is not needed for a correct result as long as another one stands. */
export interface Guard {
  readonly what: string;
  readonly edits: readonly Edit[];
  /** It covers for others, which do not always cover for it: to take it away is a mutation of its own. */
  readonly showsAlone?: true;
}

/**
 * Guards that cover for each other: to take away one of them cannot be seen from outside, to take away all of them must be. `why` says
 * how the ones that are left do the work of the one that is gone.
 */
export interface CoveredTwice {
  readonly name: string;
  readonly why: string;
  readonly guards: readonly Guard[];
  readonly foundBy: Finder;
  readonly choice?: Choice;
  readonly history?: History;
}

/** The mutation that takes all of the guards away. */
export const withoutGuards = ({ guards, why: _, ...rest }: CoveredTwice): Mutation => ({
  ...rest,
  what: guards.map((guard) => guard.what).join('; and '),
  edits: guards.flatMap((guard) => guard.edits),
});

/** The mutations that take away one guard each, of which none can be seen. */
export const withoutOneGuard = ({ guards, why: _, ...rest }: CoveredTwice): Mutation[] =>
  guards.flatMap(({ what, edits, showsAlone }, i) =>
    showsAlone === true ? [] : [{ ...rest, what, edits, name: `${rest.name}/${i + 1}` }],
  );

/**
 * The source of `file` with the mutation's edits made.
 * @throws Error when a text is not there exactly once
 */
export function mutate(mutation: Mutation, file: string, source: string): string {
  return mutation.edits
    .filter((edit) => edit.file === file)
    .reduce((text, edit) => {
      const parts = text.split(edit.find);
      if (parts.length === 2) return parts.join(edit.replace);
      const times = `occurs ${parts.length - 1} times in ${file}`;
      throw new Error(`mutation ${mutation.name} does not apply: ${JSON.stringify(edit.find)} ${times}`);
    }, source);
}

/** The files that a mutation changes. */
export const filesOf = (mutation: Mutation): string[] => [...new Set(mutation.edits.map((edit) => edit.file))];
