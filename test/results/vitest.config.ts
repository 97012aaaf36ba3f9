import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['test/results/*.run.ts'], environment: 'node' } });
