import { z } from 'zod';
import { formatIdentity, identitySchema } from './identity-view.js';
import { printable } from './printable.js';

/** The answer of `POST /api/preflight`, as far as the CLI reads it. */
export const preflightViewSchema = z.looseObject({
  ok: z.boolean(),
  identities: z.array(identitySchema),
  findings: z.array(
    z.looseObject({
      check: z.string(),
      side: z.string(),
      container: z.string().nullish(),
      ok: z.boolean().nullish(),
      required: z.boolean().default(true),
      text: z.string(),
      command: z.string().nullish(),
    }),
  ),
});
export type PreflightView = z.infer<typeof preflightViewSchema>;

/** A line for each right, and below a missing one what is wrong and the command that mends it. */
export function formatPreflight({ ok, identities, findings }: PreflightView): string {
  const lines = findings.flatMap(({ check, side, container, ok: proven, required, text, command }) => {
    const word = proven === true ? 'ok' : proven === false ? (required ? 'MISSING' : 'absent') : 'unknown';
    const where = container == null ? '' : ` (${container})`;
    const line = `${word.padEnd(8)} ${side} ${check}${where}`;
    if (proven === true) return [line];
    return [`${line}: ${text}`, ...(command == null ? [] : [`         ${command}`])];
  });
  const end = ok ? 'The job may run.' : 'The job would fail; mend what is missing, then ask again.';
  const who = identities.flatMap((identity) => formatIdentity(identity).split('\n'));
  return [...who, ...lines, end].map((line) => `${printable(line)}\n`).join('');
}
