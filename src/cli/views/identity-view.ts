import { z } from 'zod';

export const identitySchema = z.looseObject({
  usedFor: z.array(z.string()),
  kind: z.string(),
  ready: z.boolean(),
  name: z.string().nullish(),
  clientId: z.string().nullish(),
  objectId: z.string().nullish(),
  tenantId: z.string().nullish(),
  expiresAt: z.string().nullish(),
  advice: z.string().nullish(),
});
export type IdentityView = z.infer<typeof identitySchema>;

/** `GET /api/identity`. */
export const identitiesSchema = z.looseObject({ identities: z.array(identitySchema) });

const usesInWords: Readonly<Record<string, string>> = {
  app: 'its own state',
  source: 'sources',
  destination: 'destinations',
};

/** One identity as a paragraph: what it is for, what it is, until when its token holds, or what to do. */
export function formatIdentity(identity: IdentityView): string {
  const uses = identity.usedFor.map((use) => usesInWords[use] ?? use).join(', ');
  const rows: readonly (readonly [string, string | null | undefined])[] = [
    ['name', identity.name],
    ['client id', identity.clientId],
    ['object id', identity.objectId],
    ['tenant', identity.tenantId],
    ['token until', identity.expiresAt],
    ['to do', identity.advice],
  ];
  const lines = rows.flatMap(([label, text]) => (text == null ? [] : [`  ${label.padEnd(12)} ${text}`]));
  return [`${identity.kind}${identity.ready ? '' : ': no token'} (for ${uses})`, ...lines].join('\n');
}
