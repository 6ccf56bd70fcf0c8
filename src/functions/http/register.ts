import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { httpServices } from '../http-services.js';
import { answer } from './route.js';
import { routes } from './routes.js';

for (const route of routes) {
  app.http(route.name, {
    route: route.path,
    methods: [route.method],
    authLevel: route.access,
    extraInputs: [df.input.durableClient()],
    handler: (request, context) => answer(route, httpServices, request, context),
  });
}
