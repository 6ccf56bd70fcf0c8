import { describe, expect, it } from 'vitest';
import { ownHostWords } from '../../../src/cli/own-host.js';

describe('the words of --local', () => {
  it('are taken out wherever they stand', () => {
    expect(ownHostWords(['--local', 'jobs', 'list'])).toEqual({ rest: ['jobs', 'list'], args: ['--own'] });
    expect(
      ownHostWords(['jobs', 'list', '--identity', 'azure-cli', '--state=x', '--local', '--top', '3']),
    ).toEqual({
      rest: ['jobs', 'list', '--top', '3'],
      args: ['--own', '--identity=azure-cli', '--state=x'],
    });
  });

  it.each([[['local']], [['demo', '--state', 'x']], [['copy', 'https://a', 'https://b', '--', '--local']]])(
    'are not in %j',
    (words) => {
      expect(ownHostWords(words)).toBeUndefined();
    },
  );

  it('pass on the endpoints of URLs, and nothing else of them', () => {
    const { rest, args } = ownHostWords([
      'copy',
      'https://me:pw@from.blob.core.windows.net/photos/2026?sv=1&sig=c2VjcmV0#x',
      'https://127.0.0.1:10000/target/photos',
      '--local',
    ]) ?? { rest: [], args: [] };
    expect(args).toEqual([
      '--own',
      '--endpoint=https://from.blob.core.windows.net',
      '--endpoint=https://127.0.0.1:10000/target',
    ]);
    expect(rest).toHaveLength(3);
  });
});
