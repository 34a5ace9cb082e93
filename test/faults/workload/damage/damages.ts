import { CHANGELOG_DAMAGES } from './changelogs.ts';
import type { Inflicted } from './damage.ts';
import { OFFSET_DAMAGES } from './offsets.ts';
import { OUTPUT_DAMAGES } from './outputs.ts';
import { REDIS_DAMAGES } from './redis.ts';

/** Every kind of damage that a judge has to notice. */
export const DAMAGES: readonly Inflicted[] = [
  ...OUTPUT_DAMAGES,
  ...CHANGELOG_DAMAGES,
  ...OFFSET_DAMAGES,
  ...REDIS_DAMAGES,
];
