import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { httpServices } from '../http-services.js';
import { keyIsAsked } from '../compose.js';
import { answer, type Route } from './route.js';
import { routes } from './routes.js';

/** Where tokens decide, the host lets everything through to us. */
function authLevelOf(route: Route): 'anonymous' | 'function' {
  return route.access === 'anonymous' || !keyIsAsked(process.env) ? 'anonymous' : 'function';
}

for (const route of routes) {
  app.http(route.name, {
    route: route.path,
    methods: [route.method],
    authLevel: authLevelOf(route),
    extraInputs: [df.input.durableClient()],
    handler: (request, context) => answer(route, httpServices, request, context),
  });
}
