import type { Account, Location } from '../../job/account.js';
import { escapeFileName } from '../../job/file-name.js';
import type { Source } from '../../job/job-spec.js';
import type { ParsedLocation } from '../../plan/location.js';
import { formatLocation, parseLocation } from '../../plan/location.js';
import type { JobRequest } from './job-request.js';
import { Problem } from './problem.js';

/** Both sides of a job. */
export interface Places {
  readonly source: Source;
  /** Of an object: its full name. Of all others: empty or ending in `/`. */
  readonly destination: Location;
  /** The source's URL, for people. */
  readonly sourceText: string;
}

type Field = 'source' | 'destination';

/** Containers that the service fills itself. */
const serviceContainers: readonly string[] = ['$logs', '$blobchangefeed'];

/** Reads the two URLs and decides what each stands for. Pure. Throws `Problem`. */
export function placesOf(request: JobRequest, accounts: readonly Account[]): Places {
  const from = locate('source', request.source, accounts);
  const to = locate('destination', request.destination, accounts);
  const source = sourceOf(request, from);
  checkDestination(source, to);
  return {
    source,
    destination: destinationOf(request, source, to),
    sourceText: textOf(source, from, request, accounts),
  };
}

function locate(field: Field, url: string, accounts: readonly Account[]): ParsedLocation {
  const parsed = parseLocation(url, accounts);
  if (parsed.ok) return parsed;
  throw new Problem('invalid-location', {
    detail: `${field}: ${parsed.detail} (${parsed.code})`,
    field,
    advice: sentence(parsed.advice),
  });
}

function sourceOf(request: JobRequest, from: ParsedLocation): Source {
  if (request.listOfFiles !== undefined) return listSource(request.listOfFiles, from);
  const { container, path, wildcard } = from;
  const place = placeOf(from);
  if (container === '') {
    if (request.recursive === false) {
      throw refuse(
        'source',
        'an account is always copied with all its folders',
        'Leave out recursive.',
        'recursive',
      );
    }
    return { kind: 'account', location: { ...place, container, prefix: '' } };
  }
  const isFolder = path === '' || path.endsWith('/') || wildcard !== undefined;
  if (!isFolder && request.recursive !== true) {
    return { kind: 'object', location: { ...place, container, prefix: path }, key: path };
  }
  const prefix = isFolder ? path : `${path}/`;
  return {
    kind: 'prefix',
    location: { ...place, container, prefix },
    base: prefix,
    ...(wildcard === undefined ? {} : { wildcard }),
    recursive: request.recursive ?? true,
  };
}

function listSource(names: readonly string[], from: ParsedLocation): Source {
  const { container, path, wildcard } = from;
  if (container === '' || wildcard !== undefined) {
    throw refuse(
      'source',
      'a list of names needs the container or folder that they are in',
      'Name one container, with or without a folder, as the source.',
    );
  }
  return {
    kind: 'list',
    location: { ...placeOf(from), container, prefix: asFolder(path) },
    entries: new Set(names).size,
  };
}

function checkDestination(source: Source, to: ParsedLocation): void {
  if (to.wildcard !== undefined) {
    throw refuse('destination', 'a destination cannot have a wildcard', 'Write a * in a name as %2A.');
  }
  if (serviceContainers.includes(to.container)) {
    throw refuse('destination', `nobody can write to ${to.container}`, 'Choose another container.');
  }
  if (source.kind === 'account' && to.container !== '') {
    throw refuse(
      'destination',
      'a whole account is copied to a whole account',
      'Give the endpoint of the destination account alone, or one container as the source.',
    );
  }
  if (source.kind !== 'account' && to.container === '') {
    throw refuse('destination', 'the destination has no container', 'Add the container to the URL.');
  }
}

function destinationOf(request: JobRequest, source: Source, to: ParsedLocation): Location {
  const { container, path } = to;
  const place = placeOf(to);
  if (source.kind === 'account') return { ...place, container: '', prefix: '' };
  if (source.kind === 'object') {
    const isFolder = path === '' || path.endsWith('/');
    return { ...place, container, prefix: isFolder ? path + nameOf(request, source.key, to) : path };
  }
  const folder = asFolder(path);
  const subdirectory = request.asSubdir === true ? subdirectoryOf(request, source, to) : '';
  return { ...place, container, prefix: folder + subdirectory };
}

function placeOf({ account, service }: ParsedLocation): Pick<Location, 'account' | 'service'> {
  return service === undefined ? { account } : { account, service };
}

/** Name of an object, or of a folder, in the folder that it goes to. One that the request gives itself is never escaped. */
function nameOf({ escapeNames }: JobRequest, key: string, to: ParsedLocation): string {
  const name = lastSegment(key);
  return escapeNames === true && to.service === 'files' ? escapeFileName(name) : name;
}

/** Name of the source's folder with `/`; a container and a wildcard have none. */
function subdirectoryOf(
  request: JobRequest,
  source: Extract<Source, { kind: 'prefix' | 'list' }>,
  to: ParsedLocation,
): string {
  const { prefix } = source.location;
  if (prefix === '' || (source.kind === 'prefix' && source.wildcard !== undefined)) return '';
  return `${nameOf(request, prefix.slice(0, -1), to)}/`;
}

function textOf(
  source: Source,
  from: ParsedLocation,
  request: JobRequest,
  accounts: readonly Account[],
): string {
  // A wildcard has no other spelling; a URL that was accepted has neither query nor user info.
  if (from.wildcard !== undefined) return request.source;
  const account = accounts.find(({ name }) => name === from.account);
  const { container, prefix } = source.location;
  return account === undefined ? from.account : formatLocation(account, container, prefix, from.service);
}

function asFolder(path: string): string {
  return path === '' || path.endsWith('/') ? path : `${path}/`;
}

function lastSegment(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

function refuse(field: Field, detail: string, advice: string, at: string = field): Problem {
  return new Problem('invalid-location', { field: at, detail, advice });
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return begun.endsWith('.') ? begun : `${begun}.`;
}
