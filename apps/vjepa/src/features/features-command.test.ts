import '@vjepa/test-kit/all-close';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { openSafetensors, readSafetensors } from '@vjepa/checkpoints';
import { featureExtractor } from '@vjepa/evaluation';
import { findTensorFlow } from '@vjepa/tensorflow';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { evaluationTransform, imageEvaluationTransform, openVideo, readImage, runFfmpeg } from '@vjepa/video';
import { encoderConfig } from '@vjepa/vit';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { featuresFromCommandLine } from '../commands/features-from-command-line.js';
import { openEngine } from '../engine/engine.js';
import { runVjepa, SMALL_MODEL } from '../run-vjepa.fixture.js';
import { losslessVideo } from './lossless-video.fixture.js';
import { writeTwoVideos } from './two-videos.fixture.js';

const folder = temporaryFolder('features');
const checkpoint = fixture('probe-small/encoder.pth.tar');
const encoder = encoderConfig('vit_tiny', { imageSize: 48, numFrames: 4, embedDim: 48, depth: 2, numHeads: 3 });

function features(input: string, output: string, ...more: string[]) {
  return runVjepa(
    'features',
    '--checkpoint',
    checkpoint,
    ...SMALL_MODEL,
    '--input',
    input,
    '--output',
    output,
    ...more,
  );
}

/** What the encoder makes of pixels, called directly. */
async function encoded(pixels: Uint8Array, frames: number): Promise<Float32Array> {
  const engine = await openEngine({ backend: 'wasm' });
  const { parameters } = await loadEncoder(checkpoint, encoder);
  const extractor = featureExtractor({ engine, encoder, parameters, frames, batchSize: 2 });
  const values = await extractor.extract(pixels, 1);
  extractor.dispose();
  return values;
}

beforeAll(() => writeTwoVideos(folder));

describe('vjepa features', () => {
  it('are those of the centre clip', async () => {
    const output = join(folder, 'one.safetensors');
    const { code, stdout, stderr } = await features(join(folder, 'a.mp4'), output, '--backend', 'wasm');
    expect(code, stdout).toBe(0);
    expect(stderr).toMatch(/^decoder +\w+: decoder "\w+" was (chosen|asked for)/m);
    expect(stdout).toContain('features [18, 48] of 1 video');
    const { features: stored } = await readSafetensors(output);
    expect(stored!.shape).toEqual([18, 48]);

    // 4 frames of step 4 span 16 of the 30 frames, from frame (30 - 16) / 2 = 7 on: 16 / 3 apart, the end included.
    const video = await openVideo(join(folder, 'a.mp4'));
    const pixels = evaluationTransform(
      await video.decode([7, 12, 17, 22]),
      { size: 48 },
      new Uint8Array(4 * 48 * 48 * 3),
    );
    await video.close();
    expect(stored!.data).toEqual(await encoded(pixels, 4));
  });

  it('of a folder are stacked in the order of its files', async () => {
    const [one, all] = [join(folder, 'b.safetensors'), join(folder, 'all.safetensors')];
    await features(join(folder, 'b.mp4'), one, '--backend', 'wasm');
    expect((await features(folder, all, '--backend', 'wasm')).stdout).toContain('[2, 18, 48] of 2 videos');
    const stacked = (await readSafetensors(all)).features!;
    expect((stacked.data as Float32Array).slice(18 * 48)).toEqual((await readSafetensors(one)).features!.data);
    const pooled = join(folder, 'pooled.safetensors');
    await features(folder, pooled, '--backend', 'wasm', '--pool', 'mean', '--clips', '2', '--views', '3');
    expect((await readSafetensors(pooled)).features!.shape).toEqual([2, 2, 3, 48]);
  });

  it('of a picture are those of a still clip', async () => {
    const path = join(folder, 'images', 'picture.png');
    const data = Uint8Array.from({ length: 90 * 60 * 3 }, (_, i) => (i * 13) % 251);
    mkdirSync(join(folder, 'images'));
    await sharp(data, { raw: { width: 90, height: 60, channels: 3 } })
      .png()
      .toFile(path);
    const output = join(folder, 'picture.safetensors');
    expect((await features(path, output, '--backend', 'wasm')).stdout).toContain('features [18, 48] of 1 image');
    const still = imageEvaluationTransform(await readImage(path), { size: 48 }, new Uint8Array(48 * 48 * 3));
    const clip = new Uint8Array(4 * still.length);
    for (let t = 0; t < 4; t++) clip.set(still, t * still.length);
    const { features: stored } = await readSafetensors(output);
    const expected = await encoded(clip, 4);
    expect(stored!.data as Float32Array).toBeAllClose(expected, { atol: 5e-6 });
  });

  it('name what cannot be read', async () => {
    const broken = join(folder, 'broken.avi');
    writeFileSync(broken, 'not a video at all');
    const output = join(folder, 'none.safetensors');
    expect(await features(broken, output, '--backend', 'wasm')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('broken.avi'),
    });
    expect(await features(join(folder, 'none'), output)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/none: does not exist, neither as a file nor as a folder/),
    });
  });

  it('in a .npy file are those of a safetensors file, with the files beside it', async () => {
    const [npy, tensors] = [join(folder, 'some.npy'), join(folder, 'some.safetensors')];
    const { code, stdout, stderr } = await features(folder, npy, '--backend', 'wasm', '--no-recursive');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('some.npy: features [2, 18, 48] of 2 videos; 1 file left out; their files in');
    await features(folder, tensors, '--backend', 'wasm', '--no-recursive');
    const bytes = readFileSync(npy);
    expect(bytes.subarray(0, 8)).toEqual(Buffer.from('\x93NUMPY\x01\x00', 'latin1'));
    const start = 10 + bytes.readUInt16LE(8);
    expect(start % 64).toBe(0);
    const header = bytes.toString('latin1', 10, start);
    expect(header).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 18, 48\), \} *\n$/);
    const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
    expect(values).toEqual((await readSafetensors(tensors)).features!.data);
    const list = JSON.parse(readFileSync(`${npy}.json`, 'utf8'));
    const file = await openSafetensors(tensors);
    expect(list).toMatchObject({ shape: [2, 18, 48], files: ['a.mp4', 'b.mp4'], frame_indices: [[7, 12, 17, 22], {}] });
    expect(list.left_out).toEqual([{ file: 'broken.avi', reason: expect.stringContaining('broken.avi') }]);
    expect(JSON.parse(file.metadata.files!)).toEqual(list.files);
    expect(JSON.parse(file.metadata.left_out!)).toEqual(list.left_out);
    await file.close();
  });
});

const engines = ['wasm', ...((await findTensorFlow()) === undefined ? [] : ['tensorflow'])];

describe.each(engines)('vjepa features on %s', (backend) => {
  const place = join(folder, 'prefix');
  /** The features of films, float32. */
  const written = async (films: string[], name: string, ...more: string[]) => {
    const output = join(folder, `${name}.${backend}.safetensors`);
    const inputs = films.flatMap((film) => ['--input', join(place, film)]);
    const { code, stderr } = await features(
      join(place, films[0]!),
      output,
      ...inputs.slice(2),
      '--backend',
      backend,
      ...more,
    );
    expect(code, stderr).toBe(0);
    const { metadata, close } = await openSafetensors(output);
    await close();
    const { shape, data } = (await readSafetensors(output)).features!;
    return { shape, data: data as Float32Array, metadata };
  };

  beforeAll(async () => {
    mkdirSync(place, { recursive: true });
    const frame = 60 * 60 * 3;
    // The clip is frames 7, 12, 17 and 22 in two steps: the second film is another one from frame 15 on.
    const data = Uint8Array.from({ length: 30 * frame }, (_, i) => (i * 7 + Math.floor(i / frame) * 31) % 256);
    const other = data.map((value, i) => (i < 15 * frame ? value : 255 - value));
    for (const [name, pixels] of Object.entries({ one: data, other })) {
      await losslessVideo({ data: pixels, frames: 30, height: 60, width: 60 }, join(place, `${name}.mkv`));
    }
  });

  it.each([
    ['none', [2, 18, 48], 9 * 48],
    ['frames', [2, 2, 48], 48],
  ])('--prefix lets no token see the future, pooled: %s', async (pool, shape, step) => {
    const films = ['one.mkv', 'other.mkv'];
    const prefixes = await written(films, `prefix-${pool}`, '--pool', pool, '--prefix');
    expect(prefixes.shape).toEqual(shape);
    expect(prefixes.metadata).toMatchObject({ pool, prefix: 'true', grid: '[2,3,3]', layers: '[2]' });
    const steps = ({ data }: { data: Float32Array }) => [0, 1, 2, 3].map((i) => data.slice(i * step, (i + 1) * step));
    const [first, second, otherFirst, otherSecond] = steps(prefixes);
    expect(otherFirst).toEqual(first);
    expect(otherSecond).not.toEqual(second);
    const [whole, wholeSecond, otherWhole] = steps(await written(films, `whole-${pool}`, '--pool', pool));
    expect(otherWhole).not.toEqual(whole);
    expect(second).toBeAllClose(wholeSecond!, { atol: 1e-5 });
  });

  it('--layers puts blocks side by side, --pool averages them as they are', async () => {
    const [both, last] = [await written(['one.mkv'], 'both', '--layers', '1,2'), await written(['one.mkv'], 'last')];
    expect(both).toMatchObject({ shape: [18, 96], metadata: { layers: '[1,2]' } });
    expect(both.data.slice(48, 96)).toEqual(last.data.slice(0, 48));
    const pooled = await written(['one.mkv'], 'pooled', '--layers', '1,2', '--pool', 'frames', '--clips', '2');
    expect(pooled.shape).toEqual([2, 1, 2, 96]);
    const refused = await features(join(place, 'one.mkv'), join(folder, 'no.npy'), '--layers', '3');
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--layers: expected a list of the encoder's blocks, 1 to 2, found [3]"),
    });
  });

  it('--resolution takes a height and a width', async () => {
    const wide = await written(['one.mkv'], 'wide', '--resolution', '32x64');
    expect(wide).toMatchObject({ shape: [16, 48], metadata: { grid: '[2,2,4]' } });
    const square = await written(['one.mkv'], 'square', '--resolution', '48x48');
    expect(square.data).toEqual((await written(['one.mkv'], 'side')).data);
  });
});

describe('vjepa features of data as people have it', () => {
  const place = join(folder, 'as-it-is');

  beforeAll(async () => {
    for (const name of ['cat', 'dog/sub']) mkdirSync(join(place, name), { recursive: true });
    copyFileSync(join(folder, 'a.mp4'), join(place, 'cat', 'one.mp4'));
    writeFileSync(join(place, 'cat', '._one.mp4'), 'what macOS leaves on other disks');
    writeFileSync(join(place, 'cat', 'broken.mp4'), 'not a video');
    symlinkSync(join(folder, 'b.mp4'), join(place, 'dog', 'linked.mp4'));
    symlinkSync(place, join(place, 'dog', 'sub', 'round'));
    symlinkSync(join(place, 'nowhere.mp4'), join(place, 'dog', 'sub', 'dangling.mpg'));
    for (const ending of ['mpg', 'wmv'])
      await remade(join(folder, 'a.mp4'), join(place, 'dog', 'sub', `two.${ending}`));
  });

  /** A video in another container. */
  const remade = (source: string, output: string) =>
    runFfmpeg(
      ['-i', 'in.mp4', '-vcodec', output.endsWith('mpg') ? 'mpeg1video' : 'wmv2', '-r', '25', `out${extname(output)}`],
      {
        inputs: { 'in.mp4': source },
        outputs: { [`out${extname(output)}`]: output },
      },
    );

  it('follow links, see every container, pass over what is no video, and list and leave out bad files', async () => {
    const output = join(folder, 'place.safetensors');
    const { code, stdout, stderr } = await features(place, output, '--backend', 'wasm', '--json');
    expect(code, stderr).toBe(0);
    const { files, left_out: leftOut, shape } = JSON.parse(stdout);
    expect(files).toEqual(['cat/one.mp4', 'dog/linked.mp4', 'dog/sub/two.mpg', 'dog/sub/two.wmv']);
    expect(leftOut.map(({ file }: { file: string }) => file)).toEqual(['cat/broken.mp4', 'dog/sub/dangling.mpg']);
    expect(shape).toEqual([4, 18, 48]);
    // Class folders are labels, in the order of their names.
    const { labels } = await readSafetensors(output);
    expect(labels).toEqual({ shape: [4], data: new Int32Array([0, 1, 1, 1]) });
    const { metadata, close } = await openSafetensors(output);
    await close();
    expect(metadata.class_names).toBe('["cat","dog"]');
    const words = await features(place, output, '--backend', 'wasm');
    expect(words.stderr).toMatch(/^left out: .*broken\.mp4/m);
    expect(words.stdout).toContain('of 4 videos; 2 files left out');
  });

  it('of a list keep its labels and its order', async () => {
    const list = join(folder, 'list.csv');
    writeFileSync(list, 'b.mp4 7\nabsent.mp4 3\na.mp4 2\nb.mp4 7\n');
    const output = join(folder, 'list.npy');
    const { code, stderr } = await features(list, output, '--backend', 'wasm', '--pool', 'mean');
    expect(code, stderr).toBe(0);
    const { files, labels, left_out: leftOut, shape } = JSON.parse(readFileSync(`${output}.json`, 'utf8'));
    expect({ files, labels, shape }).toEqual({
      files: ['b.mp4', 'a.mp4', 'b.mp4'],
      labels: [7, 2, 7],
      shape: [3, 48],
    });
    expect(leftOut).toMatchObject([{ file: 'absent.mp4' }]);
  });

  it('of several inputs are in their order; of a folder of pictures and videos those asked for', async () => {
    const both = join(folder, 'both');
    mkdirSync(both);
    copyFileSync(join(folder, 'a.mp4'), join(both, 'film.mp4'));
    await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
      .png()
      .toFile(join(both, 'a.png'));
    const output = join(folder, 'both.safetensors');
    const unsaid = await features(both, output, '--backend', 'wasm');
    expect(unsaid).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/1 videos and 1 pictures; choose with --kind/),
    });
    const pictures = await features(both, output, '--backend', 'wasm', '--kind', 'image', '--json');
    expect(JSON.parse(pictures.stdout).files).toEqual(['a.png']);
    const several = await features(
      join(folder, 'b.mp4'),
      output,
      '--input',
      join(folder, '[ab].mp4'),
      '--json',
      '--backend',
      'wasm',
    );
    expect(JSON.parse(several.stdout)).toMatchObject({ shape: [3, 18, 48] });
  });

  it('of a film that cannot be reached are not given up: the same command tries again', async () => {
    const film = readFileSync(join(folder, 'a.mp4'));
    let up = false;
    const server = createServer((request, response) => {
      if (!up) response.writeHead(503).end();
      else {
        const [, from, to] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? 'bytes=0-')!;
        const last = Math.min(film.length - 1, to === '' ? film.length - 1 : Number(to));
        const range = `bytes ${from}-${last}/${film.length}`;
        response.writeHead(206, { 'content-range': range, 'content-length': last - Number(from) + 1 });
        response.end(film.subarray(Number(from), last + 1));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/film.mp4`;
    const output = join(folder, 'reached.npy');
    const extract = () =>
      featuresFromCommandLine({
        ...{ checkpoint, model: 'vit_tiny', embedDim: 48, depth: 2, numHeads: 3, resolution: 48, frames: 4 },
        ...{ input: [join(folder, 'a.mp4'), address], output, recursive: true, clips: 1, views: 1, pool: 'none' },
        ...{ backend: 'wasm', decoder: 'wasm', precision: 'float32', workers: 1, patienceMs: 100 },
      });
    const rows = () => JSON.parse(readFileSync(`${output}.json`, 'utf8'));
    await expect(extract()).rejects.toThrow(
      /1 of 2 files could not be reached .* the same command takes the others from/,
    );
    expect(rows()).toMatchObject({ shape: [1, 18, 48], left_out: [{ file: address }] });
    up = true;
    await extract();
    server.close();
    expect(rows()).toMatchObject({ shape: [2, 18, 48], left_out: [] });
    expect(readdirSync(folder).filter((name) => name.startsWith('reached.npy.'))).toEqual(['reached.npy.json']);
  }, 120_000);

  it.each([
    ['--frames', '5', '--frames 5: expected a multiple of 2, the frames of a tubelet'],
    ['--resolution', '50', '--resolution 50: expected a multiple of 16, the pixels of a patch'],
    ['--resolution', '48x50', '--resolution 50: expected a multiple of 16, the pixels of a patch'],
    ['--resolution', '48x', 'expected a whole number from 1 to 100000'],
    ['--resolution', '48x48x2', 'expected a number of pixels, or two: HEIGHTxWIDTH'],
    ['--layers', '1;2', 'expected a whole number >= 1'],
    ['--clips', '1000000', 'expected a whole number from 1 to 100000'],
  ])('are of all that is decoded: %s %s is refused', async (option, value, problem) => {
    const output = join(folder, 'refused.npy');
    const { code, stderr } = await features(join(folder, 'a.mp4'), output, option, value);
    expect([code, stderr]).toEqual([1, expect.stringContaining(problem)]);
    expect(readdirSync(folder).filter((entry) => entry.startsWith('refused'))).toEqual([]);
  });

  it('fail where nothing can be read', async () => {
    const none = await features(join(place, 'cat', 'broken.mp4'), join(folder, 'no.npy'), '--backend', 'wasm');
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('broken.mp4') });
    expect(readdirSync(folder).filter((name) => name.startsWith('no.npy'))).toEqual([]);
  });
});
