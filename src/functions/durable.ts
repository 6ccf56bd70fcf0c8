import * as df from 'durable-functions';
import { createClose } from '../activities/close.js';
import {
  type CloseInput,
  type GateInput,
  type PrepareInput,
  type SliceInput,
  names,
} from '../activities/contracts.js';
import { createGate } from '../activities/gate.js';
import { createPrepare } from '../activities/prepare.js';
import { createSlice } from '../activities/slice.js';
import { copyJob } from '../orchestrators/copy-job.js';
import { lane } from '../orchestrators/lane.js';
import { compose } from './compose.js';

df.app.orchestration(names.copyJob, copyJob);
df.app.orchestration(names.lane, lane);

// The factories are called at the first invocation, so that a faulty setting fails calls with its reason and not the start.
const activities = once(() => {
  const services = compose().activities;
  return {
    prepare: createPrepare(services),
    gate: createGate(services),
    slice: createSlice(services),
    close: createClose(services),
  };
});

df.app.activity(names.prepare, { handler: (input: PrepareInput) => activities().prepare(input) });
df.app.activity(names.gate, { handler: (input: GateInput) => activities().gate(input) });
df.app.activity(names.slice, { handler: (input: SliceInput) => activities().slice(input) });
df.app.activity(names.close, { handler: (input: CloseInput) => activities().close(input) });

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
