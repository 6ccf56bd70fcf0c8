import type { CliContext } from '../context.js';
import type { JobView } from './job-view.js';
import { badInput } from '../exit-codes.js';
import { summarize } from './summary.js';

export type OutputForm = 'text' | 'json';

/** Reads `--output`. */
export function parseOutputForm(value: string): OutputForm {
  if (value !== 'text' && value !== 'json') {
    throw badInput(`--output takes text or json, not "${value}".`);
  }
  return value;
}

/** The command's result on standard output: the summary, or the job as one line of JSON. */
export function writeJob(job: JobView, form: OutputForm, context: CliContext): void {
  context.stdout.write(form === 'json' ? `${JSON.stringify(job)}\n` : summarize(job));
}
