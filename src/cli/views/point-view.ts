import { z } from 'zod';
import { printable } from './printable.js';

const pointViewSchema = z.looseObject({
  id: z.string(),
  dueAt: z.string(),
  mode: z.string(),
  status: z.string(),
  objects: z.number().optional(),
});
/** What the CLI reads of a backup; everything else is passed on as it is. */
export type PointView = z.infer<typeof pointViewSchema>;

export const pointPageSchema = z.object({ points: z.array(pointViewSchema) });

export const pointTableHead =
  'ID                          TIME                      MODE         STATUS   OBJECTS\n';

/** One line of the list. */
export function pointTableRow({ id, dueAt, mode, status, objects }: PointView): string {
  const cells = [
    printable(id).padEnd(27),
    printable(dueAt).padEnd(25),
    printable(mode).padEnd(12),
    printable(status).padEnd(8),
    objects === undefined ? '-' : String(objects),
  ];
  return `${cells.join(' ')}\n`;
}
