import { afterEach, describe, expect, test } from 'vitest';
import { MillraceError } from '../../src/core/errors.ts';
import { errorName } from '../../src/kafka/error-codes.ts';
import { RULES, type TransactionApi } from '../../src/kafka/transaction-errors.ts';
import { addPartitionsReply, KafkaFixture, produceReply } from './support/kafka-fixture.ts';

/** How a batch ends when an answer carries the code once and all else goes well, and whether the epoch is a new one after it. */
type Ending =
  | 'committed'
  | 'committed, new epoch'
  | 'TRANSACTION_ABORTED'
  | 'TRANSACTION_OUTCOME_UNKNOWN'
  | 'PRODUCER_FENCED'
  | 'fatal';

const ENDINGS: Record<TransactionApi, Partial<Record<Ending, readonly number[]>>> = {
  InitProducerId: {
    committed: [-1, 0, 7, 14, 15, 16, 19, 51, 89],
    PRODUCER_FENCED: [47, 49, 52, 59, 90],
    fatal: [31, 50, 53],
  },
  AddPartitionsToTxn: {
    committed: [0, 3, 14, 51, 55, 89],
    'committed, new epoch': [-1, 7, 15, 16],
    TRANSACTION_ABORTED: [48, 120],
    PRODUCER_FENCED: [47, 49, 52, 59, 90],
    fatal: [29, 53],
  },
  Produce: {
    committed: [0, 2, 3, 5, 6, 8, 9, 14, 15, 16, 19, 20, 51, 56, 74, 75, 89],
    'committed, new epoch': [-1, 7, 13],
    TRANSACTION_ABORTED: [45, 46, 48, 120],
    PRODUCER_FENCED: [47, 49, 52, 59, 90],
    fatal: [10, 18, 29, 31, 32, 53],
  },
  EndTxn: {
    committed: [0, 14, 89],
    'committed, new epoch': [-1, 7, 15, 16, 51],
    TRANSACTION_ABORTED: [48, 53, 120],
    PRODUCER_FENCED: [47, 49, 52, 59, 90],
  },
};

const UNKNOWN_CODE = 999;

const rows = Object.entries(ENDINGS).flatMap(([api, endings]) =>
  Object.entries(endings).flatMap(([ending, codes]) =>
    codes.map((code) => ({ api: api as TransactionApi, code, name: errorName(code), ending: ending as Ending })),
  ),
);

let kafka: KafkaFixture;
afterEach(() => kafka.close());

/** Answers the next request of the API with the code instead of carrying it out (0: carries it out). */
function answerOnce(api: TransactionApi, code: number): void {
  if (code === 0) return;
  if (api === 'Produce') kafka.fault(api, ({ request }) => Promise.resolve(produceReply(request, code)));
  else if (api === 'AddPartitionsToTxn')
    kafka.fault(api, ({ request }) => Promise.resolve(addPartitionsReply(request, code)));
  else if (api === 'EndTxn') kafka.fault(api, () => Promise.resolve({ errorCode: code }));
  else kafka.fault(api, () => Promise.resolve({ errorCode: code, producerId: -1, epoch: -1 }));
}

/** One batch from taking the id over to the commit; then what the next transaction would begin with. */
async function ending(): Promise<Ending> {
  try {
    const producer = await kafka.open();
    const transaction = await producer.begin();
    transaction.append('counts', 0, 1, null, 'a', null);
    try {
      await transaction.send();
      await transaction.commit();
    } finally {
      await transaction.abort();
    }
    const next = await producer.begin();
    await next.abort();
    return producer.epoch === 0 ? 'committed' : 'committed, new epoch';
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return error.recovery === 'fatal' ? 'fatal' : (error.code as Ending);
  }
}

describe('the answer', () => {
  test.each(rows)('$name of $api: $ending', async ({ api, code, ending: expected }) => {
    kafka = await KafkaFixture.start({ counts: 1 });
    answerOnce(api, code);
    expect(await ending()).toBe(expected);
    const committed = expected.startsWith('committed');
    // A fenced producer leaves its transaction to the next owner.
    if (expected === 'PRODUCER_FENCED' || expected === 'fatal') await kafka.open();
    expect(await kafka.committed('counts')).toEqual(committed ? ['a'] : []);
  });

  test('that no API brings to a version we speak is fatal before the decision', async () => {
    for (const api of ['InitProducerId', 'AddPartitionsToTxn', 'Produce'] as const) {
      kafka = await KafkaFixture.start({ counts: 1 });
      answerOnce(api, UNKNOWN_CODE);
      expect(await ending()).toBe('fatal');
      if (api !== 'Produce') await kafka.close();
    }
  });

  test('that nobody knows leaves the decision unknown', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    answerOnce('EndTxn', UNKNOWN_CODE);
    expect(await ending()).toBe('TRANSACTION_OUTCOME_UNKNOWN');
  });

  test('INVALID_TXN_STATE after a decision whose reply was lost leaves the outcome unknown', async () => {
    kafka = await KafkaFixture.start({ counts: 1 });
    answerOnce('EndTxn', 48);
    answerOnce('EndTxn', 16);
    expect(await ending()).toBe('TRANSACTION_OUTCOME_UNKNOWN');
  });

  test('has a row here for every rule of the table', async () => {
    kafka = await KafkaFixture.start({});
    for (const [api, rules] of Object.entries(RULES)) {
      const tested = rows.filter((row) => row.api === api).map(({ code }) => code);
      expect(tested.toSorted((a, b) => a - b)).toEqual(
        Object.keys(rules)
          .map(Number)
          .toSorted((a, b) => a - b),
      );
    }
  });
});
