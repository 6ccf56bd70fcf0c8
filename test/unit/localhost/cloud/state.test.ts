import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureCertificate } from '../../../../src/localhost/cloud/certificate.js';
import { ensureState } from '../../../../src/localhost/cloud/state.js';

const dayMs = 24 * 3600_000;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cloud-state-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe('the state folder', () => {
  it('keeps keys and secrets, and adds a key for a new account', () => {
    const first = ensureState(directory, ['one']);
    const second = ensureState(directory, ['one', 'two']);
    expect(second).toMatchObject({ ...first, keys: { one: first.keys['one'] } });
    expect(Buffer.from(second.keys['two'] ?? '', 'base64')).toHaveLength(64);
    expect(statSync(join(directory, 'cloud.json')).mode & 0o077).toBe(0);
  });

  it('keeps one certificate for loopback until it is about to end', async () => {
    const now = Date.now();
    const first = await ensureCertificate(directory, now);
    const certificate = new X509Certificate(first.cert);
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(statSync(first.keyFile).mode & 0o077).toBe(0);
    expect((await ensureCertificate(directory, now + dayMs)).cert).toBe(first.cert);
    const renewed = await ensureCertificate(directory, Date.parse(certificate.validTo) - 29 * dayMs);
    expect(renewed.cert).not.toBe(first.cert);
    expect(readFileSync(renewed.certFile, 'utf8')).toBe(renewed.cert);
  });
});
