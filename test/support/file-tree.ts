import { createHash } from 'node:crypto';
import { forEachConcurrently } from '../../src/localhost/demo/account.js';
import { oddFileNames } from './odd-file-names.js';
import type { RawEntry } from './raw-entry.js';
import type { RawShare } from './raw-share.js';

const gibibyte = 2 ** 30;
const mebibyte = 2 ** 20;

/** One file as a test wants it. */
interface PlannedFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** What stands where; the rest is a hole. */
  readonly data: readonly (readonly [offset: number, text: string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** Index into the descriptors. */
  readonly permission: number;
}

export interface PlannedTree {
  readonly directories: readonly string[];
  readonly files: readonly PlannedFile[];
  readonly descriptors: readonly string[];
}

const attributes = ['Archive', 'ReadOnly', 'Hidden', 'ReadOnly|Hidden', 'System|Archive', 'Hidden|Archive'];

/** A time with digits of 100 ns that no clock in milliseconds could keep. */
function timeOf(index: number): string {
  const ms = Date.UTC(2003, 1, 1) + index * 86_399_977;
  return new Date(ms).toISOString().replace('Z', `${String(1000 + (index % 8999)).padStart(4, '0')}Z`);
}

/** Files in directories with all that Azure Files keeps: the same for the same figures. */
export function planTree(figures: {
  readonly files: number;
  readonly directories: number;
  readonly largeBytes: number;
}): PlannedTree {
  const descriptors = Array.from(
    { length: 50 },
    (_, index) => `O:SYG:SYD:(A;;FA;;;SY)(A;;0x1200a9;;;S-1-5-21-1000-2000-3000-${String(1000 + index)})`,
  );
  const directories = Array.from(
    { length: figures.directories },
    (_, index) => `tree/d${String(index % 20)}/s${String(Math.floor(index / 20))}`,
  );
  const odd = oddFileNames({ trailingDots: false });
  const files: PlannedFile[] = Array.from({ length: figures.files }, (_, index) => {
    const directory = directories[index % directories.length] ?? '';
    const path = odd[index] ?? `${directory}/file ${String(index)}`;
    return { path, ...contentOf(index, path), ...keptOf(index) };
  });
  const large = 'large/three gibibytes';
  const data = [0, gibibyte + 12_345, figures.largeBytes - 700].map(
    (offset) => [offset, `${large} at ${String(offset)}`] as const,
  );
  files.push({ path: large, sizeBytes: figures.largeBytes, data, ...keptOf(figures.files) });
  return { directories: [...directories, 'empty', 'empty/within', 'empty/within/Ω'], files, descriptors };
}

function contentOf(index: number, path: string): Pick<PlannedFile, 'sizeBytes' | 'data'> {
  if (index % 10 === 3) return { sizeBytes: 0, data: [] };
  if (index % 200 === 77) {
    return {
      sizeBytes: 40 * mebibyte,
      data: [
        [5 * mebibyte, path],
        [33 * mebibyte + 17, path],
      ],
    };
  }
  const text = `${path} `.repeat((index % 7) + 1);
  return { sizeBytes: Buffer.byteLength(text), data: [[0, text]] };
}

function keptOf(index: number): Pick<PlannedFile, 'headers' | 'permission'> {
  const metadata: Record<string, string> =
    index % 3 === 0 ? { 'x-ms-meta-FooBar': `Wert ${String(index)}`, 'x-ms-meta-lower_UPPER': 'x' } : {};
  return {
    permission: index % 50,
    headers: {
      ...metadata,
      ...(index % 4 === 0 ? { 'x-ms-content-type': 'text/x-odd', 'x-ms-cache-control': 'no-store' } : {}),
      'x-ms-file-attributes': attributes[index % attributes.length] ?? 'Archive',
      'x-ms-file-creation-time': timeOf(index),
      'x-ms-file-last-write-time': timeOf(index + 4000),
    },
  };
}

/** Makes the tree in a share. What is read-only becomes so when its content is there. */
export async function makeTree(share: RawShare, tree: PlannedTree): Promise<void> {
  const keys = await Promise.all(tree.descriptors.map((descriptor) => share.permissionKey(descriptor)));
  for (const directory of tree.directories) await share.directory(directory);
  await forEachConcurrently(tree.files, 8, async ({ path, sizeBytes, data, headers, permission }) => {
    await share.directory(path.slice(0, path.lastIndexOf('/') + 1));
    const { 'x-ms-file-attributes': wanted = '', ...rest } = headers;
    const key = { 'x-ms-file-permission-key': keys[permission] ?? '' };
    const isLocked = wanted.includes('ReadOnly') && data.length > 0;
    const first = isLocked ? 'Archive' : wanted;
    await share.create(path, sizeBytes, { ...rest, ...key, 'x-ms-file-attributes': first });
    for (const [offset, text] of data) await share.write(path, offset, Buffer.from(text));
    if (!isLocked) return;
    const settings = Object.entries(rest).filter(([name]) => !name.startsWith('x-ms-meta-'));
    await share.setFile(path, { ...Object.fromEntries(settings), ...key, 'x-ms-file-attributes': wanted });
  });
}

/** What there is to know of one entry; a directory has no content, and its times follow what is done in it. */
export interface EntryFacts {
  readonly sizeBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly digest: string;
  readonly attributes?: string;
  readonly creationTime?: string;
  readonly lastWriteTime?: string;
  readonly permission?: string;
}

/** Everything in a share, by path. `smb`: attributes, times and permissions too. */
export async function factsOf(
  share: RawShare,
  options: { readonly smb: boolean },
): Promise<Map<string, EntryFacts>> {
  const entries = [...(await share.tree())];
  const facts = new Map<string, EntryFacts>();
  await forEachConcurrently(entries, 8, async ([path, entry]) => {
    const { lastWriteTime, ...smb } = await smbOf(share, entry);
    if (entry.kind === 'file') {
      facts.set(path, {
        ...(await fileOf(share, path, entry)),
        ...(options.smb ? { lastWriteTime, ...smb } : {}),
      });
    } else if (options.smb) {
      facts.set(path, { sizeBytes: 0, metadata: {}, contentType: '', digest: '', ...smb });
    }
  });
  return new Map([...facts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function smbOf(share: RawShare, entry: RawEntry) {
  const { attributes: words, creationTime, lastWriteTime, permissionKey } = entry;
  return {
    attributes: words,
    creationTime,
    lastWriteTime,
    permission: await share.permission(permissionKey),
  };
}

async function fileOf(share: RawShare, path: string, { sizeBytes }: RawEntry): Promise<EntryFacts> {
  const isSmall = sizeBytes < mebibyte;
  const { headers, metadata, body } = isSmall ? await share.get(path) : await share.look(path);
  const digest = isSmall ? createHash('md5').update(body).digest('hex') : await share.digest(path);
  return { sizeBytes, metadata, contentType: headers.get('content-type') ?? '', digest };
}

/** What is not the same, as sentences. */
export function differences(
  wanted: ReadonlyMap<string, EntryFacts>,
  found: ReadonlyMap<string, EntryFacts>,
): readonly string[] {
  const missing = [...wanted.keys()].filter((path) => !found.has(path)).map((path) => `${path} is missing`);
  const extra = [...found.keys()].filter((path) => !wanted.has(path)).map((path) => `${path} is too much`);
  const other = [...wanted].flatMap(([path, facts]) => {
    const there = found.get(path);
    if (there === undefined || JSON.stringify(sorted(facts)) === JSON.stringify(sorted(there))) return [];
    return [`${path}: ${JSON.stringify(sorted(facts))} became ${JSON.stringify(sorted(there))}`];
  });
  return [...missing, ...extra, ...other];
}

function sorted(facts: EntryFacts): unknown {
  const metadata = Object.entries(facts.metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.entries({ ...facts, metadata }).sort(([a], [b]) => (a < b ? -1 : 1));
}
