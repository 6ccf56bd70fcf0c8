import { describe, expect, it } from 'vitest';
import { readCompletionWebhook } from '../../../src/functions/completion-webhook.js';

const read = (url: string, more = {}): string | undefined =>
  readCompletionWebhook({ TRANSHIP_COMPLETION_WEBHOOK: url, ...more });

describe('the webhook for finished jobs', () => {
  it('is an https URL, or none', () => {
    expect(read('https://hooks.example.com/tranship')).toBe('https://hooks.example.com/tranship');
    expect(read('')).toBeUndefined();
  });

  it('may be on this machine in development only', () => {
    const url = 'http://127.0.0.1:4000/hook';
    expect(read(url, { TRANSHIP_ENVIRONMENT: 'development' })).toBe(url);
    expect(() => read(url)).toThrow('TRANSHIP_COMPLETION_WEBHOOK');
  });

  it.each([
    'http://hooks.example.com/',
    'https://10.0.0.1/hook',
    'https://localhost/hook',
    'https://user:pa55@hooks.example.com/',
    'https://hooks.example.com:8443/',
    'https://hooks.example.com/?code=pa55',
    'https://hooks.example.com/#x',
    'https://HOOKS.example.com/',
  ])('is not %s', (url) => {
    expect(() => read(url)).toThrow('TRANSHIP_COMPLETION_WEBHOOK');
    expect(() => read(url)).not.toThrow('pa55');
  });
});
