/** One entry of a share as a listing tells it, times to 100 ns. */
export interface RawEntry {
  readonly kind: 'file' | 'directory';
  readonly sizeBytes: number;
  readonly attributes: string;
  readonly creationTime: string;
  readonly lastWriteTime: string;
  readonly permissionKey: string;
}

/** Text of the first element of this name; empty when there is none. */
export function valueOf(xml: string, tag: string): string {
  return new RegExp(`<${tag}(?: [^>]*)?>([^<]*)</${tag}>`).exec(xml)?.[1] ?? '';
}

/** Text as it was before it was put into XML. */
export function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

/** An entry from the XML of its listing. */
export function entryOf(kind: RawEntry['kind'], xml: string): RawEntry {
  return {
    kind,
    sizeBytes: Number(valueOf(xml, 'Content-Length') || 0),
    attributes: valueOf(xml, 'Attributes'),
    creationTime: valueOf(xml, 'CreationTime'),
    lastWriteTime: valueOf(xml, 'LastWriteTime'),
    permissionKey: valueOf(xml, 'PermissionKey'),
  };
}
