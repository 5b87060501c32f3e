import { defineConfig } from 'vitest/config';

// Tests sit beside sources and run on source: packages resolve each other through the `@vjepa/source` condition.
const conditions = ['@vjepa/source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { projects: ['packages/*', 'apps/*'] },
});
