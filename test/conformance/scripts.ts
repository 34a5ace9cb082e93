import { delayedEndTxn, fencing, transactionTimeout } from './fencing.ts';
import { groupAdmin, groupOffsets, groups, sessionTimeout } from './groups.ts';
import { produce } from './produce.ts';
import { fetching, offsets } from './reading.ts';
import type { Script } from './script.ts';
import { topics } from './topics.ts';
import { abortedOrder, transactions } from './transactions.ts';

/** All dialogues that the fake broker and Kafka must have alike. What Kafka 4.1.0 said in each is in `expected/`. */
export const SCRIPTS: Readonly<Record<string, Script>> = {
  topics,
  produce,
  transactions,
  abortedOrder,
  fencing,
  delayedEndTxn,
  transactionTimeout,
  fetching,
  offsets,
  groups,
  groupOffsets,
  groupAdmin,
  sessionTimeout,
};
