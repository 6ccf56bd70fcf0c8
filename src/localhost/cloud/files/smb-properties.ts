import type { IncomingHttpHeaders } from 'node:http';
import { ServiceError } from '../errors.js';
import { header } from '../exchange.js';
import type { SmbProperties } from './file-entry.js';

const ATTRIBUTES = [
  'ReadOnly',
  'Hidden',
  'System',
  'Directory',
  'Archive',
  'Temporary',
  'Offline',
  'NotContentIndexed',
  'NoScrubData',
] as const;

/** A time as NTFS keeps it: ISO 8601 with seven decimals. */
export function timeOf(ms: number): string {
  const whole = Math.floor(ms);
  const ticks = Math.floor((ms - whole) * 10_000);
  return new Date(whole).toISOString().replace('Z', `${String(ticks).padStart(4, '0')}Z`);
}

/** Milliseconds since the epoch with a fraction: the present to 100 ns. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}

export function hasAttribute(smb: SmbProperties, name: (typeof ATTRIBUTES)[number]): boolean {
  return smb.attributes.split(' | ').includes(name);
}

/** The same properties, with Archive among the attributes. */
export function withArchive(smb: SmbProperties): SmbProperties {
  const given = smb.attributes.split(' | ');
  const wanted = ATTRIBUTES.filter((name) => name === 'Archive' || given.includes(name));
  return { ...smb, attributes: wanted.join(' | ') };
}

/** What an entry keeps of its own when a request says nothing of a property, or `preserve`. */
export interface SmbDefaults {
  readonly kind: 'directory' | 'file';
  readonly now: string;
  /** The present properties; for a new entry those it shall have by default. */
  readonly present: SmbProperties;
  /** Properties of the source of a copy, for the value `source`. */
  readonly source?: SmbProperties;
}

/** The properties that a request asks for, but for the permission. 400 InvalidHeaderValue for what cannot be read. */
export function requestedProperties(headers: IncomingHttpHeaders, defaults: SmbDefaults): SmbProperties {
  const { present, now, source } = defaults;
  const time = (name: TimeName, fallback: string): string => {
    const text = header(headers, HEADERS[name]);
    return text === undefined ? fallback : readTime(HEADERS[name], text, now, present[name], source?.[name]);
  };
  return {
    attributes: requestedAttributes(headers, defaults),
    creationTime: time('creationTime', present.creationTime),
    lastWriteTime: time('lastWriteTime', present.lastWriteTime),
    changeTime: time('changeTime', now),
    lastAccessTime: present.lastAccessTime,
    permissionKey: present.permissionKey,
  };
}

const HEADERS = {
  creationTime: 'x-ms-file-creation-time',
  lastWriteTime: 'x-ms-file-last-write-time',
  changeTime: 'x-ms-file-change-time',
} as const;
type TimeName = keyof typeof HEADERS;

/** The last-write time after bytes were written: the present, the request's `x-ms-file-last-write-time`, or kept. */
export function timesAfterWrite(
  headers: IncomingHttpHeaders,
  present: SmbProperties,
): Pick<SmbProperties, 'lastWriteTime' | 'changeTime'> {
  const now = timeOf(preciseNow());
  const wanted = header(headers, HEADERS.lastWriteTime)?.toLowerCase() ?? 'now';
  return { lastWriteTime: wanted === 'preserve' ? present.lastWriteTime : now, changeTime: now };
}

function readTime(
  name: string,
  text: string,
  now: string,
  present: string,
  source: string | undefined,
): string {
  const word = text.toLowerCase();
  if (word === 'now') return now;
  if (word === 'preserve') return present;
  if (word === 'source' && source !== undefined) return source;
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?Z$/.exec(text);
  if (parts === null || Number.isNaN(Date.parse(text))) throw badHeader(name, text);
  return `${parts[1] ?? ''}.${(parts[2] ?? '').padEnd(7, '0')}Z`;
}

function requestedAttributes(headers: IncomingHttpHeaders, { kind, present, source }: SmbDefaults): string {
  const name = 'x-ms-file-attributes';
  const text = header(headers, name) ?? 'preserve';
  const word = text.toLowerCase();
  if (word === 'preserve') return present.attributes;
  if (word === 'source' && source !== undefined) return source.attributes;
  const given = word.split('|').map((part) => part.trim());
  const known = ATTRIBUTES.filter((attribute) => given.includes(attribute.toLowerCase()));
  const isWrong = given.some(
    (part) =>
      part !== 'none' && part !== 'normal' && !known.some((attribute) => attribute.toLowerCase() === part),
  );
  if (isWrong || (kind === 'file' && known.includes('Directory'))) throw badHeader(name, text);
  const wanted = ATTRIBUTES.filter(
    (attribute) => known.includes(attribute) || (attribute === 'Directory' && kind === 'directory'),
  );
  return wanted.length === 0 ? 'None' : wanted.join(' | ');
}

/** 400 InvalidHeaderValue, naming the header. */
export function badHeader(name: string, value: string): ServiceError {
  return new ServiceError(
    400,
    'InvalidHeaderValue',
    'The value for one of the HTTP headers is not in the correct format.',
    {
      elements: [
        ['HeaderName', name],
        ['HeaderValue', value],
      ],
    },
  );
}
