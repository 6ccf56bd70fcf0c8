import { serviceLimits } from './limits.js';

/** Why Azure Files does not take a path; the first rule that it breaks. Stable, for reports. */
export type FileNameProblem =
  | 'empty-component'
  | 'dots-only'
  | 'reserved-character'
  | 'reserved-name'
  | 'control-character'
  | 'component-too-long'
  | 'path-too-long'
  | 'too-deep';

const reserved = /["\\:|<>*?]/;
/** Devices, in any case. */
const devices = /^(?:lpt[1-9]|com[1-9]|prn|aux|nul|con|clock\$)$/i;
// Also U+FFFE, U+FFFF and unpaired surrogates, which no XML listing can carry.
const control = /[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u;

/**
 * The rule of Azure Files that a path (without leading or trailing `/`) breaks, or undefined when it is a name that the
 * service takes. REST reference, "Naming and Referencing Shares, Directories, Files, and Metadata". Pure.
 */
export function fileNameProblem(path: string): FileNameProblem | undefined {
  const components = path.split('/');
  if (path.length > serviceLimits.filePathCharacters) return 'path-too-long';
  if (components.length > serviceLimits.fileDepth) return 'too-deep';
  for (const component of components) {
    const problem = componentProblem(component);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function componentProblem(component: string): FileNameProblem | undefined {
  if (component === '') return 'empty-component';
  if (component === '.' || component === '..') return 'dots-only';
  if (reserved.test(component)) return 'reserved-character';
  if (devices.test(component)) return 'reserved-name';
  if (control.test(component)) return 'control-character';
  return component.length > serviceLimits.fileNameCharacters ? 'component-too-long' : undefined;
}

/**
 * The path with everything percent-encoded (as UTF-8) that Azure Files does not take, as AzCopy writes such names where a
 * system has rules against them: reserved and control characters, a letter of what names a device, dots that are a whole component, and a `%` that would
 * otherwise read as such an encoding. Reading the encoded bytes back gives the path again. An empty component becomes
 * `%`. What is too long stays too long. Pure.
 */
export function escapeFileName(path: string): string {
  return path.split('/').map(escapeComponent).join('/');
}

function escapeComponent(component: string): string {
  if (component === '') return '%';
  if (component === '.' || component === '..') return component.replaceAll('.', '%2E');
  if (devices.test(component)) return escapeCase(component);
  return component
    .replace(/%(?=[0-9A-Fa-f]{2}|$)/g, '%25')
    .replace(/["\\:|<>*?\p{Cc}\uFFFE\uFFFF]/gu, (character) => encodeBytes(character));
}

/**
 * Upper case, character by character, as a file system without case compares: what grows by it is left alone, so that
 * `ß` and `ss` are two names. Two paths that fold to the same text name the same entry of a share. Pure.
 */
export function foldCase(name: string): string {
  return Array.from(name, (character) => {
    const upper = character.toUpperCase();
    return upper.length === character.length ? upper : character;
  }).join('');
}

/** The same name with its first letter encoded, so that it no longer equals another one but for case. Pure. */
export function escapeCase(component: string): string {
  return component.replace(/\p{L}/u, (character) => encodeBytes(character));
}

function encodeBytes(character: string): string {
  return [...new TextEncoder().encode(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}
