import { expect } from 'vitest';
import type { ProblemCode } from '../../../../src/functions/http/problem.js';
import { problemKinds } from '../../../../src/functions/http/problem.js';
import { problemSchema } from '../../../../src/functions/http/response-schemas.js';
import type { Reply } from './api-bench.js';

/** Checks that a reply is a complete problem of this kind. */
export function expectProblem(reply: Reply, code: ProblemCode): void {
  const problem = problemSchema.parse(reply.json());
  expect(problem.type).toBe(`urn:tranship:problem:${code}`);
  expect([reply.status, problem.status]).toEqual([problemKinds[code].status, problemKinds[code].status]);
  expect(reply.headers['content-type']).toBe('application/problem+json');
  expect(problem.detail).not.toBe('');
  expect(problem.advice).toMatch(/\.$/);
}
