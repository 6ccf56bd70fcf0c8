import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  printable,
  shortened,
} from '../../../../src/cli/views/printable.js';

describe('what people read', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [432013312, '412.0 MiB'],
    [2 ** 50 * 3, '3.0 PiB'],
  ])('has %i bytes as %s', (sizeBytes, text) => {
    expect(formatBytes(sizeBytes)).toBe(text);
  });

  it.each([
    [-1, '0 s'],
    [59.4, '59 s'],
    [725, '12 min 5 s'],
    [12_000, '3 h 20 min'],
    [187_200, '2 d 4 h'],
  ])('has %d seconds as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('has counts in groups of three', () => {
    expect(formatCount(100_000_000)).toBe('100,000,000');
  });

  it('shows control and direction characters, and leaves letters of every script', () => {
    expect(printable('a\u0000\u001b]0;x\u0007\u202eb\u2066')).toBe(
      'a\\u{0}\\u{1b}]0;x\\u{7}\\u{202e}b\\u{2066}',
    );
    expect(printable('שלום 你好 😀 é')).toBe('שלום 你好 😀 é');
  });

  it('leaves out the middle of what is too long, without cutting a character', () => {
    expect(shortened('short', 10)).toBe('short');
    expect(shortened('😀'.repeat(20), 9)).toBe(`${'😀'.repeat(4)}…${'😀'.repeat(4)}`);
  });
});
