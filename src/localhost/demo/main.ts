// Entry of the process that fills and checks the emulated cloud for `tranship demo`, as a user's own program would.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { LocalFile } from '../local-file.js';
import { clearJournal } from './request-figures.js';
import { uploadDemo } from './upload.js';
import { verifyDemo } from './verify.js';

const { values } = parseArgs({
  options: { 'local-file': { type: 'string', default: '.tranship/local.json' } },
});

function note(text: string): void {
  process.send?.({ note: text });
}

async function perform(task: string): Promise<boolean> {
  const file = JSON.parse(await readFile(values['local-file'], 'utf8')) as LocalFile;
  switch (task) {
    case 'upload':
      await uploadDemo(file, note);
      await clearJournal(file);
      return true;
    case 'verify':
      return verifyDemo(file, note);
    default:
      throw new Error(`There is no task "${task}".`);
  }
}

process.on('disconnect', () => process.exit(0));
process.on('message', (message: { readonly do: string }) => {
  perform(message.do).then(
    (ok) => process.send?.({ done: message.do, ok }),
    (error: unknown) => {
      note(error instanceof Error ? (error.stack ?? error.message) : String(error));
      process.send?.({ done: message.do, ok: false });
    },
  );
});
