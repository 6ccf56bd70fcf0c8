import { fileNameProblem } from '../../src/job/file-name.js';
import { oddNames } from '../../src/localhost/demo/odd-names.js';

/**
 * Odd names that Azure Files takes, of which no two differ by case alone and none is a directory of another. `trailingDots`:
 * also those of which a component ends in a dot.
 */
export function oddFileNames(options: { readonly trailingDots: boolean }): readonly string[] {
  const taken = new Set<string>();
  return oddNames.filter((name) => {
    const isDotted = /\.(?:\/|$)/.test(name);
    if (fileNameProblem(name) !== undefined || (isDotted && !options.trailingDots)) return false;
    const folded = name.toUpperCase();
    const components = folded.split('/');
    const above = components.map((_, depth) => components.slice(0, depth).join('/'));
    if (taken.has(folded) || taken.has(`${folded}/`) || above.some((path) => taken.has(path))) return false;
    taken.add(folded);
    for (const path of above) taken.add(`${path}/`);
    return true;
  });
}
