import js from '@eslint/js';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import ts from 'typescript-eslint';

export default defineConfig([
  globalIgnores(['dist', 'src/gql', 'test-results', 'playwright-report']),
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Handlers of events are async, and tell of their failures themselves.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat.recommended, jsxA11y.flatConfigs.strict],
  },
  // The rooms of the console: `app` wires pages, a page stands alone, and what pages stand on knows none.
  {
    files: ['src/pages/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^\\.\\./[^.]', message: 'a page uses no other page: what both need stands below them' },
            { regex: '/app/', message: 'what wires the pages is not theirs to use' },
          ],
        },
      ],
    },
  },
  {
    files: ['src/{api,i18n,json,session,tenant,time,ui,viewer,words}/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '/(pages|app)/', message: 'what pages stand on knows none of them' }] },
      ],
    },
  },
  {
    files: ['src/{api,i18n,session,time,ui}/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '/(pages|app|tenant|viewer|words|json)/', message: 'this room knows nothing of the product' }] },
      ],
    },
  },
  {
    files: ['**/*.js'],
    extends: [ts.configs.disableTypeChecked],
    languageOptions: { globals: globals.node },
  },
]);
