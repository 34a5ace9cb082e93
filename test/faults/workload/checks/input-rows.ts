import type { RepartitionInput, SourceInput } from '../../../../src/plan/physical-plan.ts';
import type { EvidenceRecord } from '../evidence.ts';

/** Whether a record of the input is a row: a repartition topic also holds markers, whose keys begin with NUL as no row's does. */
export const holdsRow = ({ kind }: SourceInput | RepartitionInput, { key }: EvidenceRecord): boolean =>
  kind === 'source' || key === null || key[0] !== 0;
