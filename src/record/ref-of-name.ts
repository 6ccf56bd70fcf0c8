import type { OutcomeRef, SegmentPart, SegmentRef } from './refs.js';
import { stateNames } from './refs.js';

const segmentPattern = /(?:^|\/)(\d{3,})-(\d{8,})$/;
const outcomePattern = /(?:^|\/)(\d{3,})-(\d{8,})-(copy|delete|large\d{2,})$/;

/** The segment that a state name stands for, or undefined when it is not one of this job's. */
export function segmentRefOf(job: string, name: string): SegmentRef | undefined {
  const match = segmentPattern.exec(name);
  if (match === null) return undefined;
  const ref = { group: Number(match[1]), index: Number(match[2]) };
  return stateNames.segment(job, ref) === name ? ref : undefined;
}

/** The outcome blob that a state name stands for, or undefined when it is not one of this job's. */
export function outcomeRefOf(job: string, name: string): OutcomeRef | undefined {
  const match = outcomePattern.exec(name);
  if (match === null) return undefined;
  const ref = { group: Number(match[1]), index: Number(match[2]), part: partOf(match[3] ?? '') };
  return stateNames.outcome(job, ref) === name ? ref : undefined;
}

function partOf(text: string): SegmentPart {
  return text === 'copy' || text === 'delete' ? text : { large: Number(text.slice('large'.length)) };
}
