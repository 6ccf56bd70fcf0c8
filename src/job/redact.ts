/** What stands in the place of a secret. */
const hidden = '[hidden]';

/** An `=`, plain or percent-encoded as inside another URL. */
const equals = '(?:=|%3D)';
/** Characters of a value: none that ends a query parameter, a field of a connection string, or a text in JSON. */
const value = '[^\\s"\'<>\\\\&;,()]+';
/** Before a query parameter; `&` also as HTML, JSON and percent-encoding write it. */
const separator = '(?:[?&;]|&amp;|\\\\u0026|%3F|%26)';

interface Rule {
  readonly pattern: RegExp;
  readonly replacement: string;
}

function rule(pattern: string, flags: string, replacement = hidden): Rule {
  return { pattern: new RegExp(pattern, `g${flags}`), replacement };
}

const named = [
  'AccountKey',
  'SharedAccessKey',
  'Password',
  'pwd',
  'client_secret',
  'client_assertion',
  'access_token',
  'refresh_token',
  'id_token',
  'aws_secret_access_key',
  'aws_session_token',
  'AZURE_CLIENT_SECRET',
  'AZCOPY_SPA_CLIENT_SECRET',
  'IDENTITY_HEADER',
].join('|');

const queryNames = [
  'sig',
  'code',
  'key',
  'token',
  'se_key',
  'x-amz-signature',
  'x-amz-credential',
  'x-amz-security-token',
  'x-goog-signature',
  'x-goog-credential',
  'signature',
].join('|');

const headerNames = [
  'x-functions-key',
  'x-identity-header',
  'x-ms-encryption-key',
  'x-amz-security-token',
  'ocp-apim-subscription-key',
].join('|');

/** In order: what is longest first, so that a part of it is not taken for something else. */
const rules: readonly Rule[] = [
  rule('-----BEGIN ([A-Z ]*)PRIVATE KEY-----[^"\']*?(?:-----END \\1PRIVATE KEY-----|(?=["\'])|$)', ''),
  rule(`\\b(SharedAccessSignature${equals})[^\\s"'<>\\\\;]+`, 'i', `$1${hidden}`),
  rule(`\\b((?:${named})${equals})[^\\s"'<>\\\\&;]+`, 'i', `$1${hidden}`),
  // The same names as fields of JSON, plain or inside another JSON text.
  rule(`((?:${named}|${headerNames})\\\\?["']\\s*:\\s*\\\\?["'])[^"'\\\\]+`, 'i', `$1${hidden}`),
  rule(`\\b((?:${headerNames})\\s*[:=]\\s*)${value}`, 'i', `$1${hidden}`),
  rule(
    `(${separator}(?:${queryNames})${equals})[^\\s"'<>\\\\&]+?(?=%26|[\\s"'<>\\\\&]|$)`,
    'i',
    `$1${hidden}`,
  ),
  // A signature that begins a text: no separator stands before it, but nothing else has this form.
  rule(`\\b(sig${equals})(?:[A-Za-z0-9+/]|%2[BF]){43}(?:=|%3D)`, 'i', `$1${hidden}`),
  rule(`\\b(Signature|Credential)${equals}(?:[0-9a-f]{64}|(?:AKIA|ASIA)${value})`, 'i', `$1=${hidden}`),
  rule('\\b((?:Bearer|SharedKey|SharedKeyLite)\\s+)[\\w\\-.~+/:]{20,}=*', 'i', `$1${hidden}`),
  rule('(authorization\\\\?["\']?\\s*[:=]\\s*\\\\?["\']?Basic\\s+)[A-Za-z0-9+/]{4,}=*', 'i', `$1${hidden}`),
  rule('\\bAWS ((?:AKIA|ASIA)[A-Z0-9]{12,}):[A-Za-z0-9+/]{20,}=*', '', `AWS $1:${hidden}`),
  rule('(?<![\\w-])eyJ[\\w-]{8,}\\.[\\w-]{8,}(?:\\.[\\w-]*)*', ''),
  // A user delegation key, as the service gives it out.
  rule('(<Value>)[A-Za-z0-9+/]{43}=(?=</Value>)', '', `$1${hidden}`),
  // By their form alone: keys of storage accounts, of functions, of clients, of AWS.
  rule('[A-Za-z0-9+/]{86}==', ''),
  rule('(?<![\\w-])[\\w-]{30,}AzFu[\\w-]{6,}=*', ''),
  rule('(?<![\\w~.-])[\\w~.-]{3}\\dQ~[\\w~.-]{31,34}', ''),
  rule('\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b', ''),
  rule('(https?://)[^\\s/"\'<>\\\\@?#]+@', 'i', `$1${hidden}@`),
];

/**
 * The text without secrets: signatures of SAS and AWS, account keys, bearer tokens and other JWTs, connection strings,
 * function keys, client secrets, private keys, passwords in URLs. The name of a secret stays, its value becomes
 * `[hidden]`. Everything that leaves the process as text goes through here; names of objects come through unchanged.
 * Never crosses a quote, so JSON stays JSON. Idempotent and pure.
 */
export function redact(text: string): string {
  return rules.reduce((kept, { pattern, replacement }) => kept.replace(pattern, replacement), text);
}
