import type { DeleteGuard } from '../job/job-spec.js';

/** What a complete plan is judged by. */
export interface DeletePlan {
  /** Extras that the plan would delete. */
  readonly deletes: number;
  /** Objects listed at the source, excluded ones too. */
  readonly sourceListed: number;
  readonly destinationListed: number;
  readonly guard: DeleteGuard;
  /** A whole folder is to go: it has no source, and its share is all of it. Only the count is looked at. */
  readonly isPrune?: boolean;
}

export type DeleteRefusal = 'source-empty' | 'too-many-deletes' | 'too-large-share';

export type DeleteJudgement =
  { readonly ok: true } | { readonly ok: false; readonly reason: DeleteRefusal; readonly text: string };

/** Up to this many deletes the share is not looked at: a few of a few objects is a large share and no harm. */
const shareFreeDeletes = 20;

/**
 * Whether a mirror may delete what its plan says without anybody's approval. A limit itself is still allowed. An empty
 * source listing never is: it is what a mistyped prefix looks like.
 */
export function judgeDeletes({
  deletes,
  sourceListed,
  destinationListed,
  guard,
  isPrune = false,
}: DeletePlan): DeleteJudgement {
  if (deletes === 0) {
    return { ok: true };
  }
  const extras = `${String(deletes)} of ${String(destinationListed)} objects at the destination`;
  if (sourceListed === 0 && !isPrune) {
    return refuse('source-empty', `the source has no objects, and the plan would delete ${extras}`);
  }
  if (deletes > guard.maxDeletes) {
    return refuse(
      'too-many-deletes',
      `the plan would delete ${extras}, more than the ${String(guard.maxDeletes)} allowed`,
    );
  }
  // Multiplied, not divided: a share of exactly the limit must not fall to rounding.
  return !isPrune && deletes > shareFreeDeletes && deletes * 100 > guard.maxDeletePercent * destinationListed
    ? refuse(
        'too-large-share',
        `the plan would delete ${extras}, more than the ${String(guard.maxDeletePercent)} % allowed`,
      )
    : { ok: true };
}

function refuse(reason: DeleteRefusal, text: string): DeleteJudgement {
  return { ok: false, reason, text };
}
