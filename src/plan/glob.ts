/** A glob as RE2 source, or the character offset at which it cannot be read. */
export type GlobResult =
  | { readonly ok: true; readonly regex: string }
  | { readonly ok: false; readonly position: number; readonly detail: string };

interface Piece {
  readonly regex: string;
  /** Offset of the character after this piece. */
  readonly end: number;
}

const specials = /[*?[\]\\]/g;
const special = /[*?[\\]/;

/** The glob that matches exactly `text`. */
export function escapeGlob(text: string): string {
  return text.replace(specials, String.raw`\$&`);
}

/** What every match of the glob begins with, unescaped: the part that a listing can ask the service for. */
export function globHead(glob: string): string {
  let head = '';
  for (let at = 0; at < glob.length; at += 1) {
    const character = glob.charAt(at);
    if (character === '\\') {
      at += 1;
      head += glob.charAt(at);
    } else if (special.test(character)) {
      return head;
    } else {
      head += character;
    }
  }
  return head;
}

/**
 * Translates the glob grammar of AzCopy's patterns (Go's path.Match): `*` any run of characters, `?` one character,
 * `[a-z]` and `[^a-z]` one character in or not in a class, `\` takes the next character literally. Anchored at both
 * ends; neither `*` nor `?` nor a negated class crosses a `/`.
 */
export function globToRegex(glob: string): GlobResult {
  let regex = '';
  for (let at = 0; at < glob.length;) {
    const piece = nextPiece(glob, at);
    if ('detail' in piece) {
      return { ok: false, ...piece };
    }
    regex += piece.regex;
    at = piece.end;
  }
  return { ok: true, regex: String.raw`\A(?:${regex})\z` };
}

type Problem = Omit<Extract<GlobResult, { ok: false }>, 'ok'>;

function nextPiece(glob: string, at: number): Piece | Problem {
  switch (glob.charAt(at)) {
    case '*':
      return { regex: '[^/]*', end: at + 1 };
    case '?':
      return { regex: '[^/]', end: at + 1 };
    case '[':
      return readClass(glob, at);
    default: {
      const character = readCharacter(glob, at);
      return character === undefined
        ? { position: at, detail: 'a backslash stands at the end, with nothing to take literally' }
        : { regex: literal(character.codePoint), end: character.end };
    }
  }
}

function readClass(glob: string, start: number): Piece | Problem {
  const negated = glob.charAt(start + 1) === '^';
  let at = start + (negated ? 2 : 1);
  let members = '';
  while (glob.charAt(at) !== ']' || members === '') {
    const range = readRange(glob, at);
    if (range === undefined) {
      return { position: at, detail: 'a class in brackets is not closed, is empty, or has a stray - or ]' };
    }
    members += range.regex;
    at = range.end;
  }
  return { regex: negated ? `[^/${members}]` : `[${members}]`, end: at + 1 };
}

function readRange(glob: string, at: number): Piece | undefined {
  const low = readMember(glob, at);
  if (low === undefined || glob.charAt(low.end) !== '-') {
    return low === undefined ? undefined : { regex: literal(low.codePoint), end: low.end };
  }
  const high = readMember(glob, low.end + 1);
  return high === undefined || high.codePoint < low.codePoint
    ? undefined
    : { regex: `${literal(low.codePoint)}-${literal(high.codePoint)}`, end: high.end };
}

function readMember(glob: string, at: number): Character | undefined {
  const character = glob.charAt(at);
  return character === '-' || character === ']' ? undefined : readCharacter(glob, at);
}

interface Character {
  readonly codePoint: number;
  readonly end: number;
}

function readCharacter(glob: string, at: number): Character | undefined {
  const start = glob.charAt(at) === '\\' ? at + 1 : at;
  const codePoint = glob.codePointAt(start);
  return codePoint === undefined ? undefined : { codePoint, end: start + (codePoint > 0xffff ? 2 : 1) };
}

function literal(codePoint: number): string {
  return String.raw`\x{${codePoint.toString(16)}}`;
}
