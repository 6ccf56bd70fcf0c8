/**
 * Layers. Only run-time imports count: type-only imports vanish when TypeScript is compiled, and are free.
 * Each folder may import itself and what its row names; a row ending in `.ts` names one file.
 */
const table = {
  job: [],
  runtime: ['job'],
  storage: ['job', 'runtime'],
  plan: ['job', 'storage/store.ts'],
  preflight: ['job', 'plan'],
  copy: ['job', 'runtime/clock.ts', 'storage/store.ts'],
  record: ['job', 'runtime', 'storage', 'plan/segment.ts'],
  report: ['job', 'record'],
  notify: [],
  replicate: [
    'job',
    'runtime/clock.ts',
    'plan',
    'copy',
    'record/list-all.ts',
    'storage/store.ts',
    'storage/state-store.ts',
  ],
  activities: ['job', 'plan', 'copy', 'record', 'report', 'runtime/clock.ts', 'storage/store.ts'],
  orchestrators: ['job', 'activities/contracts.ts'],
  functions: [
    'job',
    'runtime',
    'storage',
    'plan',
    'preflight',
    'record',
    'report',
    'activities',
    'orchestrators',
    'replicate',
    'notify',
  ],
  cli: ['job'],
  localhost: ['index.ts', 'runtime', 'job'],
};

/** The only places that may import a package. Everything else goes through what these folders export. */
const sdkHomes = {
  '@azure/functions': ['functions', 'localhost'],
  'durable-functions': ['functions', 'orchestrators', 'localhost'],
  // localhost is a foreign client here: it fills and checks the emulated cloud as any user's program would.
  '@azure/storage-blob': ['storage/azure-blob', 'localhost'],
  '@azure/core-client': ['storage/azure-blob'],
  '@azure/core-rest-pipeline': ['storage/azure-blob'],
  sax: ['storage/azure-blob'],
  '@azure/storage-file-share': ['storage/azure-files', 'localhost'],
  '@azure/identity': ['runtime', 'localhost'],
  zod: ['job', 'runtime', 'record', 'replicate', 'functions', 'cli', 'localhost'],
  '@azure/eventgrid': ['replicate', 'notify'],
  '@azure/storage-queue': ['storage/azure-queue', 'localhost'],
  jose: ['runtime'],
  re2js: ['plan'],
  'p-limit': ['plan', 'copy', 'activities', 'record', 'replicate'],
  commander: ['cli'],
  'cli-progress': ['cli'],
  croner: ['localhost/host', 'plan'],
  azurite: ['localhost/cloud'],
  'fast-xml-builder': ['localhost/cloud/files'],
  'fast-xml-parser': ['localhost/cloud/files'],
  '@azure/storage-common': ['localhost/cloud/files'],
  selfsigned: ['localhost/cloud'],
};

const alternatives = (paths) =>
  paths.map((path) => path.replaceAll('.', '\\.') + (path.endsWith('.ts') ? '$' : '/')).join('|');

const layers = Object.entries(table).map(([folder, allowed]) => ({
  name: `layer-${folder}`,
  comment: `src/${folder} may import ${['itself', ...allowed].join(', ')}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${alternatives([folder, ...allowed])})` },
}));

const homes = Object.entries(sdkHomes).map(([name, folders]) => ({
  name: `sdk-home-${name.replace('@', '').replace('/', '-')}`,
  comment: `${name} is imported only in ${folders.join(', ')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/(${alternatives(folders)})` },
  to: { path: `node_modules/${name}/` },
}));

const inputAndOutput =
  '^(node:)?(fs|net|http|http2|https|child_process|worker_threads|cluster|dgram|dns|tls)(/|$)';
const cloudSdk = 'node_modules/(@azure|@aws-sdk|@google-cloud|@smithy)/';

module.exports = {
  forbidden: [
    ...layers,
    ...homes,
    {
      name: 'layer-unknown-folder',
      comment: 'a new folder needs a row in the table above, and in ARCHITECTURE.md',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: `^src/(${Object.keys(table).join('|')})/` },
    },
    {
      name: 'entry-only-functions',
      comment: 'src/index.ts registers the functions and does nothing else',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { pathNot: '^src/functions/' },
    },
    {
      name: 'product-without-localhost',
      comment: 'what stands in for Azure on one machine must never reach Azure',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/localhost/' },
      to: { path: '^src/localhost/' },
    },
    {
      name: 'orchestrators-reach-no-io',
      comment: 'an orchestrator is replayed; durable-functions, whose import is meant, is not followed',
      severity: 'error',
      from: { path: '^src/orchestrators/' },
      to: { path: `${inputAndOutput}|^(node:)?crypto$|${cloudSdk}`, reachable: true },
    },
    {
      name: 'pure-reach-no-io',
      comment: 'what to do is decided without asking anybody',
      severity: 'error',
      from: { path: '^src/(job|plan)/' },
      to: { path: `${inputAndOutput}|${cloudSdk}`, reachable: true },
    },
    {
      name: 'product-without-dev-dependencies',
      comment: 'the deployed app has production dependencies only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/localhost/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
