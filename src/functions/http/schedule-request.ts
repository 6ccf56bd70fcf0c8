import { z } from 'zod';
import { catchUpModes, overlapModes } from '../../job/schedule.js';

/** When something is to be started, as a request says it. Defaults are applied later. */
export const scheduleRequestSchema = z.strictObject({
  cron: z.string().min(9).max(200).describe('Five fields (minute first) or six (second first, as NCRONTAB)'),
  timeZone: z.string().min(1).max(64).optional().describe('IANA name; "UTC" by default'),
  catchUp: z.enum(catchUpModes).optional().describe('Of times missed for over 5 minutes; "last" by default'),
  overlap: z.enum(overlapModes).optional().describe('When the job before has not ended; "skip" by default'),
  jitterSeconds: z.int().min(0).max(86_400).optional().describe('0 by default'),
});
export type ScheduleRequest = z.infer<typeof scheduleRequestSchema>;
