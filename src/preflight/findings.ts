import type { Account } from '../job/account.js';
import { isCopyError } from '../job/copy-error.js';
import type { Side } from '../storage/side.js';
import type { CheckName, Finding } from './finding.js';
import { judge, type Reached, type Verdict } from './judge.js';
import { accountRights, type MendParts, mendingCommand, roleFor, roleText } from './mend.js';

/** One check of one container, or of the account where that is empty. */
export interface Subject {
  readonly check: CheckName;
  readonly side: Side;
  readonly container: string;
  /** Absent: the job cannot do without it. */
  readonly required?: boolean;
}

export interface FindingsParts {
  readonly accounts: Readonly<Record<Side, Account | undefined>>;
  readonly principals: Readonly<Record<Side, MendParts['principal']>>;
  /** Service of each side; absent: blob. */
  readonly services?: Readonly<Record<Side, 'files' | undefined>>;
  readonly app: MendParts['app'];
}

/** Asked of what is not there: that answer is the right. */
const absentChecks: ReadonlySet<CheckName> = new Set(['writeTags', 'makeContainer', 'takeSnapshot']);

/** What a preflight has found so far, with what mends it. */
export class Findings {
  readonly all: Finding[] = [];
  readonly #parts: FindingsParts;
  readonly #reached = { source: false, destination: false };

  constructor(parts: FindingsParts) {
    this.#parts = parts;
  }

  /** Sides that have let a request through. */
  get reached(): Reached {
    return this.#reached;
  }

  /** Sends a request that shows a right; undefined when it was refused. */
  async ask<T>(subject: Subject, send: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await send();
      this.pass(subject);
      return answer;
    } catch (error) {
      this.fail(subject, error);
      return undefined;
    }
  }

  pass(subject: Subject, text = 'proven'): void {
    this.#reached[subject.side] = true;
    this.all.push({ ...place(subject), ok: true, code: 'ok', text });
  }

  skip(
    subject: Subject,
    text = 'not asked: what failed before hides the answer, or the container is not there yet',
  ): void {
    this.all.push({ ...place(subject), ok: null, code: 'not-checked', text });
  }

  /** A refusal that is about the object asked for proves the right. */
  fail(subject: Subject, error: unknown): void {
    const proves404 = absentChecks.has(subject.check);
    const verdict =
      proves404 && isCopyError(error) && error.status === 404
        ? undefined
        : judge(error, subject.check, subject.side, this.#reached);
    if (verdict === undefined) this.pass(subject);
    else this.note({ ...subject, side: verdict.side }, verdict);
  }

  note(subject: Subject, verdict: Verdict): void {
    const { side, check, container } = subject;
    const { accounts, principals, app } = this.#parts;
    const account = accounts[side];
    const service = this.#parts.services?.[side];
    const right = verdict.right ?? check;
    const role = roleFor(right, side, service);
    const mend = { container: accountRights.has(right) ? '' : container, principal: principals[side], app };
    const command =
      account === undefined ? undefined : mendingCommand(verdict.code, role, { account, service, ...mend });
    this.all.push({
      ...place(subject),
      ok: false,
      code: verdict.code,
      text: verdict.code === 'role-missing' ? `${verdict.text}. It needs ${roleText(role)}` : verdict.text,
      ...(command === undefined ? {} : { command }),
    });
  }

  /** Everything, in the order asked; what holds for every container alike is said once. */
  merged(): readonly Finding[] {
    const first = new Set<string>();
    const keyOf = ({ check, side }: Finding): string => `${side} ${check}`;
    const faulty = new Set(this.all.filter(({ ok }) => ok !== true).map(keyOf));
    return this.all.flatMap((finding) => {
      const key = keyOf(finding);
      if (finding.ok !== true) return [finding];
      if (first.has(key) || faulty.has(key)) return [];
      first.add(key);
      const { container: _, ...everywhere } = finding;
      return [everywhere];
    });
  }
}

function place({
  check,
  side,
  container,
  required = true,
}: Subject): Pick<Finding, 'check' | 'side' | 'container' | 'required'> {
  return { check, side, required, ...(container === '' ? {} : { container }) };
}
