import { crc32, deflateRawSync } from 'node:zlib';

/** 1980-01-01: the same files make the same archive. */
const dosDate = 0x21;
const mode = 0o100644 * 0x1_0000;

/** A zip archive of `{name, content}` entries, as deployment of functions takes it. No entry above 4 GiB. */
export function zipOf(entries) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const packed = deflateRawSync(content, { level: 9 });
    const title = Buffer.from(name);
    const head = fields([[0x0403_4b50, 4], ...common(content, packed, title)]);
    const entry = fields([
      [0x0201_4b50, 4],
      [0x0314, 2], // made on Unix
      ...common(content, packed, title),
      [0, 2], // comment
      [0, 2], // disk
      [0, 2], // internal attributes
      [mode, 4],
      [offset, 4],
    ]);
    parts.push(head, title, packed);
    directory.push(entry, title);
    offset += head.length + title.length + packed.length;
  }
  const sizeBytes = directory.reduce((sum, part) => sum + part.length, 0);
  const end = fields([
    [0x0605_4b50, 4],
    [0, 2],
    [0, 2],
    [entries.length, 2],
    [entries.length, 2],
    [sizeBytes, 4],
    [offset, 4],
    [0, 2],
  ]);
  return Buffer.concat([...parts, ...directory, end]);
}

function common(content, packed, title) {
  return [
    [20, 2],
    [0, 2],
    [8, 2], // deflate
    [0, 2],
    [dosDate, 2],
    [crc32(content), 4],
    [packed.length, 4],
    [content.length, 4],
    [title.length, 2],
    [0, 2],
  ];
}

function fields(list) {
  return Buffer.concat(
    list.map(([value, width]) => {
      const bytes = Buffer.alloc(width);
      bytes.writeUIntLE(value, 0, width);
      return bytes;
    }),
  );
}
