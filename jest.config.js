import { availableParallelism } from 'node:os'

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/spec'],
  globalSetup: '<rootDir>/spec/support/global-setup.mjs',
  globalTeardown: '<rootDir>/spec/support/global-teardown.mjs',
  // Specs on servers wait more than they compute.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // Jest keeps what ES modules of earlier files left: with a gigabyte of that, specs that compute take six times as long.
  workerIdleMemoryLimit: '300MB',
  testTimeout: 20_000,
  // A spec that failed before it closed its connections must not hang the run.
  forceExit: true,
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/spec/adapters/', '/spec/types/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
}
