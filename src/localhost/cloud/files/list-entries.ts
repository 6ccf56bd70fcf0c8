import type { FrontReply } from '../exchange.js';
import type { FileCall } from './file-call.js';
import { directoryAt, headerOf, pathOf, viewOf } from './file-call.js';
import type { Entry } from './file-entry.js';
import { foldName } from './file-names.js';
import { xmlReply } from './file-reply.js';
import { endpointOf, pageOf } from './paging.js';
import type { XmlNode } from './xml.js';
import { element } from './xml.js';

/** List Directories and Files: both together, in the order of their folded names. */
export function listEntries(call: FileCall): FrontReply {
  const { query } = call.target;
  const { share, tree, snapshot } = viewOf(call);
  const path = pathOf(call);
  const directory = directoryAt(tree, path);
  const prefix = foldName(query.get('prefix') ?? '');
  const names = tree.sortedNames(directory.id).filter((name) => name.startsWith(prefix));
  const page = pageOf(query, names, call.limits.filesPageEntries);
  const isExtended = headerOf(call, 'x-ms-file-extended-info') === 'true';
  const include = new Set((query.get('include') ?? '').toLowerCase().split(','));
  const entries = page.names.flatMap((name) => {
    const entry = tree.child(directory.id, name);
    return entry === undefined ? [] : [entryElement(entry, include)];
  });
  const root = element(
    'EnumerationResults',
    [
      ...page.echo,
      ...(isExtended || include.size > 1 ? [element('DirectoryId', directory.id)] : []),
      element('Entries', entries),
      element('NextMarker', page.nextMarker),
    ],
    {
      ServiceEndpoint: endpointOf(call),
      ShareName: share.name,
      ...(snapshot === undefined ? {} : { ShareSnapshot: snapshot }),
      DirectoryPath: tree.pathOf(directory).join('/'),
    },
  );
  return xmlReply(call, root);
}

function entryElement(entry: Entry, include: ReadonlySet<string>): XmlNode {
  const properties: XmlNode[] = [];
  if (entry.kind === 'file') properties.push(element('Content-Length', entry.lengthBytes));
  if (include.has('timestamps')) {
    const { creationTime, lastAccessTime, lastWriteTime, changeTime } = entry.smb;
    properties.push(
      element('CreationTime', creationTime),
      element('LastAccessTime', lastAccessTime),
      element('LastWriteTime', lastWriteTime),
      element('ChangeTime', changeTime),
      element('Last-Modified', new Date(entry.lastModifiedMs).toUTCString()),
    );
  }
  if (include.has('etag')) properties.push(element('Etag', entry.etag));
  return element(entry.kind === 'file' ? 'File' : 'Directory', [
    element('FileId', entry.id),
    nameElement(entry.name),
    element('Properties', properties),
    ...(include.has('attributes') ? [element('Attributes', entry.smb.attributes)] : []),
    ...(include.has('permissionkey') ? [element('PermissionKey', entry.smb.permissionKey)] : []),
  ]);
}

/** XML cannot hold every character that a name may have: then the name is percent-encoded, and says so. */
function nameElement(name: string): XmlNode {
  return /[\ufffe\uffff]/.test(name)
    ? element('Name', encodeURIComponent(name), { Encoded: 'true' })
    : element('Name', name);
}
