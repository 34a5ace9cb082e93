import { randomBytes } from 'node:crypto';

/** A name that no other test, run or worker uses: for topics, groups, transactional ids and key prefixes on shared servers. */
export const uniqueName = (prefix: string): string => `${prefix}-${randomBytes(6).toString('hex')}`;
