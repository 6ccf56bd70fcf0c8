// Entry of the process that fills and checks the emulated cloud for `tranship demo`, as a user's own program would.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { LocalFile } from '../local-file.js';
import { clearJournal } from './request-figures.js';
import { uploadDemo, type UploadSize } from './upload.js';
import { verifyDemo } from './verify.js';

const { values } = parseArgs({
  options: { 'local-file': { type: 'string', default: '.tranship/local.json' } },
});

function note(text: string): void {
  process.send?.({ note: text });
}

type Task = { readonly do: 'verify' } | ({ readonly do: 'upload' } & UploadSize);

async function perform(task: Task): Promise<boolean> {
  const file = JSON.parse(await readFile(values['local-file'], 'utf8')) as LocalFile;
  switch (task.do) {
    case 'upload':
      await uploadDemo(file, task, note);
      await clearJournal(file);
      return true;
    case 'verify':
      return verifyDemo(file, note);
  }
}

process.on('disconnect', () => process.exit(0));
process.on('message', (message: Task) => {
  perform(message).then(
    (ok) => process.send?.({ done: message.do, ok }),
    (error: unknown) => {
      note(error instanceof Error ? (error.stack ?? error.message) : String(error));
      process.send?.({ done: message.do, ok: false });
    },
  );
});
