import { z } from 'zod';
import { printable } from './printable.js';

/** The answer of `POST /api/preflight`, as far as the CLI reads it. */
export const preflightViewSchema = z.looseObject({
  ok: z.boolean(),
  identity: z.looseObject({ objectId: z.string() }).nullish(),
  findings: z.array(
    z.looseObject({
      check: z.string(),
      side: z.string(),
      ok: z.boolean().nullish(),
      required: z.boolean().default(true),
      text: z.string(),
      command: z.string().nullish(),
    }),
  ),
});
export type PreflightView = z.infer<typeof preflightViewSchema>;

/** A line for each right, and below a missing one what is wrong and the command that mends it. */
export function formatPreflight({ ok, identity, findings }: PreflightView): string {
  const lines = findings.flatMap(({ check, side, ok: proven, required, text, command }) => {
    const word = proven === true ? 'ok' : proven === false ? (required ? 'MISSING' : 'absent') : 'unknown';
    const line = `${word.padEnd(8)} ${side} ${check}`;
    if (proven === true) return [line];
    return [`${line}: ${text}`, ...(command == null ? [] : [`         ${command}`])];
  });
  const end = ok ? 'The job may run.' : 'The job would fail; mend what is missing, then ask again.';
  const who = identity == null ? [] : [`Identity ${identity.objectId}`];
  return [...who, ...lines, end].map((line) => `${printable(line)}\n`).join('');
}
