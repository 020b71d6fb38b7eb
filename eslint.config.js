// The lint rules: typed rules that catch real faults, and the package boundaries of CONTRIBUTING.md.
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  {
    ignores: ['dist/', 'coverage/', 'node_modules/', '**/*.js', 'src/api/registry-credential.ts', 'src/api/schemas.ts'],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/dot-notation': 'off', // noPropertyAccessFromIndexSignature asks for the brackets
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'A named export can be found by its name.' },
        { selector: 'TSEnumDeclaration', message: 'Node strips types; an enum is code. Use a union of strings.' },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Calls out go through lib/http.ts (deadline, size cap, no redirects).' },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'e2e/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off', // a wrong assumption fails the test, as it should
      'no-restricted-globals': 'off',
    },
  },
);
