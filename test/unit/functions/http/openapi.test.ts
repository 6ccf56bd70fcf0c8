import { describe, expect, it } from 'vitest';
import { describeRoutes } from '../../../../src/functions/http/openapi.js';
import type { OperationText } from '../../../../src/functions/http/operation-text.js';
import { operationTexts } from '../../../../src/functions/http/operation-texts.js';
import type { ProblemCode } from '../../../../src/functions/http/problem.js';
import { problemKinds } from '../../../../src/functions/http/problem.js';
import { healthSchema } from '../../../../src/functions/http/response-schemas.js';
import { routes } from '../../../../src/functions/http/routes.js';
import { createBench } from './api-bench.js';

interface Operation {
  readonly operationId: string;
  readonly security: readonly unknown[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

function textOf(name: string): OperationText {
  const text = operationTexts[name];
  if (text === undefined) throw new Error(`no text for ${name}`);
  return text;
}

async function served(): Promise<Document> {
  const reply = await createBench().call('GET', '/api/openapi.json');
  expect(reply.status).toBe(200);
  return reply.json() as unknown as Document;
}

describe('the description of the API', () => {
  it('describes every route with every parameter of its path', async () => {
    const { openapi, paths } = await served();
    expect(openapi).toBe('3.1.0');
    for (const route of routes) {
      const operation = paths[`/api/${route.path}`]?.[route.method.toLowerCase()];
      expect(operation?.operationId).toBe(route.name);
      const guarded = [{ entra: [route.access] }, { functionKey: [] }];
      expect(operation?.security).toEqual(route.access === 'anonymous' ? [] : guarded);
      expect(operation?.parameters.some(({ name }) => name === 'id')).toBe(route.path.includes('{id}'));
    }
    const described = Object.values(paths).flatMap((methods) => Object.keys(methods));
    expect(described).toHaveLength(routes.length);
  });

  it('describes every status that an operation may answer with', async () => {
    const { paths } = await served();
    for (const route of routes) {
      const responses = paths[`/api/${route.path}`]?.[route.method.toLowerCase()]?.responses ?? {};
      const { success, also = {}, problems } = textOf(route.name);
      const refusals = problems.map((code) => problemKinds[code].status);
      const wanted = [success.status, ...Object.keys(also).map(Number), ...refusals];
      expect(Object.keys(responses).map(Number).sort()).toEqual([...new Set(wanted)].sort());
      for (const code of problems) {
        expect(responses[String(problemKinds[code].status)]?.description).toContain(`\`${code}\``);
      }
    }
  });

  it('leaves no kind of problem without an operation', () => {
    const used = new Set(Object.values(operationTexts).flatMap(({ problems }) => problems));
    expect((Object.keys(problemKinds) as ProblemCode[]).filter((code) => !used.has(code))).toEqual([]);
  });

  it('refers only to schemas that it has', async () => {
    const document = await served();
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(10);
    for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty(name);
  });

  it('says that unknown fields of a job are refused', async () => {
    const { components } = await served();
    expect(components.schemas['JobRequest']).toMatchObject({
      additionalProperties: false,
      required: ['source', 'destination'],
    });
  });

  it('gives an example that the API takes', async () => {
    const { body } = operationTexts['createJob'] ?? {};
    expect((await createBench().post('/api/jobs', body?.example)).status).toBe(202);
  });

  it('cannot forget a route', () => {
    const [route] = routes;
    if (route === undefined) throw new Error('there are no routes');
    expect(() => describeRoutes([{ ...route, name: 'newJob' }])).toThrow('newJob has no description');
  });
});

describe('GET /api/health', () => {
  it('is 200 when everything is ready', async () => {
    const reply = await createBench().call('GET', '/api/health');
    expect([reply.status, healthSchema.parse(reply.json()).status]).toEqual([200, 'ready']);
  });

  it('is 503 and says what is not ready', async () => {
    const bench = createBench();
    bench.checks = [{ name: 'state', ready: false, advice: 'network: see the log.' }];
    const reply = await bench.call('GET', '/api/health');
    expect(reply.status).toBe(503);
    expect(healthSchema.parse(reply.json())).toMatchObject({
      status: 'not-ready',
      checks: expect.arrayContaining([bench.checks[0]]) as unknown,
    });
  });
});
