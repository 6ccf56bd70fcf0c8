import { describe, expect, it } from 'vitest';

import { ActionType, HistoryEventType } from '../../../../src/localhost/durable/protocol.js';
import type { HistoryEvent, OrchestratorAction } from '../../../../src/localhost/durable/protocol.js';
import { replay } from '../../../../src/localhost/durable/replayer.js';
import type { ReplayOutcome } from '../../../../src/localhost/durable/replayer.js';

const startMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const iso = (ms: number): string => new Date(startMs + ms).toISOString();

const row = (type: number, rest: Partial<HistoryEvent> = {}): HistoryEvent => ({
  EventType: type,
  EventId: -1,
  Timestamp: iso(0),
  ...rest,
});
const turn = (ms: number): HistoryEvent => row(HistoryEventType.OrchestratorStarted, { Timestamp: iso(ms) });
const begun = [turn(0), row(HistoryEventType.ExecutionStarted)];
const scheduled = (id: number, Name = 'a'): HistoryEvent =>
  row(HistoryEventType.TaskScheduled, { EventId: id, Name });
const completed = (id: number): HistoryEvent => row(HistoryEventType.TaskCompleted, { TaskScheduledId: id });
const failed = (id: number): HistoryEvent => row(HistoryEventType.TaskFailed, { TaskScheduledId: id });
const timerCreated = (id: number): HistoryEvent => row(HistoryEventType.TimerCreated, { EventId: id });
const fired = (id: number): HistoryEvent => row(HistoryEventType.TimerFired, { TimerId: id });
const raised = (Name: string): HistoryEvent => row(HistoryEventType.EventRaised, { Name });

const activity = (functionName = 'a'): OrchestratorAction => ({
  actionType: ActionType.CallActivity,
  functionName,
});
const timer = (ms: number, isCanceled = false): OrchestratorAction => ({
  actionType: ActionType.CreateTimer,
  fireAt: iso(ms),
  isCanceled,
});
const wait = (externalEventName: string): OrchestratorAction => ({
  actionType: ActionType.WaitForExternalEvent,
  externalEventName,
});
const all = (...compoundActions: OrchestratorAction[]): OrchestratorAction => ({
  actionType: ActionType.WhenAll,
  compoundActions,
});
const any = (...compoundActions: OrchestratorAction[]): OrchestratorAction => ({
  actionType: ActionType.WhenAny,
  compoundActions,
});
const retried = (retryTimeoutInMilliseconds?: number): OrchestratorAction => ({
  actionType: ActionType.CallActivityWithRetry,
  functionName: 'a',
  retryOptions: {
    firstRetryIntervalInMilliseconds: 100,
    maxNumberOfAttempts: 3,
    backoffCoefficient: 2,
    ...(retryTimeoutInMilliseconds === undefined ? {} : { retryTimeoutInMilliseconds }),
  },
});

const run = (actions: OrchestratorAction[], history: HistoryEvent[]): ReplayOutcome =>
  replay(actions, history, { instanceId: 'own', parentInstanceId: 'parent' });

/** `[decisions, settled, open tasks]` in short. */
const brief = (outcome: ReplayOutcome): [string[], boolean, number] => [
  outcome.decisions.map((one) =>
    one.kind === 'timer'
      ? `${String(one.id)} timer +${String(one.fireAtMs - startMs)}`
      : `${String(one.id)} ${one.name}`,
  ),
  outcome.settled,
  outcome.openTasks,
];

interface Case {
  readonly rule: string;
  readonly actions: OrchestratorAction[];
  readonly history: HistoryEvent[];
  readonly expected: [string[], boolean, number];
}

const cases: Case[] = [
  {
    rule: 'starts the first action only',
    actions: [activity('a'), activity('b')],
    history: begun,
    expected: [['0 a'], false, 1],
  },
  {
    rule: 'starts the next action when the one before has completed',
    actions: [activity('a'), activity('b')],
    history: [...begun, scheduled(0), completed(0)],
    expected: [['1 b'], false, 1],
  },
  {
    rule: 'goes on after a failure',
    actions: [activity('a'), activity('b')],
    history: [...begun, scheduled(0), failed(0)],
    expected: [['1 b'], false, 1],
  },
  {
    rule: 'settles when every action has',
    actions: [activity('a')],
    history: [...begun, scheduled(0), completed(0)],
    expected: [[], true, 0],
  },
  {
    rule: 'ignores a duplicate completion',
    actions: [activity('a'), activity('b')],
    history: [...begun, scheduled(0), completed(0), scheduled(1, 'b'), completed(0)],
    expected: [[], false, 1],
  },
  {
    rule: 'waits for every child of a WhenAll, also after one has failed',
    actions: [all(activity('a'), activity('b')), activity('c')],
    history: [...begun, scheduled(0), scheduled(1, 'b'), failed(0)],
    expected: [[], false, 1],
  },
  {
    rule: 'goes on from a WhenAny while its other children stay open',
    actions: [any(activity('a'), activity('b')), activity('c')],
    history: [...begun, scheduled(0), scheduled(1, 'b'), completed(1)],
    expected: [['2 c'], false, 2],
  },
  {
    rule: 'counts ids depth first through nested compounds',
    actions: [all(any(activity('a'), activity('b')), activity('c'))],
    history: begun,
    expected: [['0 a', '1 b', '2 c'], false, 3],
  },
  {
    rule: 'keeps an uncancelled timer open',
    actions: [any(timer(10), timer(600))],
    history: [...begun, timerCreated(0), timerCreated(1), fired(0)],
    expected: [[], true, 1],
  },
  {
    rule: 'creates a cancelled timer but does not wait for it',
    actions: [any(wait('e'), timer(600, true))],
    history: begun,
    expected: [['0 timer +600'], true, 0],
  },
  {
    rule: 'gives an external event no id and no open task',
    actions: [wait('e'), activity('a')],
    history: begun,
    expected: [[], false, 0],
  },
  {
    rule: 'matches events without case',
    actions: [wait('Go'), activity('a')],
    history: [...begun, raised('gO')],
    expected: [['0 a'], false, 1],
  },
  {
    rule: 'keeps early events, first come first served',
    actions: [activity('a'), wait('e'), wait('e'), wait('e')],
    history: [...begun, scheduled(0), raised('e'), raised('e'), completed(0)],
    expected: [[], false, 0],
  },
  {
    rule: 'serves the last waiter of a name first',
    actions: [any(wait('e'), timer(1)), wait('e'), activity('a')],
    history: [...begun, timerCreated(0), fired(0), raised('e')],
    expected: [['1 a'], false, 1],
  },
  {
    rule: 'makes a retry timer with backoff',
    actions: [retried()],
    history: [...begun, scheduled(0), failed(0), timerCreated(1), fired(1), scheduled(2), failed(2)],
    expected: [['3 timer +200'], false, 1],
  },
  {
    rule: 'makes a timer due at once after the last attempt',
    actions: [retried(), activity('b')],
    history: [
      ...begun,
      ...[scheduled(0), failed(0), timerCreated(1), fired(1)],
      ...[scheduled(2), failed(2), timerCreated(3), fired(3), scheduled(4), failed(4)],
    ],
    expected: [['5 timer +0'], false, 1],
  },
  {
    rule: 'goes on when that timer has fired',
    actions: [retried(), activity('b')],
    history: [
      ...begun,
      ...[scheduled(0), failed(0), timerCreated(1), fired(1)],
      ...[
        scheduled(2),
        failed(2),
        timerCreated(3),
        fired(3),
        scheduled(4),
        failed(4),
        timerCreated(5),
        fired(5),
      ],
    ],
    expected: [['6 b'], false, 1],
  },
  {
    rule: 'makes no timer when the retry timeout has passed',
    actions: [retried(50), activity('b')],
    history: [...begun, scheduled(0), turn(60), failed(0)],
    expected: [['1 b'], false, 1],
  },
  {
    rule: 'leaves a timer of six days whole',
    actions: [timer(6 * dayMs)],
    history: begun,
    expected: [[`0 timer +${String(6 * dayMs)}`], false, 1],
  },
  {
    rule: 'breaks a longer timer into hops of three days',
    actions: [timer(7 * dayMs), activity('a')],
    history: [...begun, timerCreated(0), turn(3 * dayMs), fired(0)],
    expected: [[`1 timer +${String(6 * dayMs)}`], false, 1],
  },
  {
    rule: 'ends a long timer with what remains',
    actions: [timer(7 * dayMs), activity('a')],
    history: [
      ...begun,
      timerCreated(0),
      turn(3 * dayMs),
      fired(0),
      timerCreated(1),
      turn(6 * dayMs),
      fired(1),
    ],
    expected: [[`2 timer +${String(7 * dayMs)}`], false, 1],
  },
  {
    rule: 'starts nothing before the execution has started',
    actions: [activity('a')],
    history: [turn(0), raised('e')],
    expected: [[], false, 0],
  },
];

describe('the replayer', () => {
  it.each(cases)('$rule', ({ actions, history, expected }) => {
    expect(brief(run(actions, history))).toEqual(expected);
  });

  it.each([
    ['another name', [scheduled(0, 'z')]],
    ['another kind', [timerCreated(0)]],
    ['an id that was never given', [scheduled(7)]],
    [
      'a child instead of an activity',
      [row(HistoryEventType.SubOrchestrationInstanceCreated, { EventId: 0, Name: 'a' })],
    ],
  ])('reports a history with %s as non-deterministic', (_what, rows) => {
    expect(run([activity('a')], [...begun, ...rows]).nonDeterminism).toMatch(
      /^Non-Deterministic workflow detected: task \d/,
    );
  });

  it('hands on continueAsNew, with whether a task is open', () => {
    const again: OrchestratorAction = { actionType: ActionType.ContinueAsNew, input: { n: 1 } };
    expect(run([again], begun)).toMatchObject({
      continueAsNew: { input: { n: 1 } },
      settled: true,
      openTasks: 0,
    });
    const open = run(
      [any(timer(1), timer(2)), again],
      [...begun, timerCreated(0), timerCreated(1), fired(0)],
    );
    expect(open).toMatchObject({ continueAsNew: { input: { n: 1 } }, settled: true, openTasks: 1 });
  });

  it('passes version and instance id of a child, and refuses its own or its parent id in any case', () => {
    const child = (instanceId?: string): OrchestratorAction => ({
      actionType: ActionType.CallSubOrchestrator,
      functionName: 'c',
      version: '2.0',
      ...(instanceId === undefined ? {} : { instanceId }),
    });
    expect(run([child('kid')], begun).decisions).toEqual([
      { kind: 'child', id: 0, name: 'c', instanceId: 'kid', version: '2.0', input: undefined },
    ]);
    expect(run([child()], begun).decisions[0]).toMatchObject({ instanceId: undefined });
    expect(run([child('OWN')], begun).refused).toMatch(/must be different/);
    expect(run([child('Parent')], begun).refused).toMatch(/must be different/);
  });

  it('refuses entities, locks, callHttp and unknown actions', () => {
    const types = [
      ...[ActionType.CallEntity, ActionType.SignalEntity, ActionType.ScheduledSignalEntity],
      ...[ActionType.LockEntities, ActionType.ReleaseEntities, ActionType.CallHttp, 99],
    ];
    for (const actionType of types) {
      expect(run([{ actionType }], begun).refused).toMatch(/does not support/);
    }
  });
});
