const unreserved = /[A-Za-z0-9._~-]/;

/**
 * Path of an object below its container's URL: every UTF-8 byte percent-encoded except letters, digits and `._~-`.
 * Slashes are encoded too, so that no client and no proxy resolves `a/../b` before the service sees it.
 */
export function encodeKey(key: string): string {
  let encoded = '';
  for (const byte of Buffer.from(key, 'utf8')) {
    const character = String.fromCharCode(byte);
    encoded += unreserved.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** False for names that a URL cannot carry as a path segment in any encoding: `.`, `..` and the empty name. */
export function isAddressable(key: string): boolean {
  return key !== '' && key !== '.' && key !== '..';
}
