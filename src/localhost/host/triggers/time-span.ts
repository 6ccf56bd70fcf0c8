const TIME_SPAN = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?$/;

/** Milliseconds of a .NET TimeSpan `[d.]hh:mm[:ss]`, or undefined when the text is none. */
export function parseTimeSpan(text: string): number | undefined {
  const match = TIME_SPAN.exec(text.trim());
  if (match === null) {
    return undefined;
  }
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = [1, 2, 3, 4].map((group) =>
    Number(match[group] ?? 0),
  );
  if (hours > 23 || minutes > 59 || seconds > 59) {
    return undefined;
  }
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}
