import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, inflateRawSync } from 'node:zlib';

export interface Finding {
  readonly file: string;
  /** Which secret or form was found; never the text itself. */
  readonly what: string;
}

export interface ScanOptions {
  /** Secrets of the run by what they are; looked for plain, percent-encoded and in base64. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Files, relative to the folder, that hold secrets because that is what they are for. */
  readonly exempt: readonly string[];
}

export interface ScanResult {
  readonly findings: readonly Finding[];
  readonly files: number;
  readonly bytes: number;
  /** Compressed parts that were opened. */
  readonly unpacked: number;
}

/** What a secret looks like, whoever it belongs to. */
const forms: Readonly<Record<string, RegExp>> = {
  'a token': /eyJ[\w-]{10,}\.eyJ[\w-]{10,}/,
  'a bearer token': /Bearer [\w.~+/-]{20,}/i,
  'a SAS': /[?&]sig=(?!\[hidden\])[\w%+/-]{10,}/i,
  'an account key': /AccountKey=(?!\[hidden\])[\w+/]{20,}/i,
  'a function key': /[?&]code=(?!\[hidden\])[\w-]{20,}/i,
  'a shared key': /SharedKey [a-z0-9]+:[\w+/]{20,}/,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
};

/** Reads every file below a folder, names and contents, and what is compressed in them. */
export function scanSecrets(folder: string, { secrets, exempt }: ScanOptions): ScanResult {
  const findings: Finding[] = [];
  const totals = { files: 0, bytes: 0, unpacked: 0 };
  const entries = globSync('**/*', { cwd: folder, withFileTypes: true, exclude: () => false });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const file = path.slice(folder.length + 1);
    if (exempt.includes(file)) continue;
    const content = readFileSync(path);
    const parts = [content, ...unpack(content)];
    totals.files += 1;
    totals.bytes += content.length;
    totals.unpacked += parts.length - 1;
    const texts = [file, ...parts.map((part) => part.toString('latin1'))];
    const found = texts.flatMap((text) => whatIsIn(text, secrets));
    findings.push(...[...new Set(found)].map((what) => ({ file, what })));
  }
  return { findings, ...totals };
}

function whatIsIn(text: string, secrets: Readonly<Record<string, string>>): readonly string[] {
  const named = Object.entries(secrets).filter(([, secret]) =>
    [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1),
    ].some((form) => text.includes(form)),
  );
  const formed = Object.entries(forms).filter(([, form]) => form.test(text));
  return [...named, ...formed].map(([what]) => what);
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
