import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

export interface TemporaryFolder {
  path(name?: string): string;
  /** Writes files; an array stands for its lines, anything else that is not text for JSON. */
  write(files: Record<string, unknown>): Promise<void>;
}

/** An empty folder per test, removed afterwards. */
export function temporaryFolder(): TemporaryFolder {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'benchmarks-'));
  });
  afterEach(() => rm(root, { recursive: true }));
  return {
    path: (name = '') => join(root, name),
    async write(files) {
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(root, name)), { recursive: true });
        await writeFile(join(root, name), toText(content));
      }
    },
  };
}

function toText(content: unknown): string | Uint8Array {
  if (typeof content === 'string' || content instanceof Uint8Array) return content;
  const lines = Array.isArray(content) && content.every((line) => typeof line === 'string');
  return lines ? `${content.join('\n')}\n` : JSON.stringify(content);
}
