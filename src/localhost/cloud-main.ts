// Entry of the process that emulates the cloud; started by local.ts.
import { startCloud, type CloudOptions } from './cloud/cloud.js';
import { followParent } from './follow-parent.js';

followParent(async (options: Omit<CloudOptions, 'log'>) => {
  const { stop, ...ready } = await startCloud({
    ...options,
    log: (line) => {
      console.log(line);
    },
  });
  return { ready, stop };
});
