import type { CodegenConfig } from '@graphql-codegen/cli';

// Every document in the sources gets the types of its result and variables.
const config: CodegenConfig = {
  schema: '../schema.graphql',
  documents: ['src/**/*.{ts,tsx}', '!src/gql/**'],
  ignoreNoDocuments: true,
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        enumsAsTypes: true,
        onlyOperationTypes: false,
        strictScalars: true,
        useTypeImports: true,
        scalars: {
          BigInt: 'string',
          DateTime: 'string',
          JSON: 'unknown',
          LocalDate: 'string',
          LocalTime: 'string',
          Secret: 'string',
          TimeZone: 'string',
          UUID: 'string',
        },
      },
    },
  },
};

export default config;
