import type { CopyErrorCode } from '../../job/copy-error.js';

/** Equal refusals in a row that count as proof. One refusal is never proof: a single object may have its own reasons. */
const enough = 20;

/** Collects evidence that a cause is the job's and not an object's. */
export class JobWideProof {
  #code: CopyErrorCode | undefined;
  #count = 0;

  /** True when this refusal completes the proof. */
  add(code: CopyErrorCode): boolean {
    this.#count = code === this.#code ? this.#count + 1 : 1;
    this.#code = code;
    return this.#count === enough;
  }

  /** Something succeeded: the cause is not the job's. */
  refute(): void {
    this.#count = 0;
  }
}
