import tseslint from 'typescript-eslint';

const useClock = 'time and randomness are parameters: take a Clock (src/runtime/clock.ts)';

/** Reading the wall clock or randomness. `new Date(value)` is a conversion and stays allowed. */
const wallClock = [
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: useClock },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: useClock },
  { selector: "CallExpression[callee.name='Date']", message: useClock },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: useClock },
  {
    selector:
      "MemberExpression[object.name='globalThis'][property.name=/^(setTimeout|setInterval|setImmediate|Date|performance)$/]",
    message: useClock,
  },
];
const timers = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({ name, message: useClock }));
const timerModules = ['timers', 'node:timers', 'timers/promises', 'node:timers/promises'].map((name) => ({
  name,
  message: useClock,
}));

const exportShape = [
  { selector: 'ExportDefaultDeclaration', message: 'named exports only' },
  { selector: "ExportSpecifier[exported.name='default']", message: 'named exports only' },
  { selector: 'ExportAllDeclaration', message: 'no barrel files: import from the file that defines it' },
  {
    selector: 'ExportNamedDeclaration[source]',
    message: 'no barrel files: import from the file that defines it',
  },
];

const determinism = 'an orchestrator is replayed: it may use only its context and its input';
const orchestratorGlobals = [
  'fetch',
  'process',
  'crypto',
  'performance',
  'queueMicrotask',
  'globalThis',
  'require',
]
  .map((name) => ({ name, message: determinism }))
  .concat(timers);
const orchestratorSyntax = [
  { selector: ':function[async=true]', message: determinism },
  { selector: 'AwaitExpression', message: determinism },
  { selector: 'ForOfStatement[await=true]', message: determinism },
  { selector: 'ImportExpression', message: determinism },
  {
    selector: "MemberExpression[object.name='Date']",
    message: 'use context.df.currentUtcDateTime; new Date(value) only converts',
  },
];

export default tseslint.config(
  { ignores: ['dist/', 'bundle/', 'coverage/', '.tranship/', 'node_modules/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: false, skipComments: false }],
      complexity: ['error', 12],
      // `== null` asks for null and undefined at once, as JSON from elsewhere needs.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      'no-restricted-syntax': ['error', ...exportShape],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/runtime/clock.ts', 'src/cli/**', 'src/web/**', 'src/localhost/**'],
    rules: {
      'no-restricted-syntax': ['error', ...exportShape, ...wallClock],
      'no-restricted-globals': ['error', ...timers],
      'no-restricted-imports': ['error', { paths: timerModules }],
    },
  },
  {
    files: ['src/orchestrators/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...exportShape, ...wallClock, ...orchestratorSyntax],
      'no-restricted-globals': ['error', ...orchestratorGlobals],
    },
  },
  {
    files: ['src/cli/**/*.ts', 'src/localhost/*.ts', 'src/localhost/demo/main.ts', '.ci/**', 'scripts/**'],
    rules: { 'no-console': 'off' },
  },
  {
    // Figures that an acceptance run reads.
    files: ['test/e2e/**/*.ts', 'test/replay/**/*.ts', 'test/chaos/**/*.ts', 'test/witness/**/*.ts'],
    rules: { 'no-console': ['error', { allow: ['info'] }] },
  },
  {
    files: ['test/**/*.ts'],
    // A describe body is one function; its cases are functions of their own and stay within the usual bound by habit.
    rules: {
      'max-lines-per-function': ['error', { max: 280, skipBlankLines: false, skipComments: false }],
      // Tests take single methods of objects that are closures, not instances.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['*.config.{ts,mjs}'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['**/*.{js,mjs,cjs}'], ...tseslint.configs.disableTypeChecked },
);
