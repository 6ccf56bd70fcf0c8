import { createDurableEngine } from '../../../../src/localhost/durable/engine.js';
import { scriptedInvoker } from './scripted-invoker.js';

const [directory = '', logPath = ''] = process.argv.slice(2);
const engine = createDurableEngine({
  directory,
  settings: { hubName: 'Hub', maxConcurrentActivityFunctions: 4, maxConcurrentOrchestratorFunctions: 4 },
  invoker: scriptedInvoker(logPath, 40),
  strict: false,
  time: {
    now: () => Date.now(),
    setTimer: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => {
        clearTimeout(timer);
      };
    },
  },
  log: () => undefined,
});
await engine.start();
await engine.handle({
  method: 'POST',
  path: 'orchestrators/fan/f',
  query: new URLSearchParams(),
  headers: {},
  body: '{"count":100}',
});
