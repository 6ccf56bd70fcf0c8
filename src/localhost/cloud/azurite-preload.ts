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
