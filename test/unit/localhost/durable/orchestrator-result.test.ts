import { describe, expect, it } from 'vitest';

import {
  readOrchestratorAnswer,
  readOrchestratorError,
} from '../../../../src/localhost/durable/orchestrator-result.js';

describe('the answer of an orchestrator', () => {
  it.each<[string, string | undefined, RegExp]>([
    ['nothing', undefined, /returned nothing/],
    ['text that is not JSON', '{', /valid JSON/],
    ['JSON that is no state', '5', /orchestrator state/],
    ['null', 'null', /orchestrator state/],
    ['an object without actions', '{"isDone":true}', /orchestrator state/],
    ['schema V1', '{"actions":[[]],"schemaVersion":0}', /schema V1/],
    ['a state without schema', '{"actions":[[]]}', /schema V1/],
    ['several lists of actions', '{"actions":[[],[]],"schemaVersion":2}', /one list of actions, got 2/],
  ])('is refused when it is %s', (_what, text, reason) => {
    expect(readOrchestratorAnswer(text)).toEqual({
      ok: false,
      reason: expect.stringMatching(reason) as string,
    });
  });

  it('is read from the error message of an orchestrator that has thrown', () => {
    const state = { isDone: false, actions: [[]], error: 'broken', schemaVersion: 2 };
    const error = new Error(`false\n\n$OutOfProcData$:${JSON.stringify(state)}`);
    expect(readOrchestratorError(error)).toEqual({ ok: true, state });
  });

  it('is the message when the error carries no state', () => {
    expect(readOrchestratorError(new Error('cannot load'))).toEqual({ ok: false, reason: 'cannot load' });
    expect(readOrchestratorError('thrown text')).toEqual({ ok: false, reason: 'thrown text' });
  });
});
