import { badInput } from '../exit-codes.js';
import { filesFlags } from './files-flags.js';
import { filterFlags } from './filter-flags.js';
import { parseBoolean, parseMebibytes, parsePairs, parseWhole, parseWord } from './flag-values.js';
import type { JobRequestDraft } from './job-request.js';
import type { TransferCommand, TransferFlag } from './transfer-flag.js';

const overwriteWords = {
  true: 'always',
  false: 'never',
  ifSourceNewer: 'ifNewer',
  ifDifferent: 'ifDifferent',
  always: 'always',
  never: 'never',
  ifNewer: 'ifNewer',
} as const;

function applyOverwrite(request: JobRequestDraft, value: string): void {
  if (value.toLowerCase() === 'prompt') {
    throw badInput(
      '--overwrite=prompt asks for every object, and a job in the service has nobody to ask.',
      'Use --dry-run to see the plan, or --approve to have the whole plan wait for you.',
    );
  }
  request.overwrite = parseWord('--overwrite', value, overwriteWords);
}

function preserveFlag(
  flag: string,
  description: string,
  apply: (preserve: NonNullable<JobRequestDraft['preserve']>, keep: boolean) => void,
): TransferFlag {
  return {
    usage: `${flag} <bool>`,
    description,
    apply: (request, value) => {
      apply((request.preserve ??= {}), parseBoolean(flag, value));
    },
  };
}

function propertyFlag(flag: string, property: string): TransferFlag {
  return {
    usage: `${flag} <value>`,
    description: `set this ${property} on every copied object, instead of the source's`,
    apply: (request, value) => {
      const settings = (request.set ??= {});
      settings.properties = { ...settings.properties, [property]: value };
    },
  };
}

const writing: readonly TransferFlag[] = [
  {
    usage: '--overwrite <mode>',
    description:
      "ifDifferent (default; AzCopy's is true), true or always, false or never, ifSourceNewer or ifNewer",
    apply: applyOverwrite,
  },
  preserveFlag('--s2s-preserve-access-tier', 'keep the access tier (default: true)', (preserve, keep) => {
    preserve.tier = keep ? 'auto' : 'off';
  }),
  preserveFlag(
    '--s2s-preserve-blob-tags',
    'keep index tags; true: fail where that is not permitted (default: keep them where it is)',
    (preserve, keep) => {
      preserve.tags = keep ? 'require' : 'off';
    },
  ),
  preserveFlag('--s2s-preserve-properties', 'keep HTTP properties (default: true)', (preserve, keep) => {
    preserve.properties = keep;
  }),
  preserveFlag('--preserve-metadata', 'keep metadata (default: true)', (preserve, keep) => {
    preserve.metadata = keep;
  }),
  {
    usage: '--block-blob-tier <tier>',
    description: 'set this tier on every copied object: Hot, Cool, Cold, Archive',
    apply: (request, value) => {
      const tiers = { Hot: 'Hot', Cool: 'Cool', Cold: 'Cold', Archive: 'Archive' };
      (request.set ??= {}).tier = parseWord('--block-blob-tier', value, tiers);
    },
  },
  {
    usage: '--metadata <pairs>',
    description: 'set these metadata on every copied object, instead of the source\'s: "a=1;b=2"',
    apply: (request, value) => {
      (request.set ??= {}).metadata = parsePairs('--metadata', value);
    },
  },
  propertyFlag('--content-type', 'contentType'),
  propertyFlag('--content-encoding', 'contentEncoding'),
  propertyFlag('--content-language', 'contentLanguage'),
  propertyFlag('--content-disposition', 'contentDisposition'),
  propertyFlag('--cache-control', 'cacheControl'),
  {
    usage: '--block-size-mb <mebibytes>',
    description: 'size of the blocks of large objects (default: chosen from the object)',
    apply: (request, value) => {
      request.blockSizeBytes = parseMebibytes('--block-size-mb', value);
    },
  },
  {
    usage: '--put-blob-size-mb <mebibytes>',
    description: 'objects up to this size are copied by one request (default: 256)',
    apply: (request, value) => {
      request.singleShotBytes = parseMebibytes('--put-blob-size-mb', value);
    },
  },
  {
    usage: '--create-containers <bool>',
    description: 'create destination containers that are missing (default: false)',
    apply: (request, value) => {
      request.createContainers = parseBoolean('--create-containers', value);
    },
  },
];

function limitMirror(
  request: JobRequestDraft,
  limit: 'maxDeletes' | 'maxDeletePercent',
  value: number,
): void {
  if (request.mirror === undefined) {
    throw badInput('--max-deletes and --max-delete-percent need --delete-destination=true.');
  }
  request.mirror = { ...(request.mirror === true ? {} : request.mirror), [limit]: value };
}

const mirroring: readonly TransferFlag[] = [
  {
    usage: '--delete-destination <bool>',
    description: 'delete what the source does not have, behind the delete guard (default: false)',
    only: 'sync',
    apply: (request, value) => {
      if (value.toLowerCase() === 'prompt') {
        throw badInput(
          '--delete-destination=prompt asks for every object, and a job in the service has nobody to ask.',
          'Use --delete-destination=true --approve: the whole plan then waits for you.',
        );
      }
      if (parseBoolean('--delete-destination', value)) {
        request.mirror = true;
      }
    },
  },
  {
    usage: '--max-deletes <count>',
    description: 'more deletes than this wait for approval',
    only: 'sync',
    apply: (request, value) => {
      limitMirror(request, 'maxDeletes', parseWhole('--max-deletes', value, 0));
    },
  },
  {
    usage: '--max-delete-percent <percent>',
    description: "deletes of more than this share of the destination's objects wait for approval",
    only: 'sync',
    apply: (request, value) => {
      const percent = parseWhole('--max-delete-percent', value, 0);
      if (percent > 100) {
        throw badInput('--max-delete-percent takes 0 to 100.');
      }
      limitMirror(request, 'maxDeletePercent', percent);
    },
  },
  {
    usage: '--mirror-mode <bool>',
    description: 'copy every source object without comparing; the same as --overwrite=true',
    only: 'sync',
    apply: (request, value) => {
      if (parseBoolean('--mirror-mode', value)) {
        request.overwrite = 'always';
      }
    },
  },
];

const fromToPairs = {
  BlobBlob: ['blob', 'blob'],
  BlobFile: ['blob', 'file'],
  FileBlob: ['file', 'blob'],
  FileFile: ['file', 'file'],
} as const;

/** Hosts of Azure name their service; other hosts prove nothing. */
function checkFromTo(request: JobRequestDraft, [from, to]: readonly [string, string]): void {
  for (const [side, word] of [
    ['source', from],
    ['destination', to],
  ] as const) {
    const named = /^https:\/\/[^/]*\.(blob|file)\.(?:core|storage)\./.exec(request[side])?.[1];
    if (named !== undefined && named !== word) {
      throw badInput(
        `--from-to says that the ${side} is a ${word} place, and its URL is of the ${named} service.`,
      );
    }
  }
}

const running: readonly TransferFlag[] = [
  {
    usage: '--dry-run <bool>',
    description: 'plan only: the report says what would be done and why; nothing is written',
    apply: (request, value) => {
      request.dryRun = parseBoolean('--dry-run', value);
    },
  },
  {
    usage: '--approve <bool>',
    description: 'plan everything, then wait for "tranship jobs approve"',
    apply: (request, value) => {
      request.approve = parseBoolean('--approve', value);
    },
  },
  {
    usage: '--max-in-flight <count>',
    description: 'requests of this job in flight at once',
    apply: (request, value) => {
      request.maxInFlight = parseWhole('--max-in-flight', value, 1);
    },
  },
  {
    usage: '--allow-overlap <bool>',
    description: 'run beside another job that writes to the same place (default: false)',
    apply: (request, value) => {
      request.allowOverlap = parseBoolean('--allow-overlap', value);
    },
  },
  {
    usage: '--from-to <pair>',
    description: 'BlobBlob, BlobFile, FileBlob or FileFile; the URLs say it already, and must agree',
    apply: (request, value) => {
      checkFromTo(request, parseWord('--from-to', value, fromToPairs));
    },
  },
];

/** The flags of a command, in the order in which they are shown and applied. */
export function transferFlags(command: TransferCommand): readonly TransferFlag[] {
  return [...filterFlags, ...writing, ...filesFlags, ...mirroring, ...running].filter(
    (flag) => flag.only === undefined || flag.only === command,
  );
}
