/** Named secrets in connection strings and URLs: the name stays, the value goes. */
const NAMED_SECRET =
  /\b(AccountKey|SharedAccessKey|SharedAccessSignature|Password|pwd|client_secret)=[^\s"'<>\\;&]+/gi;
const QUERY_SECRET = /([?&](?:amp;)?(?:sig|code|key|token|access_token))=[^\s"'<>\\&]+/gi;
const BEARER = /\b(Bearer|SharedKey)\s+[\w\-.~+/:]{20,}=*/g;

/**
 * Blanks credentials in a text that is about to be logged or handed to the durable engine, as the real host does with
 * failure messages. Never crosses a quote or a backslash, so JSON inside the text stays JSON.
 */
export function scrubSecrets(text: string): string {
  return text
    .replace(NAMED_SECRET, '$1=[hidden]')
    .replace(QUERY_SECRET, '$1=[hidden]')
    .replace(BEARER, '$1 [hidden]');
}

/** The same error when it holds no credential, otherwise a copy with message and stack scrubbed. */
export function scrubError(error: Error): Error {
  const message = scrubSecrets(error.message);
  const stack = scrubSecrets(error.stack ?? '');
  if (message === error.message && stack === (error.stack ?? '')) {
    return error;
  }
  const scrubbed = new Error(message);
  scrubbed.name = error.name;
  scrubbed.stack = stack;
  return scrubbed;
}
