import type { Handler, Route } from './route.js';

const health: Handler = async (services, _request, context) => {
  const checks = [
    { name: 'configuration', ready: true },
    services.accounts.length > 0
      ? { name: 'accounts', ready: true }
      : { name: 'accounts', ready: false, advice: 'No account is configured: jobs have nowhere to copy.' },
    ...(await services.ready(context)),
  ];
  const ready = checks.every((check) => check.ready);
  return {
    status: ready ? 200 : 503,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(ready ? {} : { 'retry-after': '5' }),
    },
    body: JSON.stringify({ status: ready ? 'ready' : 'not-ready', checks }),
  };
};

/** Whether the app can run jobs; for people and for probes, without a key. */
export const healthRoutes: readonly Route[] = [
  { name: 'health', method: 'GET', path: 'health', access: 'anonymous', handler: health },
];
