import { randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

const YEARS_VALID = 5;
const RENEW_BEFORE_MS = 30 * 24 * 3600_000;

/** A self-signed certificate for loopback, as files (for children and `NODE_EXTRA_CA_CERTS`) and as PEM text. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads the certificate kept in `directory`, or makes one (SAN `IP:127.0.0.1`, `DNS:localhost`, P-256) when there is none
 * or it ends within 30 days. Clients trust it as its own authority. The key file is readable by its owner only.
 */
export async function ensureCertificate(directory: string, nowMs: number): Promise<Certificate> {
  const certFile = join(directory, 'cloud-cert.pem');
  const keyFile = join(directory, 'cloud-key.pem');
  if (!isUsable(certFile, keyFile, nowMs)) {
    // A name of its own: a process that trusts two of one name finds only the first.
    const name = `localhost ${randomBytes(4).toString('hex')}`;
    const made = await generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      notBeforeDate: new Date(nowMs - 24 * 3600_000),
      notAfterDate: new Date(nowMs + YEARS_VALID * 365 * 24 * 3600_000),
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 7, ip: '127.0.0.1' },
            { type: 2, value: 'localhost' },
          ],
        },
      ],
    });
    writeFileSync(keyFile, made.private, { mode: 0o600 });
    writeFileSync(certFile, made.cert);
  }
  return {
    certFile,
    keyFile,
    cert: readFileSync(certFile, 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
  };
}

function isUsable(certFile: string, keyFile: string, nowMs: number): boolean {
  if (!existsSync(certFile) || !existsSync(keyFile)) return false;
  const ends = Date.parse(new X509Certificate(readFileSync(certFile)).validTo);
  return ends - nowMs > RENEW_BEFORE_MS;
}
