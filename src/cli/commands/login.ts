import type { Command } from 'commander';
import type { CliContext } from '../context.js';
import { exitCodes } from '../exit-codes.js';
import { formatIdentity } from '../views/identity-view.js';
import { printable } from '../views/printable.js';
import { openSession, withSessionOptions } from './session.js';

type Options = Readonly<Record<string, string>>;

/** Adds `tranship login status`. `done` receives the exit code: 1 when an identity gets no token. */
export function addLoginCommand(
  program: Command,
  context: CliContext,
  done: (exitCode: number) => void,
): void {
  const login = program.command('login').description('the identity that the function app uses');
  const status = login
    .command('status')
    .description('who the app is towards storage, and until when its token holds; never the token');
  withSessionOptions(status).action(async (options: Options) => {
    const session = await openSession(options, context);
    const identities = await session.api.identities();
    context.stdout.write(
      session.form === 'json'
        ? `${JSON.stringify({ identities })}\n`
        : identities
            .map((identity) => `${formatIdentity(identity).split('\n').map(printable).join('\n')}\n`)
            .join(''),
    );
    done(identities.every(({ ready }) => ready) ? exitCodes.completed : exitCodes.refused);
  });
}
