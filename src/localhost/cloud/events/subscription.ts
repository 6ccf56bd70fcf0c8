import { z } from 'zod';

/** What goes wrong on the way, each by chance from one seed. Absent: nothing. */
export const eventWeatherSchema = z.strictObject({
  seed: z.int().default(1),
  /** Share of events that come twice, that are held back so that others overtake them, that never come. */
  duplicated: z.number().min(0).max(1).default(0),
  reordered: z.number().min(0).max(1).default(0),
  lost: z.number().min(0).max(1).default(0),
  /** Every event takes up to so long. */
  delayMs: z.number().min(0).default(0),
  /** Events that are held back are held so long at most. */
  heldMs: z.number().min(0).default(1000),
});

/** One event subscription. JSON of `PUT /events`, which takes a list of them. */
export const eventSubscriptionSchema = z.strictObject({
  account: z.string(),
  container: z.string().optional(),
  /** Beginning of the names; absent: all. */
  prefix: z.string().optional(),
  /** Types of events without `Microsoft.Storage.`; absent: all. */
  types: z.array(z.string()).optional(),
  schema: z.enum(['EventGridSchema', 'CloudEventSchemaV1_0']).default('CloudEventSchemaV1_0'),
  destination: z.discriminatedUnion('kind', [
    /** A queue of this cloud, made when it is missing; messages are base64, as Event Grid's are. */
    z.strictObject({ kind: z.literal('queue'), account: z.string(), queue: z.string() }),
    /** On this machine only; its owner must answer the handshake of the schema. */
    z.strictObject({
      kind: z.literal('webhook'),
      url: z.url().refine((url) => ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname), {
        error: 'only addresses of this machine',
      }),
    }),
  ]),
  weather: eventWeatherSchema.optional(),
});
export type EventSubscription = z.infer<typeof eventSubscriptionSchema>;
