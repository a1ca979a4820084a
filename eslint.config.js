import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['dist/', '*.config.js', '*.cjs'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: ['./tsconfig.check.json', './web/tsconfig.json', './test/web/tsconfig.json'] },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-console': 'error',
      complexity: ['warn', 10],
      'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['warn', { max: 50, skipBlankLines: true, skipComments: true }],
      'max-params': ['warn', 4],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that defines the name.' },
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
        { selector: 'TSEnumDeclaration', message: 'Use a const tuple and a union type.' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read configuration in config.ts only.' },
        { object: 'Date', property: 'now', message: 'Take a Clock.' },
      ],
    },
  },
  {
    files: ['src/config/config.ts', 'src/node/system-clock.ts', 'bench/**', 'scripts/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['web/**'],
    ignores: ['web/locale.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['Intl', 'navigator'].map((name) => ({
          name,
          message: 'A browser may name a language that Intl refuses: see web/locale.ts.',
        })),
      ],
      'no-restricted-properties': [
        'error',
        ...['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString', 'localeCompare'].map((property) => ({
          property,
          message: 'The page has one locale: see web/locale.ts.',
        })),
        { object: 'Date', property: 'now', message: 'Take a Clock.' },
      ],
    },
  },
  // Markup is long and asks of every part whether it is there.
  { files: ['web/**/*.tsx'], rules: { complexity: ['warn', 15], 'max-lines-per-function': ['warn', 90] } },
  { files: ['test/**'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': 'off', 'no-restricted-properties': 'off' } },
  { files: ['bench/**'], rules: { complexity: 'off' } },
  {
    // Panels are data, and long. Classic dashboards are what Grafana 10 to 13 load; the SDK would rather have v2.
    files: ['grafana/src/**'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': 'off', '@typescript-eslint/no-deprecated': 'off' },
  },
  { files: ['test/**'], rules: { 'max-lines-per-function': 'off', 'max-lines': 'off' } },
);
