import { parseList, parsePairs, parseSize, parseTime, parseWord, parseBoolean } from './flag-values.js';
import type { FilterDraft, JobRequestDraft } from './job-request.js';
import type { TransferFlag } from './transfer-flag.js';

function filterFlag(
  direction: 'include' | 'exclude',
  field: 'pattern' | 'path' | 'regex' | 'tier' | 'container',
  description: string,
): TransferFlag {
  const flag = `--${direction}-${field}`;
  return {
    usage: `${flag} <list>`,
    description,
    apply: (request, value) => {
      filter(request, direction)[field] = parseList(flag, value);
    },
  };
}

function pairFlag(
  direction: 'include' | 'exclude',
  field: 'metadata' | 'tags',
  description: string,
): TransferFlag {
  const flag = `--${direction}-${field}`;
  return {
    usage: `${flag} <pairs>`,
    description,
    apply: (request, value) => {
      filter(request, direction)[field] = parsePairs(flag, value);
    },
  };
}

function filter(request: JobRequestDraft, direction: 'include' | 'exclude'): FilterDraft {
  return (request[direction] ??= {});
}

const blobTypes = { BlockBlob: 'BlockBlob', PageBlob: 'PageBlob', AppendBlob: 'AppendBlob' } as const;

/** Flags that say which objects of the source a job is about. */
export const filterFlags: readonly TransferFlag[] = [
  {
    usage: '--recursive <bool>',
    description: 'objects below further "/" too (default: false for copy, true for sync, as AzCopy)',
    apply: (request, value) => {
      request.recursive = parseBoolean('--recursive', value);
    },
  },
  {
    usage: '--as-subdir <bool>',
    description: "copy a folder as a folder, not only what is in it (default: true, as AzCopy's copy)",
    only: 'copy',
    apply: (request, value) => {
      request.asSubdir = parseBoolean('--as-subdir', value);
    },
  },
  filterFlag('include', 'pattern', 'only last names that match one of these globs: "*.jpg;report-*"'),
  filterFlag('exclude', 'pattern', 'not the last names that match one of these globs'),
  filterFlag('include', 'path', 'only these relative paths and what is below them'),
  filterFlag('exclude', 'path', 'not these relative paths, by whole segments: "dir" leaves "dir2" alone'),
  filterFlag('include', 'regex', 'only relative names in which one of these RE2 expressions is found'),
  filterFlag('exclude', 'regex', 'not the relative names in which one of these RE2 expressions is found'),
  filterFlag('include', 'tier', 'only objects of these access tiers'),
  filterFlag('exclude', 'tier', 'not the objects of these access tiers, such as Archive'),
  pairFlag('include', 'metadata', 'only objects with these metadata: "project=apollo"'),
  pairFlag('exclude', 'metadata', 'not the objects with these metadata'),
  pairFlag('include', 'tags', 'only objects with these index tags'),
  pairFlag('exclude', 'tags', 'not the objects with these index tags'),
  {
    usage: '--exclude-blob-type <list>',
    description: 'not these types: BlockBlob, PageBlob, AppendBlob',
    apply: (request, value) => {
      filter(request, 'exclude').blobType = parseList('--exclude-blob-type', value).map((word) =>
        parseWord('--exclude-blob-type', word, blobTypes),
      );
    },
  },
  filterFlag('exclude', 'container', 'not these containers, by exact name; account to account only'),
  {
    usage: '--include-after <time>',
    description: 'only objects modified at or after this ISO 8601 time (local without a zone)',
    apply: (request, value) => {
      request.modifiedAfter = parseTime('--include-after', value);
    },
  },
  {
    usage: '--include-before <time>',
    description: 'only objects modified at or before this ISO 8601 time',
    apply: (request, value) => {
      request.modifiedBefore = parseTime('--include-before', value);
    },
  },
  {
    usage: '--min-size <size>',
    description: 'only objects of at least this size: 4096, 64KiB, 1.5GiB',
    apply: (request, value) => {
      request.minSizeBytes = parseSize('--min-size', value);
    },
  },
  {
    usage: '--max-size <size>',
    description: 'only objects of at most this size',
    apply: (request, value) => {
      request.maxSizeBytes = parseSize('--max-size', value);
    },
  },
];
