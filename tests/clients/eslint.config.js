// The rules for the schema and for the operations. `recommended` and Relay's, but for what is set
// otherwise below, each with its reason.

import graphql from '@graphql-eslint/eslint-plugin';
import { HERE, SCHEMA_FILE } from './support/server.js';

const { configs } = graphql;
const plugins = { '@graphql-eslint': graphql };
const graphQLConfig = { schema: SCHEMA_FILE, documents: `${HERE}/operations/*.graphql` };
const languageOptions = { parser: graphql.parser, parserOptions: { graphQLConfig } };

export default [
  {
    files: ['**/schema.graphql'],
    languageOptions,
    plugins,
    rules: {
      ...configs['flat/schema-recommended'].rules,
      ...configs['flat/schema-relay'].rules,
      // The export writes short descriptions on one line and long ones as blocks; both are read.
      '@graphql-eslint/description-style': 'off',
      // Only what can be fetched again has an ID, and says so by implementing Node. Payloads,
      // connections and values do not.
      '@graphql-eslint/strict-id-in-types': 'off',
      // Connections have `nodes` beside `edges`, and short lists are plain lists.
      // An entry of a difference and a version of a policy are worked out, and have no ID of their own.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false },
      ],
    },
  },
  {
    files: ['**/operations/*.graphql'],
    languageOptions,
    plugins,
    rules: configs['flat/operations-recommended'].rules,
  },
];
