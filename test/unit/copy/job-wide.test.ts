import { describe, expect, it } from 'vitest';
import { isJobWide } from '../../../src/copy/job-wide.js';

describe('isJobWide', () => {
  it('is true for identity, role, network and container, on both sides', () => {
    expect(isJobWide('source-role-missing')).toBe(true);
    expect(isJobWide('destination-unauthenticated')).toBe(true);
    expect(isJobWide('destination-container-not-found')).toBe(true);
  });

  it('is false for what concerns one object', () => {
    expect(isJobWide('destination-leased')).toBe(false);
    expect(isJobWide('throttled')).toBe(false);
  });
});
