import { parseBoolean } from './flag-values.js';
import type { TransferFlag } from './transfer-flag.js';

/** Flags that need Azure Files on one side or on both. */
export const filesFlags: readonly TransferFlag[] = [
  {
    usage: '--preserve-info <bool>',
    description: 'FileFile: keep attributes, creation and last-write time (default: true)',
    apply: (request, value) => {
      (request.preserve ??= {}).info = parseBoolean('--preserve-info', value);
    },
  },
  {
    usage: '--preserve-permissions <bool>',
    description: 'FileFile: keep security descriptors (default: false)',
    apply: (request, value) => {
      (request.preserve ??= {}).permissions = parseBoolean('--preserve-permissions', value);
    },
  },
  {
    usage: '--escape-names <bool>',
    description:
      'BlobFile: percent-encode what Azure Files does not take in names, instead of failing such objects (default: false)',
    apply: (request, value) => {
      request.escapeNames = parseBoolean('--escape-names', value);
    },
  },
  {
    usage: '--include-directory-stub <bool>',
    description:
      'keep directories as objects of their own, empty ones too (default: true for FileFile, else false)',
    apply: (request, value) => {
      request.emptyDirectories = parseBoolean('--include-directory-stub', value);
    },
  },
  {
    usage: '--consistency <how>',
    description: '`snapshot`: read a share from a share snapshot that is deleted when the job ends',
    apply: (request, value) => {
      request.consistency = value;
    },
  },
];
