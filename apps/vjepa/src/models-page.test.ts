import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as checkpoints from '@vjepa/checkpoints';
import { openEngine } from '@vjepa/engine';
import * as evaluation from '@vjepa/evaluation';
import { checkFixture } from '@vjepa/parity';
import { fixture, readFixtureJson, readFixtureTensors } from '@vjepa/test-kit/fixtures';
import {
  clipEncoderConfig,
  countParameters,
  type Vjepa2EncoderConfig,
  vjepa2EncoderParameterShapes,
  vjepa2PredictorConfig,
  vjepa2PredictorParameterShapes,
  vjepa21PredictorConfig,
} from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { namedCommand } from './named-command.fixture.js';

const PAGE = fileURLToPath(new URL('../../../docs/models.md', import.meta.url));
const text = readFileSync(PAGE, 'utf8');
/** What stands between backticks. */
const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!);
const rows = text.split('\n').filter((line) => line.startsWith('|'));

describe('docs/models.md', () => {
  it('names commands and flags that there are', () => {
    const named = spans.filter((span) => span.startsWith('vjepa '));
    expect(named.length).toBeGreaterThan(5);
    for (const span of named) {
      const { command, unknownFlags } = namedCommand(span);
      expect(command?.commands, span).toEqual([]);
      expect(unknownFlags, span).toEqual([]);
    }
  });

  it('names functions that are exported', () => {
    const [, table] = /\| from TypeScript \|\n([\s\S]*?)\n\n/.exec(text)!;
    const names = table!
      .split('\n')
      .slice(1)
      .flatMap((row) => row.split('|').at(-2)!.match(/\w+/g)!);
    expect(names.length).toBeGreaterThan(5);
    const exported = { ...checkpoints, ...evaluation };
    expect(names.filter((name) => !(name in exported))).toEqual([]);
  });

  it('names kinds of fixtures that parity compares, and tensors that they hold', async () => {
    const kinds = [...new Set(spans.filter((span) => /^(hf-vjepa2|vjepa21?-[a-z-]+)$/.test(span)))];
    expect(kinds.length).toBeGreaterThan(7);
    const engine = await openEngine({ backend: 'wasm' });
    const noteOf = async (kind: string) => {
      const { comparisons } = await checkFixture(
        { name: kind, kind, folder: 'nowhere', manifest: { kind } },
        { engine },
      );
      return comparisons[0]?.note;
    };
    expect(await noteOf('vjepa3')).toMatch(/is unknown/);
    // Those that are known fail, as there is nothing there to compare.
    for (const kind of [...kinds, 'pretrain', 'probe', 'position-embedding']) {
      expect(await noteOf(kind), kind).not.toMatch(/is unknown/);
    }
    let found = 0;
    for (const row of rows) {
      for (const [, kind, list] of row.matchAll(/`((?:hf-)?vjepa21?(?:-checkpoint)?)`: ((?:`[\w.]+`(?:, )?)+)/g)) {
        const tensors = readFixtureTensors(`${kind}/tensors.safetensors`);
        for (const name of list!.match(/[\w.]+/g)!) {
          const isThere = Object.keys(tensors).some((known) => known === name || known.endsWith(`.${name}`));
          expect(isThere, `${kind}: ${name}`).toBe(true);
          found++;
        }
      }
    }
    expect(found).toBeGreaterThan(8);
  });

  it('leads to files that there are', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(3);
    const configs = spans.flatMap((span) => span.match(/configs\/\S+/g) ?? []).map((config) => `../${config}`);
    expect([...links, ...configs].filter((link) => !existsSync(join(dirname(PAGE), link)))).toEqual([]);
  });

  it('counts the parameters of the models it names', () => {
    const named = rows.flatMap((row) => {
      const [, name, encoder, predictor] = /`(vjepa2_(?:1_)?vit_\w+)` \| ([\d,]+)(?: and ([\d,]+))?/.exec(row) ?? [];
      return name === undefined ? [] : [{ name, encoder, predictor, row }];
    });
    expect(named).toHaveLength(9);
    for (const { name, encoder, predictor, row } of named) {
      const config = clipEncoderConfig(name) as Vjepa2EncoderConfig;
      const count = (shapes: Parameters<typeof countParameters>[0]) => countParameters(shapes).toLocaleString('en');
      expect(encoder, name).toBe(count(vjepa2EncoderParameterShapes(config)));
      if (predictor === undefined) continue;
      const teacher = row.includes('distilled') ? { teacherDim: 1664 } : {};
      const shapes = config.version === '2' ? vjepa2PredictorConfig(config) : vjepa21PredictorConfig(config, teacher);
      expect(predictor, name).toBe(count(vjepa2PredictorParameterShapes(shapes)));
    }
  });

  it('gives the figures of the recordings', () => {
    const { deviations } = readFixtureJson('hf-vjepa2/manifest.json');
    const percent = (key: string) => (100 * deviations[key]).toPrecision(2);
    const off = (what: string) => rows.find((row) => row.startsWith(`| ${what}`))!.split('|')[4]!;
    expect(off('heads of a probe')).toContain(`${percent('hf logits - meta probe, 4 heads, eps 1e-5 (as trained)')} %`);
    expect(off('layers that a Diving48')).toContain(`${percent('probe on 3 layers - hf logits')} %`);
    expect(off('what the context')).toContain(`${percent('hf predictor - meta as trained (context encoded alone)')} %`);
    expect(off('clips that are not')).toContain(`${percent('hf encoder - meta encoder, non-square')} %`);
    expect(off('epsilon')).toContain(`${(100 * deviations['hf logits - meta probe, 2 heads, eps 1e-5']).toFixed(4)} %`);
    const tensors = readFixtureTensors<Float32Array>('vjepa21-checkpoint/tensors.safetensors');
    const stretched = (modality: string) => {
      const [hub, trained] = ['prediction', 'prediction_interpolated'].map(
        (name) => tensors[`${modality}.${name}`]!.data,
      );
      const largest = Math.max(...trained!.map(Math.abs));
      return (100 * Math.max(...trained!.map((value, i) => Math.abs(value - hub![i]!)))) / largest;
    };
    expect(off('positions of 2.1')).toContain(`${stretched('video').toFixed(1)} % of predictions of videos`);
    expect(off('positions of 2.1')).toContain(`${stretched('image').toFixed(0)} % of pictures`);
    expect(existsSync(fixture('vjepa2-probe-multilevel'))).toBe(true);
  });
});
