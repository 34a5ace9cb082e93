import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type TaskId, taskName } from '../../src/core/task.ts';
import { assign, type Candidate, type FamilySize } from '../../src/kafka/assignor.ts';

const FAMILY_NAMES = ['counts', 'joins', 'sessions', 'totals'];

const families: fc.Arbitrary<FamilySize[]> = fc
  .array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: FAMILY_NAMES.length })
  .map((sizes) => sizes.map((tasks, i) => ({ subTopology: FAMILY_NAMES[i], tasks })));

const memberIds = (count: number): string[] => Array.from({ length: count }, (_, i) => `member-${i}`);

const newcomer = (memberId: string, sizes: readonly FamilySize[]): Candidate => ({
  memberId,
  subTopologies: sizes.map(({ subTopology }) => subTopology),
  owned: [],
  generation: -1,
});

/** The members as they would join again with what they were given. */
const settled = (sizes: readonly FamilySize[], given: Map<string, TaskId[]>, generation = 1): Candidate[] =>
  Array.from(given, ([memberId, owned]) => ({ ...newcomer(memberId, sizes), owned, generation }));

const total = (sizes: readonly FamilySize[]): number => sizes.reduce((sum, { tasks }) => sum + tasks, 0);

const ownersOf = (given: Map<string, TaskId[]>): Map<string, string> =>
  new Map(Array.from(given).flatMap(([memberId, tasks]) => tasks.map((task) => [taskName(task), memberId] as const)));

function expectComplete(sizes: readonly FamilySize[], given: Map<string, TaskId[]>): void {
  const names = [...given.values()].flat().map(taskName);
  expect(names.length).toBe(total(sizes));
  expect(new Set(names).size).toBe(total(sizes));
}

function expectBalanced(given: Map<string, TaskId[]>): void {
  const counts = [...given.values()].map((tasks) => tasks.length);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
}

describe('the assignor', () => {
  test('gives every task to exactly one member, and no member more than one task more than another', () => {
    fc.assert(
      fc.property(families, fc.integer({ min: 1, max: 8 }), (sizes, count) => {
        const given = assign(
          sizes,
          memberIds(count).map((id) => newcomer(id, sizes)),
        );
        expect([...given.keys()].sort()).toEqual(memberIds(count));
        expectComplete(sizes, given);
        expectBalanced(given);
      }),
    );
  });

  test('does so whatever the members claim to own', () => {
    const claims = fc.array(
      fc.record({ subTopology: fc.constantFrom(...FAMILY_NAMES, 'gone'), partition: fc.nat(25) }),
    );
    const claimants = fc.array(fc.tuple(claims, fc.nat(5)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(families, claimants, (sizes, members) => {
        const candidates = members.map(([owned, generation], i) => ({
          ...newcomer(`member-${i}`, sizes),
          owned,
          generation,
        }));
        const given = assign(sizes, candidates);
        expectComplete(sizes, given);
        expectBalanced(given);
      }),
    );
  });

  test('answers the same in whatever order the members come', () => {
    fc.assert(
      fc.property(families, fc.shuffledSubarray(memberIds(6), { minLength: 1 }), (sizes, ids) => {
        const inOrder = assign(
          sizes,
          ids.toSorted().map((id) => newcomer(id, sizes)),
        );
        expect(
          ownersOf(
            assign(
              sizes,
              ids.map((id) => newcomer(id, sizes)),
            ),
          ),
        ).toEqual(ownersOf(inOrder));
      }),
    );
  });

  test('moves nothing when nothing changed', () => {
    fc.assert(
      fc.property(families, fc.integer({ min: 1, max: 8 }), (sizes, count) => {
        const before = assign(
          sizes,
          memberIds(count).map((id) => newcomer(id, sizes)),
        );
        expect(ownersOf(assign(sizes, settled(sizes, before)))).toEqual(ownersOf(before));
      }),
    );
  });

  test('moves to a member that joins no more than its share, and nothing between the others', () => {
    fc.assert(
      fc.property(families, fc.integer({ min: 1, max: 7 }), (sizes, count) => {
        const before = ownersOf(
          assign(
            sizes,
            memberIds(count).map((id) => newcomer(id, sizes)),
          ),
        );
        const given = assign(
          sizes,
          memberIds(count).map((id) => newcomer(id, sizes)),
        );
        const after = assign(sizes, [...settled(sizes, given), newcomer('joining', sizes)]);
        expectBalanced(after);
        const moved = Array.from(ownersOf(after)).filter(([task, owner]) => before.get(task) !== owner);
        expect(moved.length).toBeLessThanOrEqual(Math.ceil(total(sizes) / (count + 1)));
        expect(moved.every(([, owner]) => owner === 'joining')).toBe(true);
      }),
    );
  });

  test('moves only the tasks of a member that leaves', () => {
    fc.assert(
      fc.property(families, fc.integer({ min: 2, max: 8 }), (sizes, count) => {
        const given = assign(
          sizes,
          memberIds(count).map((id) => newcomer(id, sizes)),
        );
        const before = ownersOf(given);
        const after = assign(
          sizes,
          settled(sizes, given).filter(({ memberId }) => memberId !== 'member-0'),
        );
        expectComplete(sizes, after);
        expectBalanced(after);
        const moved = Array.from(ownersOf(after)).filter(([task, owner]) => before.get(task) !== owner);
        expect(moved.every(([task]) => before.get(task) === 'member-0')).toBe(true);
      }),
    );
  });

  test('spreads the tasks of every sub-topology', () => {
    fc.assert(
      fc.property(families, fc.integer({ min: 2, max: 8 }), (sizes, count) => {
        const given = assign(
          sizes,
          memberIds(count).map((id) => newcomer(id, sizes)),
        );
        for (const { subTopology, tasks } of sizes) {
          const most = Math.max(
            ...[...given.values()].map((own) => own.filter((task) => task.subTopology === subTopology).length),
          );
          expect(most).toBeLessThanOrEqual(Math.ceil(tasks / count));
        }
      }),
    );
  });

  test('believes the newer generation when two claim a task', () => {
    const sizes = [{ subTopology: 'counts', tasks: 2 }];
    const owned = [{ subTopology: 'counts', partition: 1 }];
    const stale = { ...newcomer('a', sizes), owned, generation: 4 };
    const current = { ...newcomer('b', sizes), owned, generation: 5 };
    expect(assign(sizes, [stale, current]).get('b')).toEqual(owned);
    expect(assign(sizes, [{ ...stale, generation: 6 }, current]).get('a')).toEqual(owned);
  });

  test('gives a task only to members whose plan has its sub-topology', () => {
    const sizes = [
      { subTopology: 'counts', tasks: 4 },
      { subTopology: 'added', tasks: 3 },
      { subTopology: 'unknown', tasks: 1 },
    ];
    const given = assign(sizes, [
      { ...newcomer('old', sizes), subTopologies: ['counts'] },
      { ...newcomer('new', sizes), subTopologies: ['counts', 'added'] },
    ]);
    const names = (id: string): string[] => given.get(id)!.map(taskName);
    expect(names('new').filter((name) => name.startsWith('added'))).toEqual(['added/0', 'added/1', 'added/2']);
    expect([...names('old'), ...names('new')].sort()).toEqual([
      'added/0',
      'added/1',
      'added/2',
      'counts/0',
      'counts/1',
      'counts/2',
      'counts/3',
    ]);
    expect(names('old').length).toBe(3);
  });
});
