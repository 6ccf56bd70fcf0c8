import { createRequire } from 'node:module';

/** Runs in the child as JavaScript text, before Azurite: `__AZURITE__` stands for the path of its entry. */
const PRELOAD = `
import { createRequire } from 'node:module';
import fs from 'node:fs';
const require = createRequire('__AZURITE__');

// A closed channel means the parent has gone, even by SIGKILL: shut down as for SIGTERM, within five seconds.
let closing = false;
process.on('SIGTERM', () => {
  closing = true;
  process.channel?.unref();
  setTimeout(() => process.exit(0), 5000).unref();
});
process.on('disconnect', () => { if (!closing) process.kill(process.pid, 'SIGTERM'); });

// Azurite compiles the same dozen URL templates anew for every request, over a tenth of its time.
const templates = require.resolve('uri-templates');
const Template = require(templates);
const compiled = new Map();
require.cache[templates].exports = function (text) {
  if (!compiled.has(text)) compiled.set(text, new Template(text));
  return compiled.get(text);
};

// Its tables are written as a whole, every 5 s: seconds of standstill with many blobs. They are also written at the end.
const Loki = require('lokijs');
const enable = Loki.prototype.autosaveEnable;
Loki.prototype.autosaveEnable = function (...given) {
  this.autosaveInterval = 30_000;
  return enable.apply(this, given);
};

// Its CRC64 (NVME) works on boxed numbers at 80 MB/s; in 32-bit integers it is several times as fast.
const checksums = require('./common/utils/utils.js');
const { createHash } = require('node:crypto');
const table = new Int32Array(512);
for (let i = 0; i < 256; i++) {
  let hi = 0;
  let lo = i;
  for (let bit = 0; bit < 8; bit++) {
    const odd = lo & 1;
    lo = ((hi & 1) << 31) | (lo >>> 1);
    hi >>>= 1;
    if (odd) { hi ^= 0x9a6c9329; lo ^= 0xac4bc9b5; }
  }
  table[2 * i] = hi;
  table[2 * i + 1] = lo;
}
function update(state, bytes) {
  let [hi, lo] = state;
  for (let i = 0; i < bytes.length; i++) {
    const k = ((lo ^ bytes[i]) & 255) << 1;
    lo = (((hi & 255) << 24) | (lo >>> 8)) ^ table[k + 1];
    hi = (hi >>> 8) ^ table[k];
  }
  state[0] = hi;
  state[1] = lo;
}
function digest([hi, lo]) {
  const bytes = Buffer.alloc(8);
  bytes.writeInt32LE(~lo, 0);
  bytes.writeInt32LE(~hi, 4);
  return new Uint8Array(bytes);
}
checksums.computeTransactionalChecksums = async (stream, expected, force) => {
  const md5 = expected.md5 !== undefined || force?.md5 ? createHash('md5') : undefined;
  const crc64 = expected.crc64 !== undefined || force?.crc64 ? new Int32Array([-1, -1]) : undefined;
  for await (const chunk of stream) {
    md5?.update(chunk);
    if (crc64) update(crc64, chunk);
  }
  return { md5: md5 && new Uint8Array(md5.digest()), crc64: crc64 && digest(crc64) };
};

// The front has proven the caller's right to the source; Azurite would ask the front again, as one more client.
const blobs = require('./blob/handlers/BlobHandler.js').default.prototype;
blobs.validateCopySource = async () => {};

// The source is stored with the copy: without the SAS that opened it.
const startCopy = blobs.startCopyFromURL;
blobs.startCopyFromURL = function (source, ...rest) {
  const [place, query = ''] = source.split('?');
  const snapshot = query.split('&').filter((word) => word.startsWith('snapshot='));
  return startCopy.call(this, [place, ...snapshot].join('?'), ...rest);
};

// The front has verified the token, its signature too; when it ends is told by one clock, the front's.
require('./blob/authentication/BlobTokenAuthenticator.js').default.prototype.authenticateBasic = async () => true;

// The service keeps no signature of a copy's source; Azurite writes the whole URL down.
const metadata = require('./blob/persistence/LokiBlobMetadataStore.js').default.prototype;
for (const name of ['startCopyFromURL', 'copyFromURL']) {
  const copy = metadata[name];
  metadata[name] = function (context, source, destination, copySource, ...more) {
    return copy.call(this, context, source, destination, copySource.replace(/[?].*$/, ''), ...more);
  };
}

// Data must survive the death of a process, not of the machine.
fs.fdatasync = (_fd, done) => { setImmediate(done, null); };
`;

/** Path of Azurite's combined entry. */
export const azuriteEntry = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js');

/**
 * Value of `--import` for the Azurite child: ends it with its parent, and takes out what makes it slow without changing what it
 * answers. A data URL, because the child must find it from sources and from the build alike.
 */
export const azuritePreload = `data:text/javascript,${encodeURIComponent(PRELOAD.replace('__AZURITE__', azuriteEntry))}`;
