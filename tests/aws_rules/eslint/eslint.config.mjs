import appsync from '@aws-appsync/eslint-plugin';
import parser from '@typescript-eslint/parser';

export default [
  {
    files: ['**/*.js'],
    ...appsync.configs.recommended,
    languageOptions: { parser, parserOptions: { project: './tsconfig.json' } },
  },
];
