import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ListReader } from '../../../../src/storage/azure-blob/list-reader.js';
import type { ListedObject } from '../../../../src/storage/store.js';

const blob = `<Blob><Name>dir/a&amp;b &#x1F600;.txt</Name><Properties>
<Creation-Time>Sun, 22 Nov 2026 07:00:00 GMT</Creation-Time><Last-Modified>Sun, 22 Nov 2026 07:00:01 GMT</Last-Modified>
<Etag>0x8D1</Etag><Content-Length>12</Content-Length><Content-Type>text/plain</Content-Type><Content-Encoding />
<Content-Language></Content-Language><Cache-Control>no-cache</Cache-Control>
<Content-MD5>sQqNsWTgdUEFt6mb5y4/5Q==</Content-MD5><BlobType>BlockBlob</BlobType>
<AccessTier>Cool</AccessTier><AccessTierInferred>true</AccessTierInferred></Properties>
<Metadata><FooBar> one  two </FooBar><Name>N</Name><Blob>B</Blob><empty /></Metadata>
<Tags><TagSet><Tag><Key>team</Key><Value>red &lt;1&gt;</Value></Tag><Tag><Key>k</Key><Value></Value></Tag></TagSet></Tags>
</Blob>`;
const bare = `<Blob><Name Encoded="true">a%EF%BF%BEb</Name><Properties>
<Last-Modified>Sun, 22 Nov 2026 07:00:02 GMT</Last-Modified><Etag>"0x8D2"</Etag><Content-Length>0</Content-Length>
<BlobType>AppendBlob</BlobType></Properties></Blob>`;
const listing = (blobs: string, marker = '<NextMarker>2!96!x&amp;y</NextMarker>'): string =>
  `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://a/" ContainerName="c"><Prefix>dir/</Prefix><MaxResults>5</MaxResults><Blobs>${blobs}</Blobs>${marker}</EnumerationResults>`;

function read(pieces: readonly string[], tags = false): { objects: ListedObject[]; next: string } {
  const objects: ListedObject[] = [];
  const reader = new ListReader(tags, (object) => objects.push(object));
  for (const piece of pieces) reader.write(piece);
  return { objects, next: reader.end() };
}

describe('ListReader', () => {
  it('reads all that planning needs, with entities resolved and nothing trimmed', () => {
    const { objects, next } = read([listing(blob)], true);
    expect(objects).toEqual([
      {
        key: 'dir/a&b 😀.txt',
        sizeBytes: 12,
        etag: '"0x8D1"',
        lastModified: '2026-11-22T07:00:01.000Z',
        blobType: 'BlockBlob',
        md5: 'sQqNsWTgdUEFt6mb5y4/5Q==',
        tier: 'Cool',
        tierInferred: true,
        properties: { contentType: 'text/plain', cacheControl: 'no-cache' },
        metadata: { FooBar: ' one  two ', Name: 'N', Blob: 'B', empty: '' },
        tags: { team: 'red <1>', k: '' },
      },
    ]);
    expect(next).toBe('2!96!x&y');
  });

  it('takes nothing over from one object to the next', () => {
    const [, second] = read([listing(blob + bare)], true).objects;
    expect(second).toEqual({
      key: 'a\uFFFEb',
      sizeBytes: 0,
      etag: '"0x8D2"',
      lastModified: '2026-11-22T07:00:02.000Z',
      blobType: 'AppendBlob',
      properties: {},
      metadata: {},
      tags: {},
    });
  });

  it('leaves tags out when they were not asked for', () => {
    expect(read([listing(blob)]).objects[0]).not.toHaveProperty('tags');
  });

  it('reads an empty last page', () => {
    expect(read([listing('', '<NextMarker />')])).toEqual({ objects: [], next: '' });
  });

  it('reads the common beginnings of a listing with a delimiter', () => {
    const prefix = '<BlobPrefix><Name>dir/sub&amp;/</Name></BlobPrefix>';
    const { objects } = read([listing(prefix + bare)]);
    expect(objects).toMatchObject([{ key: 'dir/sub&/', kind: 'directory', etag: '' }, { etag: '"0x8D2"' }]);
  });

  it('takes no directory of a hierarchical namespace for an object', () => {
    const directory = `<Blob><Name>dir</Name><Properties><Last-Modified>Sun, 22 Nov 2026 07:00:00 GMT</Last-Modified>
<Etag>0x8D3</Etag><ResourceType>directory</ResourceType><Content-Length>0</Content-Length><BlobType>BlockBlob</BlobType>
</Properties><Metadata><hdi_isfolder>true</hdi_isfolder></Metadata></Blob>`;
    const file = bare.replace('<BlobType>', '<ResourceType>file</ResourceType><BlobType>');
    const { objects } = read([listing(directory + file)]);
    expect(objects).toMatchObject([{ key: 'a\uFFFEb', metadata: {} }]);
    expect(objects).toHaveLength(1);
  });

  it('reads the same in whatever pieces it arrives', () => {
    const text = listing(blob + bare);
    const whole = read([text], true);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        expect(
          read(
            at.slice(1).map((end, index) => text.slice(at[index], end)),
            true,
          ),
        ).toEqual(whole);
      }),
    );
  });

  it('refuses a listing that ends in the middle, wherever that is', () => {
    const text = listing(blob);
    fc.assert(
      fc.property(fc.nat(text.length - 1), (length) => {
        expect(() => read([text.slice(0, length)])).toThrow();
      }),
    );
  });

  it('refuses what is no listing', () => {
    for (const text of ['', '<html><body>gateway</body></html>', 'gone', '<a><b></a>']) {
      expect(() => read([text])).toThrow();
    }
  });
});
