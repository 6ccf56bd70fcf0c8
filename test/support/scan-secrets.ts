import { closeSync, fstatSync, globSync, openSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { constants, inflateRawSync } from 'node:zlib';

export interface Finding {
  readonly file: string;
  /** Which secret or form was found; never the text itself. */
  readonly what: string;
}

export interface ScanOptions {
  /** Secrets by what they are; looked for plain, percent-encoded and in base64. */
  readonly secrets: Readonly<Record<string, string>>;
  /** By the name of a file: what it may hold because that is what it is for. Anything else in it is found. */
  readonly allowed?: Readonly<Record<string, (what: string) => boolean>>;
}

export interface ScanResult {
  readonly findings: readonly Finding[];
  readonly files: number;
  readonly bytes: number;
  /** Compressed parts that were opened. */
  readonly unpacked: number;
}

interface Form {
  /** Text that every secret of the form holds, in the spellings that occur; looked for first, as that is quick. */
  readonly anchors: readonly string[];
  readonly pattern: RegExp;
}

/** What a secret looks like, whoever it belongs to. */
const forms: Readonly<Record<string, Form>> = {
  'a token': { anchors: ['eyJ'], pattern: /eyJ[\w-]{10,}\.eyJ[\w-]{10,}/ },
  // `eyJhbGciOi` or `eyJ0eXAiOi` after a second base64, at each of its three alignments.
  'a token in base64': {
    anchors: [
      'ZXlKaGJHY2lPa',
      'V5SmhiR2NpT2',
      'leUpoYkdjaU9p',
      'ZXlKMGVYQWlPa',
      'V5SjBlWEFpT2',
      'leUowZVhBaU9p',
    ],
    pattern: /(?:ZXlKaGJHY2lPa|V5SmhiR2NpT2|leUpoYkdjaU9p|ZXlKMGVYQWlPa|V5SjBlWEFpT2|leUowZVhBaU9p)/,
  },
  'a bearer token': { anchors: ['earer ', 'EARER '], pattern: /Bearer [\w.~+/-]{20,}/i },
  'a SAS': {
    anchors: ['sig=', 'SIG=', 'Sig=', 'sig%3D'],
    pattern: /(?:[?&]|%3F|%26)sig(?:=|%3D)(?!\[hidden\])[\w%+/-]{10,}/i,
  },
  'a user delegation key': {
    anchors: ['<Value>'],
    pattern: /<SignedVersion>[^<]*<\/SignedVersion>\s*<Value>[\w+/]{43}=/,
  },
  'an account key': {
    anchors: ['ccountKey=', 'ccountkey=', 'CCOUNTKEY='],
    pattern: /AccountKey=(?!\[hidden\])[\w+/]{20,}/i,
  },
  'a function key': { anchors: ['code='], pattern: /[?&]code=(?!\[hidden\])[\w-]{20,}/i },
  'a shared key': { anchors: ['SharedKey'], pattern: /SharedKey(?:Lite)? [a-z0-9]+:[\w+/]{20,}/ },
  'a private key': { anchors: ['PRIVATE KEY-----'], pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
};

/** Read at a time, and what two reads have in common: no secret is longer. */
const pieceBytes = 32 * 2 ** 20;
const overlapBytes = 16 * 2 ** 10;

/** Reads every file below a folder, names and contents, and what is compressed in them. */
export function scanSecrets(folder: string, { secrets, allowed = {} }: ScanOptions): ScanResult {
  const findings: Finding[] = [];
  const totals = { files: 0, bytes: 0, unpacked: 0 };
  const needles = needlesOf(secrets);
  for (const entry of globSync('**/*', { cwd: folder, withFileTypes: true, exclude: () => false })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const file = path.slice(folder.length + 1);
    const found = new Set(whatIsIn(Buffer.from(file), needles));
    totals.files += 1;
    for (const { piece, fresh } of piecesOf(path)) {
      totals.bytes += fresh;
      const parts = unpack(piece);
      totals.unpacked += parts.length;
      for (const part of [piece, ...parts]) {
        for (const what of whatIsIn(part, needles)) found.add(what);
      }
    }
    const mayHold = allowed[basename(file)];
    findings.push(...[...found].filter((what) => mayHold?.(what) !== true).map((what) => ({ file, what })));
  }
  return { findings, ...totals };
}

type Needles = readonly (readonly [what: string, spellings: readonly string[]])[];

function needlesOf(secrets: Readonly<Record<string, string>>): Needles {
  return Object.entries(secrets).map(([what, secret]) => [
    what,
    [
      ...new Set([
        secret,
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1),
      ]),
    ],
  ]);
}

/** `fresh`: bytes that were in no piece before. */
function* piecesOf(path: string): Generator<{ readonly piece: Buffer; readonly fresh: number }> {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    for (let at = 0; at < size; at += pieceBytes) {
      const start = Math.max(0, at - overlapBytes);
      const buffer = Buffer.alloc(Math.min(size, at + pieceBytes) - start);
      const read = readSync(file, buffer, 0, buffer.length, start);
      yield { piece: buffer.subarray(0, read), fresh: read - (at - start) };
    }
  } finally {
    closeSync(file);
  }
}

function whatIsIn(content: Buffer, needles: Needles): readonly string[] {
  const named = needles.filter(([, spellings]) => spellings.some((text) => content.includes(text)));
  const maybe = Object.entries(forms).filter(([, { anchors }]) =>
    anchors.some((text) => content.includes(text)),
  );
  const text = maybe.length === 0 ? '' : content.toString('latin1');
  return [...named, ...maybe.filter(([, { pattern }]) => pattern.test(text))].map(([what]) => what);
}

/** Every gzip stream that begins somewhere in the content: blobs lie one behind the other in files of the emulator. */
function unpack(content: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  // Magic, deflate, and no optional fields: ten bytes of header, as this app and its tools write it.
  const magic = Buffer.from([0x1f, 0x8b, 0x08, 0x00]);
  for (let at = content.indexOf(magic); at !== -1; at = content.indexOf(magic, at + 1)) {
    try {
      parts.push(inflateRawSync(content.subarray(at + 10), { finishFlush: constants.Z_SYNC_FLUSH }));
    } catch {
      // Four bytes that only look like the beginning of one.
      parts.push(Buffer.alloc(0));
    }
  }
  return parts.filter((part) => part.length > 0);
}
