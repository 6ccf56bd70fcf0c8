import { inspect } from 'node:util';

/** Errors that the host raises towards an app. The library tells them from the app's own by `isAzureFunctionsSystemError`. */

/** Misuse of the worker's API by an app, or an app that cannot be run. */
export class SystemError extends Error {
  readonly isAzureFunctionsSystemError = true;
  override readonly name = 'SystemError';
}

/** As {@link SystemError}, and a RangeError: the library turns the one for an unknown hook into a version hint by its name. */
export class SystemRangeError extends RangeError {
  readonly isAzureFunctionsSystemError = true;
}

/** A field of a hook context that only the host may set. */
export class ReadOnlyFieldError extends TypeError {
  readonly isAzureFunctionsSystemError = true;

  constructor(field: string) {
    super(`Cannot assign to read only property '${field}'`);
  }
}

/** Any thrown value as an Error; an Error stays itself. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) {
    return thrown;
  }
  if (thrown === undefined || thrown === null) {
    return new Error('Unknown error');
  }
  return new Error(typeof thrown === 'string' ? thrown : inspect(thrown));
}
