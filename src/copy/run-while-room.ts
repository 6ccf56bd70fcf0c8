/** Works through `next` with as many at once as there is room, asked anew whenever one ends. `work` must not throw. */
export async function runWhileRoom<T>(
  room: () => number,
  next: () => T | undefined,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let working = 0;
  await new Promise<void>((resolve) => {
    const fill = (): void => {
      while (working < Math.max(1, room())) {
        const item = next();
        if (item === undefined) break;
        working += 1;
        void work(item).then(() => {
          working -= 1;
          fill();
        });
      }
      if (working === 0) resolve();
    };
    fill();
  });
}
