import { ServiceError } from '../errors.js';

const FORBIDDEN =
  /["\\/:|<>*?\u0000-\u001f\u007f-\u009f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const RESERVED = /^(lpt[1-9]|com[1-9]|prn|aux|nul|con|clock\$)$/i;
const MAX_COMPONENT = 255;
const MAX_DEPTH = 250;
const MAX_PATH = 2048;

/** Two names that fold to the same text name the same entry: upper case, unit by unit, as NTFS does. */
export function foldName(name: string): string {
  let folded = '';
  for (const character of name) {
    const upper = character.toUpperCase();
    folded += upper.length === character.length ? upper : character;
  }
  return folded;
}

/**
 * The components of a decoded path below a share; empty for the root. Without leave for trailing dots they are cut off each
 * component. 400 InvalidResourceName for what cannot be a name.
 */
export function parsePath(path: string, allowTrailingDot: boolean): string[] {
  const names = path
    .split('/')
    .filter((name) => name !== '')
    .map((name) => (allowTrailingDot ? name : name.replace(/\.+$/, '')));
  if (path.length > MAX_PATH || names.length > MAX_DEPTH) throw invalidName();
  for (const name of names) checkName(name);
  return names;
}

function checkName(name: string): void {
  const isDots = /^\.{0,2}$/.test(name);
  if (isDots || name.length > MAX_COMPONENT || FORBIDDEN.test(name) || RESERVED.test(name)) {
    throw invalidName();
  }
}

function invalidName(): ServiceError {
  return new ServiceError(
    400,
    'InvalidResourceName',
    'The specified resource name contains invalid characters.',
  );
}

/** 400 unless the name may be a share's: 3 to 63 lower-case letters, digits and single hyphens within. */
export function checkShareName(name: string): void {
  if (name.length < 3 || name.length > 63) {
    throw new ServiceError(
      400,
      'OutOfRangeInput',
      'The specified resource name length is not within the permissible limits.',
    );
  }
  if (!/^[a-z0-9](-?[a-z0-9])*$/.test(name)) throw invalidName();
}
