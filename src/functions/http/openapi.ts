import { z } from 'zod';
import {
  approvalSchema,
  jobRequestSchema,
  preflightOfJobSchema,
  preflightOfPolicySchema,
} from './job-request.js';
import type { OperationText, ParameterName } from './operation-text.js';
import { parameterTexts } from './operation-text.js';
import { operationTexts } from './operation-texts.js';
import { policyRequestSchema } from './policy-request.js';
import { pointPageSchema, policyPageSchema, policySchema, replicationRetrySchema } from './policy-schemas.js';
import { problemKinds } from './problem.js';
import {
  healthSchema,
  identitiesSchema,
  jobPageSchema,
  jobSchema,
  preflightSchema,
  problemSchema,
  reportLineSchema,
} from './response-schemas.js';
import { restoreRequestSchema } from './restore-request.js';
import type { Route } from './route.js';

type Json = Readonly<Record<string, unknown>>;

const headerTexts: Readonly<Record<string, string>> = {
  Location: 'Where to ask for the job',
  'Retry-After': 'Seconds after which to ask again',
  ETag: 'Changes when the job does',
  Link: 'The next page, as rel="next"',
};

/** An app asks for one of the two, as its settings say. The roles of an operation are app roles. */
const securitySchemes: Json = {
  entra: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'Token of the configured Entra tenant for this API. App roles: Copy.Read; Copy.Operate, which includes it; Copy.Admin, which includes both',
  },
  functionKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-functions-key',
    description: 'Where no tenant is configured: a key of the function app, which opens everything',
  },
};

/** The API as an OpenAPI 3.1 document. Throws for a route without a text. Pure. */
export function describeRoutes(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = `/api/${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tranship',
      version: '1.0.0',
      description: 'Server-side copies between cloud storage accounts',
    },
    paths,
    components: {
      securitySchemes,
      schemas: {
        JobRequest: schemaOf(jobRequestSchema),
        Approval: schemaOf(approvalSchema),
        PreflightRequest: {
          anyOf: [reference('JobRequest'), schemaOf(preflightOfJobSchema), schemaOf(preflightOfPolicySchema)],
        },
        Preflight: schemaOf(preflightSchema),
        Job: schemaOf(jobSchema),
        JobPage: schemaOf(jobPageSchema),
        PolicyRequest: schemaOf(policyRequestSchema),
        RestoreRequest: schemaOf(restoreRequestSchema),
        PointPage: schemaOf(pointPageSchema),
        Policy: schemaOf(policySchema),
        PolicyPage: schemaOf(policyPageSchema),
        ReplicationRetry: schemaOf(replicationRetrySchema),
        ReportLine: schemaOf(reportLineSchema),
        Health: schemaOf(healthSchema),
        Identities: schemaOf(identitiesSchema),
        Problem: schemaOf(problemSchema),
      },
    },
  };
}

function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...described } = z.toJSONSchema(schema);
  return described;
}

function describeRoute(route: Route): Json {
  const text = operationTexts[route.name];
  if (text === undefined) throw new Error(`the operation ${route.name} has no description`);
  return {
    operationId: route.name,
    summary: text.summary,
    security: route.access === 'anonymous' ? [] : [{ entra: [route.access] }, { functionKey: [] }],
    parameters: [...pathParameters(route.path), ...text.parameters.map(describeParameter)],
    ...(text.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': { schema: reference(text.body.schema), example: text.body.example },
            },
          },
        }),
    responses: responsesOf(text),
  };
}

const pathParameterTexts: Readonly<
  Record<string, { readonly description: string; readonly pattern: string }>
> = {
  id: { description: 'Id of a job', pattern: '^[a-z0-9]{8,40}$' },
  name: { description: 'Name of a policy', pattern: '^(?=.{1,63}$)[a-z0-9]+(-[a-z0-9]+)*$' },
};

function pathParameters(path: string): readonly Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const { description, pattern } = pathParameterTexts[name] ?? {};
    return { name, in: 'path', required: true, description, schema: { type: 'string', pattern } };
  });
}

function describeParameter(name: ParameterName): Json {
  const { in: place, text, example } = parameterTexts[name];
  return { name, in: place, required: false, description: text, schema: { type: 'string' }, example };
}

function responsesOf({ success, also = {}, problems }: OperationText): Json {
  const responses: Record<string, Json> = {};
  for (const status of new Set(problems.map((code) => problemKinds[code].status))) {
    const codes = problems.filter((code) => problemKinds[code].status === status);
    responses[String(status)] = {
      description: codes.map((code) => `\`${code}\`: ${problemKinds[code].title}`).join('. '),
      content: { 'application/problem+json': { schema: reference('Problem') } },
    };
  }
  for (const [status, description] of Object.entries(also)) {
    const before = responses[status];
    responses[status] =
      before === undefined
        ? { description }
        : { ...before, description: `${description}. ${String(before['description'])}` };
  }
  responses[String(success.status)] = {
    description: success.text,
    ...contentOf(success),
    ...(success.headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            success.headers.map((name) => [
              name,
              { description: headerTexts[name], schema: { type: 'string' } },
            ]),
          ),
        }),
  };
  return responses;
}

function contentOf({ schema, status }: OperationText['success']): Json {
  if (status === 204) return {};
  if (schema === undefined) return { content: { 'application/json': { schema: { type: 'object' } } } };
  const type = schema === 'ReportLine' ? 'application/x-ndjson' : 'application/json';
  return {
    content: {
      [type]: { schema: reference(schema) },
      ...(schema === 'ReportLine' ? { 'text/csv': { schema: { type: 'string' } } } : {}),
    },
  };
}

function reference(schema: string): Json {
  return { $ref: `#/components/schemas/${schema}` };
}
