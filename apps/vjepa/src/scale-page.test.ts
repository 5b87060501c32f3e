import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { namedCommand } from './named-command.fixture.js';
import { scalePage } from './scale-page.fixture.js';

const PAGE = fileURLToPath(new URL('../../../docs/scale.md', import.meta.url));

describe('docs/scale.md', () => {
  const text = readFileSync(PAGE, 'utf8');

  it('names commands and flags that there are', () => {
    const commands = text.match(/vjepa plan [^\n`]+/g) ?? [];
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) expect(namedCommand(command).unknownFlags, command).toEqual([]);
  });

  // VJEPA_WRITE_SCALE_PAGE=1 writes the tables anew.
  it('has the tables that its commands compute', { timeout: 120_000 }, async () => {
    expect(text.match(/<!-- computed -->/g)).toHaveLength(6);
    const page = await scalePage(text);
    if (process.env.VJEPA_WRITE_SCALE_PAGE === '1') writeFileSync(PAGE, page);
    else expect(page).toBe(text);
  });
});
