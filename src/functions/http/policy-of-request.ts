import type { HttpRequest } from '@azure/functions';
import { isPolicyName } from '../../job/policy.js';
import { type PolicyVersion, readPolicy } from '../../record/policies.js';
import type { StateStore } from '../../storage/state-store.js';
import { Problem } from './problem.js';

/** The name in the route. Throws `Problem` `invalid-request` for what can be no name. */
export function policyNameOf(request: HttpRequest): string {
  const name = request.params['name'] ?? '';
  if (isPolicyName(name)) return name;
  throw new Problem('invalid-request', {
    field: 'name',
    detail: 'this can be no name of a policy',
    advice: 'Use 1 to 63 lower-case letters, digits and single hyphens between them.',
  });
}

/** The policy that the route names. Throws `Problem` `policy-not-found`. One request. */
export async function policyOfRequest(state: StateStore, request: HttpRequest): Promise<PolicyVersion> {
  const name = request.params['name'] ?? '';
  const found = isPolicyName(name) ? await readPolicy(state, name) : undefined;
  if (found !== undefined) return found;
  throw policyNotFound('there is no policy of this name');
}

/** The refusal of a name that nothing has. */
export function policyNotFound(detail: string): Problem {
  return new Problem('policy-not-found', {
    field: 'name',
    detail,
    advice: 'GET /api/policies lists the policies that there are.',
  });
}

/** Which version the caller means: of `If-Match` and `If-None-Match`. */
export function meansVersion(request: HttpRequest, etag: string | undefined): boolean {
  const wanted = request.headers.get('if-match');
  if (request.headers.get('if-none-match') === '*' && etag !== undefined) return false;
  if (wanted === null) return true;
  return etag !== undefined && (wanted === '*' || wanted.split(',').some((tag) => tag.trim() === etag));
}

/** The refusal of a change to another version than the caller has seen. */
export function policyChanged(): Problem {
  return new Problem('policy-changed', {
    detail: 'the policy is another one than the request names, or was changed at the same time',
    advice: 'Read the policy again, then send the change with its ETag as If-Match.',
  });
}
