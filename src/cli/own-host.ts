import { startLocalHost } from './commands/local.js';
import type { CliContext } from './context.js';
import { CliError } from './exit-codes.js';

/** What `--local` takes out of the words of a command. */
export interface OwnHostWords {
  /** The command without them. */
  readonly rest: readonly string[];
  /** Arguments of the host of this machine. */
  readonly args: readonly string[];
}

/** Flags of `--local` that take a value. */
const valued = ['--identity', '--state'];

/**
 * Reads `--local` anywhere before `--`; undefined without it. The accounts are those that the command's URLs name: only
 * their endpoints are passed on, never a path, a query or a user.
 */
export function ownHostWords(words: readonly string[]): OwnHostWords | undefined {
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  const flags = words.slice(0, end);
  if (!flags.includes('--local')) return undefined;
  const args = flags.flatMap((word, at) => argumentOf(word, flags[at + 1]));
  const rest = flags.filter((word, at) => !isOurs(word) && !takesNext(flags[at - 1]));
  const endpoints = rest.flatMap((word) => endpointOf(word) ?? []);
  return {
    rest: [...rest, ...words.slice(end)],
    args: ['--own', ...args, ...endpoints.map((endpoint) => `--endpoint=${endpoint}`)],
  };
}

function isOurs(word: string): boolean {
  return word === '--local' || valued.includes(word.split('=', 1)[0] ?? '');
}

function takesNext(word: string | undefined): boolean {
  return word !== undefined && valued.includes(word);
}

function argumentOf(word: string, next: string | undefined): readonly string[] {
  if (takesNext(word)) return [`${word}=${next ?? ''}`];
  return word !== '--local' && isOurs(word) ? [word] : [];
}

/** Runs a command against a host of this machine, which ends with it. Jobs that are not over rest until the next one. */
export async function withOwnHost(
  { rest, args }: OwnHostWords,
  context: CliContext,
  run: (words: readonly string[], context: CliContext) => Promise<number>,
): Promise<number> {
  let said = '';
  const output = { write: (text: string) => (said += text) };
  const started = await startLocalHost(args, context, output).catch((error: unknown) => {
    throw error instanceof CliError
      ? new CliError(error.exitCode, error.message, said.trim() === '' ? error.advice : said.trim())
      : error;
  });
  try {
    const environment = { ...context.environment, TRANSHIP_API_URL: started.ready.apiUrl };
    return await run(rest, { ...context, environment });
  } finally {
    await started.local.stop();
  }
}

/** `https://host`, and on this machine the account that follows it. */
function endpointOf(word: string): string | undefined {
  const url = word.startsWith('https://') ? URL.parse(word) : null;
  if (url === null || url.host === '') return undefined;
  const isHere = /^(127\.0\.0\.1|localhost)$/.test(url.hostname);
  return `https://${url.host}${isHere ? `/${url.pathname.split('/')[1] ?? ''}` : ''}`;
}
