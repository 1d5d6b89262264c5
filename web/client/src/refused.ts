// What goes wrong, as errors.
import type { Problem, ProblemKind } from './schema.js';

/** The gate said no, and why (RFC 9457). Decide by `kind`; `/docs#problem-{kind}` says what to do about it. */
export class Refused extends Error {
  override readonly name = 'Refused';
  /** The end of the `type`. */
  readonly kind: ProblemKind;
  readonly status: number;
  /** After so many seconds a later try may do. */
  readonly retryAfter: number | undefined;

  constructor(
    readonly call: string,
    /** All that was said, with the members that only this kind has. */
    readonly problem: Problem,
    retryAfter: number | undefined,
  ) {
    super(`${call}: ${problem.title}${problem.detail === undefined ? '' : ` ${problem.detail}`}`);
    this.kind = problem.type.replace(/^\/problems\//, '');
    this.status = problem.status;
    this.retryAfter = retryAfter;
  }
}

/** Nobody answered, or what came was no answer of a gate. Whether the call was carried out is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  constructor(readonly call: string, why: string, cause?: unknown) {
    super(`${call}: ${why}`, { cause });
  }
}
