// Names come from other people: control characters could rewrite the terminal, bidirectional ones reorder what is read.
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** The text with control and direction characters shown as `\u{...}`, safe to write to a terminal. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** At most `width` characters, the middle left out. */
export function shortened(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.length <= width) {
    return text;
  }
  const head = Math.ceil((width - 1) / 2);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (width - 1 - head)).join('')}`;
}

const sizeUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `412.0 MiB`; bytes without a decimal. */
export function formatBytes(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1024 && unit < sizeUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${sizeUnits[unit] ?? 'B'}`;
}

/** `6,012` */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `45 s`, `12 min 5 s`, `3 h 20 min`, `2 d 4 h` */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) {
    return `${String(whole)} s`;
  }
  if (whole < 3600) {
    return `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`;
  }
  if (whole < 86_400) {
    return `${String(Math.floor(whole / 3600))} h ${String(Math.floor((whole % 3600) / 60))} min`;
  }
  return `${String(Math.floor(whole / 86_400))} d ${String(Math.floor((whole % 86_400) / 3600))} h`;
}
