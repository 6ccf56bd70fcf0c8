import { RE2JS, type RE2JSSyntaxException } from 're2js';
import { CopyError } from '../job/copy-error.js';
import type { FilterRule, Filters } from '../job/job-spec.js';
import type { StringMap } from '../job/operation.js';
import type { ListedObject } from '../storage/store.js';
import { globToRegex } from './glob.js';

/** What is wrong with a filter, for the answer to whoever wrote it. */
export interface FilterProblem {
  /** As in the request, for example `include.regex`. */
  readonly field: string;
  /** Which entry of the field. */
  readonly index?: number;
  /** Offset into the entry, where it is known. */
  readonly position?: number;
  readonly detail: string;
}

/** Filters ready to be asked; both answers take time linear in the name, whatever the patterns. */
export interface CompiledFilters {
  /** True when the source object belongs to the job. */
  passes(object: ListedObject, relativeKey: string): boolean;
  /** The same by pattern, path and regex alone: what can be said of a destination object that has no source. */
  passesName(relativeKey: string): boolean;
}

type NameTest = (relativeKey: string) => boolean;
type ObjectTest = (object: ListedObject) => boolean;

interface CompiledRule {
  /** One test for each field given. */
  readonly names: readonly NameTest[];
  readonly objects: readonly ObjectTest[];
}

/** Everything wrong with the filters; empty when {@link compileFilters} will take them. */
export function checkFilters(filters: Filters): readonly FilterProblem[] {
  const problems: FilterProblem[] = [];
  compileRule('include', filters.include ?? {}, problems);
  compileRule('exclude', filters.exclude ?? {}, problems);
  for (const field of ['modifiedAfter', 'modifiedBefore'] as const) {
    if (filters[field] !== undefined && readTime(filters[field]) === undefined) {
      problems.push({ field, detail: 'not an ISO 8601 date or time' });
    }
  }
  if ((filters.minSizeBytes ?? 0) > (filters.maxSizeBytes ?? Infinity)) {
    problems.push({ field: 'minSizeBytes', detail: 'greater than maxSizeBytes, so that no object passes' });
  }
  return problems;
}

/** Compiles filters that {@link checkFilters} finds good; throws `bad-request` for others. */
export function compileFilters(filters: Filters): CompiledFilters {
  const [problem] = checkFilters(filters);
  if (problem !== undefined) {
    throw new CopyError('bad-request', `filter ${problem.field}: ${problem.detail}`, { retryable: false });
  }
  const include = compileRule('include', filters.include ?? {}, []);
  const exclude = compileRule('exclude', filters.exclude ?? {}, []);
  const window = compileWindow(filters);
  const passesName: NameTest = (key) =>
    include.names.every((test) => test(key)) && !exclude.names.some((test) => test(key));
  return {
    passesName,
    passes: (object, key) =>
      window(object) &&
      include.objects.every((test) => test(object)) &&
      !exclude.objects.some((test) => test(object)) &&
      passesName(key),
  };
}

function compileRule(side: string, rule: FilterRule, problems: FilterProblem[]): CompiledRule {
  const compileAll = (field: 'pattern' | 'regex' | 'path', compile: Compile): NameTest[] => {
    const entries = rule[field];
    if (entries === undefined) {
      return [];
    }
    const tests: NameTest[] = [];
    for (const [index, entry] of entries.entries()) {
      const result = compile(entry);
      if (typeof result === 'function') {
        tests.push(result);
      } else {
        problems.push({ field: `${side}.${field}`, index, ...result });
      }
    }
    return [(key) => tests.some((test) => test(key))];
  };
  return {
    names: [
      ...compileAll('path', compilePath),
      ...compileAll('pattern', compilePattern),
      ...compileAll('regex', compileRegex),
    ],
    objects: compileObjectTests(rule),
  };
}

type Compile = (entry: string) => NameTest | Pick<FilterProblem, 'position' | 'detail'>;

const compilePath: Compile = (entry) => {
  if (entry === '' || entry.startsWith('/')) {
    return { position: 0, detail: 'a relative path is wanted: not empty, no slash in front' };
  }
  const path = entry.endsWith('/') ? entry.slice(0, -1) : entry;
  const folder = `${path}/`;
  return (key) => key === path || key.startsWith(folder);
};

const compilePattern: Compile = (entry) => {
  const glob = globToRegex(entry);
  if (!glob.ok) {
    return { position: glob.position, detail: glob.detail };
  }
  const regex = RE2JS.compile(glob.regex);
  return (key) => regex.test(lastSegment(key));
};

const compileRegex: Compile = (entry) => {
  try {
    const regex = RE2JS.compile(entry);
    return (key) => regex.test(key);
  } catch (error) {
    // RE2 names the piece it stumbled over, not where it stands: its first occurrence is close enough to point at.
    const { message, input } = error as RE2JSSyntaxException;
    return input === null ? { detail: message } : { position: entry.indexOf(input), detail: message };
  }
};

function compileObjectTests(rule: FilterRule): ObjectTest[] {
  const tests: ObjectTest[] = [];
  const { tier, blobType, metadata, tags } = rule;
  if (tier !== undefined) {
    const tiers = new Set(tier.map((name) => name.toLowerCase()));
    tests.push((object) => object.tier !== undefined && tiers.has(object.tier.toLowerCase()));
  }
  if (blobType !== undefined) {
    tests.push((object) => blobType.includes(object.blobType));
  }
  if (metadata !== undefined) {
    const wanted = Object.entries(metadata).map(([key, value]) => [key.toLowerCase(), value] as const);
    tests.push((object) => {
      const present = new Map(
        Object.entries(object.metadata).map(([key, value]) => [key.toLowerCase(), value]),
      );
      return wanted.every(([key, value]) => present.get(key) === value);
    });
  }
  if (tags !== undefined) {
    tests.push((object) => hasTags(object.tags ?? {}, tags));
  }
  return tests;
}

function hasTags(present: StringMap, wanted: StringMap): boolean {
  return Object.entries(wanted).every(
    ([key, value]) => Object.hasOwn(present, key) && present[key] === value,
  );
}

function compileWindow(filters: Filters): ObjectTest {
  const { minSizeBytes = 0, maxSizeBytes = Infinity } = filters;
  const after = readTime(filters.modifiedAfter ?? '') ?? -Infinity;
  const before = readTime(filters.modifiedBefore ?? '') ?? Infinity;
  return ({ sizeBytes, lastModified }) => {
    if (sizeBytes < minSizeBytes || sizeBytes > maxSizeBytes) {
      return false;
    }
    // A directory that is only the beginning of names has no time: it passes where none is asked for.
    const modified = lastModified === '' ? -Infinity : Date.parse(lastModified);
    return modified >= after && modified <= before;
  };
}

/** Milliseconds since the epoch. A time without a zone is UTC: the host's own zone means nothing to the user. */
function readTime(text: string): number | undefined {
  const shape = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  if (shape === null) {
    return undefined;
  }
  const milliseconds = Date.parse(text.includes('T') && shape[1] === undefined ? `${text}Z` : text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

function lastSegment(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
