// Entry of the process that emulates the cloud; started by local.ts.
import { startCloud, type CloudOptions } from './cloud/cloud.js';
import { followParent } from './follow-parent.js';

followParent(async (message) => {
  const cloud = await startCloud({
    ...(message as Omit<CloudOptions, 'log'>),
    log: (line) => {
      console.log(line);
    },
  });
  // What can be sent as JSON; functions are dropped on the way.
  return { ready: cloud, stop: () => cloud.stop() };
});
