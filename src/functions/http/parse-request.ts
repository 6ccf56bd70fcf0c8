import type { z } from 'zod';
import { Problem } from './problem.js';

/** A value that the schema takes. Throws `Problem` `invalid-request` with the path of every fault. */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap(faultsOf).slice(0, 20);
  const [first = { field: 'body', detail: 'the body is missing' }] = errors;
  throw new Problem('invalid-request', {
    detail: `${first.field}: ${first.detail}`,
    field: first.field,
    advice: 'Correct the field; /api/openapi.json describes every field.',
    ...(errors.length > 1 ? { errors } : {}),
  });
}

interface Fault {
  readonly field: string;
  readonly detail: string;
}

function faultsOf(issue: z.core.$ZodIssue): readonly Fault[] {
  const field = pathOf(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        field: pathOf([...issue.path, key.slice(0, 100)]),
        detail: 'there is no such field',
      }));
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ field, detail: `the name ${message}` }));
    case 'invalid_union':
      return issue.errors.length > 0
        ? issue.errors
            .flatMap((alternative) =>
              alternative.filter((one) => one.path.length > 0 || one.code === 'unrecognized_keys'),
            )
            .flatMap((one) => faultsOf({ ...one, path: [...issue.path, ...one.path] }))
            .concat({ field, detail: 'is none of the allowed forms' })
            .slice(0, 1)
        : [{ field, detail: issue.message }];
    default:
      return [{ field, detail: issue.message }];
  }
}

function pathOf(path: readonly PropertyKey[]): string {
  const text = path
    .map((step) => (typeof step === 'number' ? `[${String(step)}]` : `.${String(step)}`))
    .join('');
  return text === '' ? 'body' : text.replace(/^\./, '');
}
