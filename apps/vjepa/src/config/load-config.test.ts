import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { filledInConfig } from './filled-in-config.js';
import { loadEvaluationConfig, loadFineTuningConfig, loadPretrainingConfig } from './load-config.js';
import { parseOverride } from './override.js';

const configs = fileURLToPath(new URL('../../../../configs', import.meta.url));
const folder = temporaryFolder('config');

function file(text: string): string {
  const path = join(folder, 'config.yaml');
  writeFileSync(path, text);
  return path;
}

/** Ten levels of ten aliases each. */
function billionLaughs(): string {
  const level = (i: number) =>
    `l${i}: &l${i} [${Array(10)
      .fill(`*l${i - 1}`)
      .join(', ')}]\n`;
  return `l0: &l0 [x]\n${Array.from({ length: 10 }, (_, i) => level(i + 1)).join('')}`;
}

const official = readFileSync(join(configs, 'pretrain/vitl16.yaml'), 'utf8');

describe('configs that come along', () => {
  it('are found by name from any folder, after the reader’s own', () => {
    const cwd = process.cwd();
    process.chdir(temporaryFolder('elsewhere'));
    try {
      const sizes = () => loadPretrainingConfig('configs/pretrain/smoke.yaml').config.data.batch_size;
      expect(sizes()).toBe(4);
      mkdirSync('configs/pretrain', { recursive: true });
      writeFileSync('configs/pretrain/smoke.yaml', official);
      expect(sizes()).toBe(24);
    } finally {
      process.chdir(cwd);
    }
    expect(() => loadPretrainingConfig('configs/pretrain/none.yaml')).toThrow(
      /none\.yaml: the config cannot be read: ENOENT.*configs\/pretrain\/smoke\.yaml and the paper's come with vjepa/,
    );
  });
});

describe('pretraining configs', () => {
  it.each(readdirSync(join(configs, 'pretrain')))('%s passes the schema', (name) => {
    const { config } = loadPretrainingConfig(join(configs, 'pretrain', name));
    expect(config.app).toBe('vjepa');
  });

  it('reads the values of the reference recipe for ViT-L/16', () => {
    const { config } = loadPretrainingConfig(join(configs, 'pretrain/vitl16.yaml'));
    expect(config.model.model_name).toBe('vit_large');
    expect(config.data.batch_size * config.nodes * config.tasks_per_node).toBe(3072);
    expect(config.optimization).toMatchObject({ epochs: 300, ipe: 300, ipe_scale: 1.25, warmup: 40, clip_grad: 10 });
    expect(config.optimization).toMatchObject({ start_lr: 2e-4, lr: 6.25e-4, final_lr: 1e-6, ema: [0.998, 1] });
    expect(config.mask.map((mask) => [mask.num_blocks, mask.spatial_scale?.[0]])).toEqual([
      [8, 0.15],
      [2, 0.7],
    ]);
  });

  it('fills in defaults and lets --set win', () => {
    const { config } = loadPretrainingConfig(file(official), [
      parseOverride('data.datasets=[a.csv, b.csv]'),
      parseOverride('optimization.lr=1e-4'),
      parseOverride('mask.1.num_blocks=3'),
      parseOverride('meta.read_checkpoint=null'),
    ]);
    expect(config.data.datasets).toEqual(['a.csv', 'b.csv']);
    expect(config.optimization.lr).toBe(1e-4);
    expect(config.mask[1]?.num_blocks).toBe(3);
    expect(config.checkpoints.keep).toBe(2);
  });

  it('has --set change the item it names and no other list or object', () => {
    const load = (...overrides: string[]) => loadPretrainingConfig(file(official), overrides.map(parseOverride));
    for (const key of ['__proto__.x', 'data.__proto__.x', 'mask.0.__proto__.x', '__proto__']) {
      expect(() => load(`${key}=1`)).toThrow(/__proto__: unknown key/);
    }
    expect(() => load('data={__proto__: {x: 1}}')).toThrow(/__proto__: unknown key/);
    for (const key of ['constructor.x', 'constructor.prototype.x', 'data.constructor.prototype.x', 'data.toString.x']) {
      expect(() => load(`${key}=1`)).toThrow(/(constructor|toString): unknown key/);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect('x' in {}).toBe(false);
    const problem = (found: string) =>
      new RegExp(`mask has the items 0 to 1, and 2 would be a new one; found ${found}$`);
    expect(() => load('mask.-1.num_blocks=3')).toThrow(problem('-1'));
    expect(() => load('mask.99999999.num_blocks=3')).toThrow(problem('99999999'));
    expect(() => load('mask.first.num_blocks=3')).toThrow(problem('first'));
    expect(() => load('mask.3={}')).toThrow(problem('3'));
    expect(() => load('mask.length=0')).toThrow(problem('length'));
    expect(() => load('mask.2.num_blocks=3')).toThrow(/mask\.2\.spatial_scale: is missing|mask\.2/);
  });

  it('has --set change one place of what the file shares between two', () => {
    const shared = official.replace(
      /^mask:[\s\S]*?(?=^\w)/m,
      'mask: [&m {num_blocks: 8, aspect_ratio: [0.75, 1.5], spatial_scale: [0.15, 0.15], temporal_scale: [1.0, 1.0], max_temporal_keep: 1.0}, *m]\n',
    );
    const { config } = loadPretrainingConfig(file(shared), [parseOverride('mask.0.num_blocks=3')]);
    expect(config.mask.map(({ num_blocks }) => num_blocks)).toEqual([3, 8]);
  });

  it.each([
    ['the key __proto__ by a merge', `${official}\nx: &x {__proto__: {y: 1}}\n<<: *x\n`, /__proto__: unknown key/],
    ['the key __proto__', `${official}\n__proto__: {x: 1}\n`, /config\.yaml: __proto__: unknown key/],
    ['itself', `${official}\nextra: &a [*a]\n`, /extra\.0\.0… nests deeper than 32 levels, or contains itself/],
    ['100,000 levels', `${official}\nextra: ${'['.repeat(100_000)}\n`, /config\.yaml: not YAML/],
    ['aliases that unfold without end', billionLaughs(), /config\.yaml: not YAML: Excessive alias count/],
    ['an eval_name of every object', 'eval_name: constructor\n', /eval_name says that this is no pretraining config$/],
  ])('refuses a file that holds %s', (_, text, message) => {
    expect(() => loadPretrainingConfig(file(text))).toThrow(message);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it.each(['../../x', '/tmp/x', '..\\\\x', '..', 'a/b'])('refuses write_tag %s: files stay in their folder', (tag) => {
    expect(() => loadPretrainingConfig(file(official), [parseOverride(`logging.write_tag="${tag}"`)])).toThrow(
      /logging\.write_tag: expected a plain file name .*, found "/,
    );
  });

  it('names the nearest known key for an unknown one', () => {
    expect(() => loadPretrainingConfig(file(official.replace('  batch_size:', '  batchsize:')))).toThrow(
      /config\.yaml: data\.batchsize: unknown key; did you mean data\.batch_size\?/,
    );
  });

  it('says where a key belongs that stands in the wrong section', () => {
    expect(() => loadPretrainingConfig(file(official), [parseOverride('meta.crop_size=224')])).toThrow(
      /meta\.crop_size: unknown key here; it belongs at data\.crop_size/,
    );
  });

  it.each([
    ['data.batch_size="24"', /data\.batch_size: expected a number, found "24" \(text\)/],
    ['data.batch_size=0', /data\.batch_size: expected a number >= 1, found 0/],
    ['data.batch_size=1e9', /data\.batch_size: expected a number <= 100000, found 1000000000/],
    ['data.num_workers=1e9', /data\.num_workers: expected a number <= 1024, found 1000000000/],
    ['data.mask_group_size=1e9', /data\.mask_group_size: expected a number <= 100000, found 1000000000/],
    ['mask.0.num_blocks=1e9', /mask\.0\.num_blocks: expected a number <= 100000, found 1000000000/],
    ['model.depth=1e9', /model\.depth: expected a number <= 100000, found 1000000000/],
    ['optimization.lr=.inf', /optimization\.lr: expected a number, found Infinity/],
    ['data.batch_size=1.5', /data\.batch_size: expected a whole number, found 1\.5/],
    [
      'model.model_name=vit_larg',
      /model\.model_name: expected one of vit_tiny, .*, found "vit_larg"; did you mean vit_large\?/,
    ],
    ['data.dataset_type=VideoDatset', /data\.dataset_type: expected VideoDataset, found "VideoDatset"/],
    ['meta.use_sdpa=yes', /meta\.use_sdpa: expected true or false, found "yes"/],
    ['optimization.ema=[0.9]', /optimization\.ema: expected a list of at least 2, found \[0\.9\]/],
    ['mask.0.spatial_scale=[0.9, 0.1]', /mask\.0\.spatial_scale: expected \[low, high\] with low <= high/],
    ['data.crop_size=100', /data\.crop_size: expected a multiple of data\.patch_size, 16, found 100/],
    ['data.mask_type=random_tube', /mask\.0\.ratio: is needed by data\.mask_type random_tube/],
    ['probe.every=10', /probe\.dataset: /],
    ['optimization.recompute=all', /optimization\.recompute: expected one of none, elementwise, block/],
    ['data=3', /data: expected a section of keys, found 3/],
  ])('refuses --set %s', (override, message) => {
    expect(() => loadPretrainingConfig(file(official), [parseOverride(override)])).toThrow(message);
  });

  it('reports every problem at once', () => {
    const broken = official.replace('crop_size: 224', 'crop_size: large').replace('seed: 234', 'sed: 234');
    expect(() => loadPretrainingConfig(file(broken))).toThrow(
      /data\.crop_size.*\n.*meta\.sed.*did you mean meta\.seed/,
    );
  });

  it('notes none of the keys that a run has filled in, unless they are given', () => {
    const { config } = loadPretrainingConfig(join(configs, 'pretrain/vitl16.yaml'));
    const kept = join(temporaryFolder('config'), 'config.yaml');
    writeFileSync(kept, filledInConfig(config));
    expect(loadPretrainingConfig(kept)).toEqual({ config, notes: [] });
    expect(loadPretrainingConfig(kept, [{ path: ['data', 'pin_mem'], value: false }]).notes).toEqual([
      expect.stringContaining('data.pin_mem has no effect'),
    ]);
  });

  it('notes keys that change nothing', () => {
    const { notes } = loadPretrainingConfig(join(configs, 'pretrain/vitl16.yaml'));
    expect(notes).toContainEqual(expect.stringContaining('meta.eval_freq has no effect'));
    expect(notes).toContainEqual(expect.stringContaining('describe 128 processes'));
  });

  it('names the line of a YAML error and a missing file', () => {
    expect(() => loadPretrainingConfig(file('app: vjepa\ndata: [1, 2\n'))).toThrow(/config\.yaml: not YAML: .*line/);
    expect(() => loadPretrainingConfig(file('app: vjepa\napp: vjepa\n'))).toThrow(/Map keys must be unique.*line 2/);
    expect(() => loadPretrainingConfig(join(folder, 'none.yaml'))).toThrow(/none\.yaml: the config cannot be read/);
  });

  it('reads UTF-16, as Windows PowerShell writes it', () => {
    const path = join(folder, 'utf-16.yaml');
    writeFileSync(path, Buffer.from(`\ufeff${official.replaceAll('\n', '\r\n')}`, 'utf16le'));
    expect(loadPretrainingConfig(path).config).toEqual(loadPretrainingConfig(file(official)).config);
  });

  it('tells several documents, and numbers without an end, as what they are', () => {
    expect(() => loadPretrainingConfig(file(`${official}---\napp: vjepa\n`))).toThrow(/several documents \(---\)/);
    const endless = official.replace(/^( +lr:) .*$/m, '$1 .inf');
    expect(() => loadPretrainingConfig(file(endless))).toThrow(/optimization\.lr: expected a number, found Infinity/);
  });

  it('merges what a YAML merge key names, under the keys written beside it', () => {
    const merged = official.replace('data:\n', 'data: &data\n').replace('meta:\n', 'meta: &meta\n');
    const text = `${merged}probe:\n  <<: {every: 7, videos: 8}\n  dataset: labels.csv\n  every: 9\n`;
    const { config } = loadPretrainingConfig(file(text));
    expect(config.probe).toMatchObject({ dataset: 'labels.csv', every: 9, videos: 8 });
  });

  it('names the command that runs a config of another', () => {
    const [evaluation, tuning] = ['evaluation/vitl16_in1k.yaml', 'finetune/vitl16_ssv2_16x2x3.yaml'];
    expect(() => loadPretrainingConfig(join(configs, evaluation))).toThrow(/run it with vjepa evaluate/);
    expect(() => loadPretrainingConfig(join(configs, tuning))).toThrow(/run it with vjepa finetune/);
    expect(() => loadEvaluationConfig(join(configs, tuning))).toThrow(/run it with vjepa finetune/);
    expect(() => loadFineTuningConfig(join(configs, evaluation))).toThrow(/run it with vjepa evaluate/);
    for (const load of [loadEvaluationConfig, loadFineTuningConfig]) {
      expect(() => load(join(configs, 'pretrain/smoke.yaml'))).toThrow(/run it with vjepa pretrain/);
    }
  });
});

describe('evaluation configs', () => {
  const names = readdirSync(join(configs, 'evaluation')).filter((name) => !name.startsWith('vjepa2'));

  it('are the fifteen of the reference', () => {
    expect(names).toHaveLength(15);
  });

  it.each(names)('%s passes the schema', (name) => {
    const { config } = loadEvaluationConfig(join(configs, 'evaluation', name));
    expect(config.pretrain.model_name).toBe(name.startsWith('vitl') ? 'vit_large' : 'vit_huge');
    const resolution = config.optimization.resolution ?? ('resolution' in config.data ? config.data.resolution : 0);
    expect(resolution).toBe(name.includes('384') ? 384 : 224);
    expect(config.nodes * config.tasks_per_node * config.optimization.batch_size).toBe(
      config.eval_name === 'video_classification_frozen' ? 256 : 1024,
    );
  });
});

describe('names of data sets', () => {
  const load = (name: string, override: string) =>
    loadEvaluationConfig(join(configs, 'evaluation', name), [parseOverride(override)]).config;

  it('are refused with the nearest known one when they are misspelt', () => {
    const video = 'vitl16_k400_16x8x3.yaml';
    expect(() => load(video, 'data.dataset_type=kinetics400')).toThrow(
      /data\.dataset_type: expected one of VideoDataset, kinetics-400, .*; did you mean kinetics-400\?/,
    );
    expect(() => load(video, 'data.dataset_type=imagenet-1k')).toThrow(/expected one of VideoDataset/);
    expect(() => load('vitl16_in1k.yaml', 'data.dataset_name=ImagNet')).toThrow(
      /data\.dataset_name: expected ImageNet, Places205, iNat21, or .*; did you mean ImageNet\?, found "ImagNet"/,
    );
  });

  it('are known in any case, and class folders may have names of their own', () => {
    expect(load('vitl16_k400_16x8x3.yaml', 'data.dataset_type=videodataset').data).toMatchObject({
      dataset_type: 'VideoDataset',
    });
    for (const name of ['imagenet', 'ImageNet100', 'Colours']) {
      expect(load('vitl16_in1k.yaml', `data.dataset_name=${name}`).data).toMatchObject({ dataset_name: name });
    }
  });
});

describe('--set', () => {
  it('refuses text without a key, without a value, and a value that is not YAML', () => {
    expect(() => parseOverride('lr')).toThrow(/expected section\.key=value/);
    expect(() => parseOverride('=3')).toThrow(/expected section\.key=value/);
    expect(() => parseOverride('a.b=[1')).toThrow(/the value is not YAML/);
  });
});
