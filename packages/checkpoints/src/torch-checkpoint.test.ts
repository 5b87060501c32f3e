import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CheckpointError } from './checkpoint-error.js';
import type { CheckpointDict, CheckpointValue } from './checkpoint-value.js';
import { readSafetensors } from './safetensors-file.js';
import type { StoredTensor } from './stored-tensor.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { openTorchCheckpoint } from './torch-checkpoint.js';
import { torchFile } from './torch-file.fixture.js';
import { Tuple } from './tuple.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));
const own = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const tensorAt = (root: CheckpointValue, ...keys: (string | number)[]) =>
  keys.reduce((value, key) => (value as CheckpointDict).get(key)!, root) as StoredTensor;

async function opened<T>(path: string, use: (root: CheckpointValue) => Promise<T> | T): Promise<T> {
  const { root, close } = await openTorchCheckpoint(path);
  try {
    return await use(root);
  } finally {
    await close();
  }
}

describe("the reference's files", () => {
  test('a pretraining checkpoint: every entry of its tree', async () => {
    await opened(fixture('pretrain-small/initial.pth.tar'), async (root) => {
      const dict = root as CheckpointDict;
      expect([...dict.keys()]).toEqual(
        'encoder predictor target_encoder opt scaler epoch loss batch_size world_size lr'.split(' '),
      );
      expect(['scaler', 'epoch', 'loss', 'batch_size', 'world_size', 'lr'].map((key) => dict.get(key))).toEqual([
        null,
        0,
        0,
        2,
        1,
        0.0006,
      ]);
      // 5 + 12 entries per block; the predictor has 9 + 12 with its two mask tokens.
      expect((dict.get('encoder') as CheckpointDict).size).toBe(29);
      expect((dict.get('predictor') as CheckpointDict).size).toBe(33);
      expect(tensorAt(root, 'encoder', 'module.backbone.blocks.0.attn.qkv.weight').shape).toEqual([144, 48]);
      const [group] = tensorAt(root, 'opt', 'param_groups') as unknown as CheckpointDict[];
      expect(group!.get('betas')).toEqual(Tuple.of(0.9, 0.999));
    });
  });

  test('frozen tables equal those that training ended with, and everything else was trained', async () => {
    const final = await readSafetensors(fixture('pretrain-small/tensors.safetensors'));
    await opened(fixture('pretrain-small/initial.pth.tar'), async (root) => {
      for (const model of ['encoder', 'predictor']) {
        for (const [name, tensor] of tensorAt(root, model) as unknown as Map<string, StoredTensor>) {
          const trained = final[`final.${model}.${name.replace('module.', '')}`]!;
          expect(trained.shape).toEqual(tensor.shape);
          const initial = await tensor.read();
          if (name.endsWith('pos_embed')) expect(initial).toEqual(trained.data);
          // Four updates with learning rates up to 6e-4 move a weight by a few thousandths at most.
          else expect(largestDifference(initial, trained.data)).toBeLessThan(0.003);
        }
      }
    });
  });

  test('a probe and its frozen encoder', async () => {
    await opened(fixture('probe-small/probe.pth.tar'), async (root) => {
      const classifier = tensorAt(root, 'classifier') as unknown as CheckpointDict;
      expect([...classifier.keys()].slice(0, 2)).toEqual([
        'module.pooler.query_tokens',
        'module.pooler.cross_attention_block.norm1.weight',
      ]);
      expect(tensorAt(root, 'classifier', 'module.linear.weight').shape).toEqual([11, 48]);
      expect([...(await tensorAt(root, 'classifier', 'module.linear.bias').read())]).toHaveLength(11);
    });
    await opened(fixture('probe-small/encoder.pth.tar'), (root) => {
      expect([...(root as CheckpointDict).keys()]).toEqual(['target_encoder', 'epoch']);
    });
  });
});

describe.each(['torch-kinds.pt', 'torch-kinds-protocol-5.pt'])('values as PyTorch 2.13 writes them: %s', (name) => {
  const table = Array.from({ length: 24 }, (_, i) => i);
  const read = (key: string) =>
    opened(own(name), async (root) => Array.from<unknown>(await tensorAt(root, key).read()));

  test('every type of element', async () => {
    expect(await read('float64')).toEqual(table.map((value) => value / 3));
    expect(await read('int64')).toEqual(table.map((value) => BigInt(value - 3)));
    for (const type of ['int32', 'int16', 'int8']) expect(await read(type)).toEqual(table.map((value) => value - 3));
    expect(await read('uint8')).toEqual(table);
    expect(await read('uint16')).toEqual([0, 65535]);
    expect(await read('bool')).toEqual(table.map((value) => (value > 3 ? 1 : 0)));
    // 5/3 to 11 and to 8 significant bits.
    expect((await read('float16'))[5]).toBe(1.6669921875);
    expect((await read('bfloat16'))[5]).toBe(1.6640625);
  });

  test('views: transposed, sliced, strided, expanded, shared', async () => {
    expect((await read('transposed')).slice(0, 8)).toEqual([0, 6, 12, 18, 1, 7, 13, 19]);
    expect(await read('sliced')).toEqual([8, 9, 10, 14, 15, 16]);
    expect((await read('strided')).slice(0, 6)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(await read('expanded')).toEqual([1, 2, 1, 2, 1, 2]);
    expect(await read('shared_part')).toEqual([2, 3]);
    expect(await read('parameter')).toEqual(table);
    expect(await read('scalar')).toEqual([3.5]);
    expect(await read('empty')).toEqual([]);
  });

  test('plain values', async () => {
    await opened(own(name), (root) => {
      const dict = root as CheckpointDict;
      expect(dict.get('size')).toEqual(Tuple.of(4, 6));
      expect(dict.get('device')).toBe('cuda:1');
      expect(dict.get('dtype')).toBe('torch.bfloat16');
      expect(dict.get('defaultdict')).toEqual(new Map([['a', [1, 2]]]));
      expect(dict.get('ordered')).toEqual(new Map([['x', 1]]));
      expect(dict.get('large')).toBe(2n ** 70n);
      expect(dict.get('tuple')).toEqual(Tuple.of<unknown>(1, Tuple.of<unknown>(2, null, true)));
      expect([...(dict.get('module') as CheckpointDict).keys()]).toEqual(['weight', 'bias']);
    });
  });
});

describe('a pickle can build nothing but plain data', () => {
  const cases: [string, string][] = [
    // cos\nsystem\n(S'…'\ntR. with the operations of protocol 2
    ['it refers to posix.system', '\x80\x02cposix\nsystem\nX\x0a\x00\x00\x00touch evil\x85R.'],
    ['it refers to builtins.eval', '\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x031+1\x85R.'],
    ['it refers to torch.load', '\x80\x02ctorch\nload\nX\x01\x00\x00\x00x\x85R.'],
    ['it refers to torch._utils.__builtins__', '\x80\x02ctorch._utils\n__builtins__\n.'],
    ['it calls builtins.dict, which can only be an argument', '\x80\x02cbuiltins\ndict\n)R.'],
    ['it calls something that is not a name', '\x80\x02X\x01\x00\x00\x00x)R.'],
    ['the name torch.FloatStorage stands where a value should be', '\x80\x02]ctorch\nFloatStorage\na.'],
    ['it builds bytes (opcode 0x43)', '\x80\x03C\x01a.'],
    ['it builds a set (opcode 0x8f)', '\x80\x04\x8f.'],
    ['it builds an instance of a class (opcode 0x69)', '\x80\x02(ios\nsystem\n.'],
    ['it builds an extension code', '\x80\x02\x82\x01.'],
    ['it sets the state of something other than an OrderedDict', '\x80\x02]}b.'],
    ['a list or dict contains itself', '\x80\x02]q\x00h\x00a.'],
    ['a list or dict contains itself', '\x80\x02}q\x00K\x01h\x00s.'],
    ['it nests deeper than 64 levels', `\x80\x02${']'.repeat(100)}${'a'.repeat(99)}.`],
    // Each list holds the one before twice: 2^40 values unfolded.
    ['it unfolds to more than 10000000 values', `\x80\x02]q\x00${'0]h\x00ah\x00aq\x00'.repeat(40)}.`],
    ['opcode 0x69', '\x80\x02i'],
    ['opcode 0x01 does not exist', '\x80\x02\x01'],
    ['its protocol is 0', '\x80\x00.'],
    ['takes a value from an empty stack', '\x80\x020.'],
    ['a mark that was never set', '\x80\x02t.'],
    ['memo 7 is read before it is written', '\x80\x02h\x07.'],
    ['bytes from byte 7 on are beyond its 10 bytes', '\x80\x02X\xff\xff\xff\xffabc'],
    ['bytes from byte 11 on are beyond its 12 bytes', '\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xffa'],
    ['an integer of 4294967295 bytes', '\x80\x02\x8b\xff\xff\xff\xff.'],
    ['an operation appends to what is no list', '\x80\x02)K\x01a.'],
    ['a dict item has a key and no value', '\x80\x02}(K\x01u.'],
    ['a dict key is neither text nor a number', '\x80\x02}]K\x01s.'],
    ['a persistent id is not that of a storage', '\x80\x02X\x01\x00\x00\x00xQ.'],
    ['no line feed follows', '\x80\x02cposix'],
  ];
  test.each(cases)('%s', async (message, pickle) => {
    const path = await torchFile(pickle);
    const error = await failure(path);
    expect(error.message).toContain(message);
    expect(error.message.startsWith(`${path}: its pickle is refused`)).toBe(true);
    expect(error.remedy).not.toBe('');
    expect(existsSync('evil')).toBe(false);
  });
});

describe('tensors that do not fit their storage', () => {
  const storage = Buffer.alloc(24);
  // A tensor over storage 0 of `elements` floats, with the given offset, sizes and strides.
  const tensor = (elements: number, offset: number, size: number[], stride: number[]) => {
    const int = (value: number) => {
      const bytes = Buffer.alloc(5, 'J');
      bytes.writeInt32LE(value, 1);
      return bytes.toString('latin1');
    };
    const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
    const tuple = (values: number[]) => `(${values.map(int).join('')}t`;
    const id = `(${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}${int(elements)}t`;
    const args = `(${id}Q${int(offset)}${tuple(size)}${tuple(stride)}\x89}t`;
    return `\x80\x02ctorch._utils\n_rebuild_tensor_v2\n${args}R.`;
  };

  test('a fitting one is read', async () => {
    const path = await torchFile(tensor(6, 1, [2, 2], [2, 1]), { 'data/0': storage });
    expect(await opened(path, (root) => (root as StoredTensor).read())).toEqual(new Float32Array(4));
  });

  const cases: [string, string][] = [
    ["storage '0' has 24 bytes, expected 28", tensor(7, 0, [7], [1])],
    ['shape [7], stride [1] and offset 0 leads beyond its storage of 24 bytes', tensor(6, 0, [7], [1])],
    ['leads beyond its storage', tensor(6, 1, [6], [1])],
    ['leads beyond its storage', tensor(6, 0, [2, 3], [4, 1])],
    ['leads beyond its storage', tensor(6, 0, [2 ** 30, 2 ** 30], [0, 0])],
    ['repeats 1 stored elements', tensor(6, 0, [2 ** 30], [0])],
    ['is not a tuple of up to 64 lengths', tensor(6, 0, [-1], [1])],
    ['not one stride for each length', tensor(6, 0, [2, 3], [1])],
    ['has no offset', tensor(6, -1, [1], [1])],
  ];
  test.each(cases)('%s', async (message, pickle) => {
    expect((await failure(await torchFile(pickle, { 'data/0': storage }))).message).toContain(message);
  });

  test('a storage that is not there', async () => {
    const error = await failure(await torchFile(tensor(6, 0, [6], [1])));
    expect(error.message).toContain("storage '0' is not in the archive");
  });
});

describe('damaged files give one clear error', () => {
  const whole = readFileSync(fixture('probe-small/probe.pth.tar'));
  const damage = (change: (bytes: Buffer) => Buffer) => {
    const path = temporaryPath('damaged.pth.tar');
    writeFileSync(path, change(Buffer.from(whole)));
    return path;
  };
  const flip = (bytes: Buffer, at: number) => {
    bytes[at]! ^= 0xff;
    return bytes;
  };
  const directoryStart = whole.indexOf(Buffer.from('PK\x01\x02', 'latin1'));

  const cases: [string, () => string][] = [
    ['no such file', () => temporaryPath('missing.pth.tar')],
    ['is a folder, expected a file', () => fileURLToPath(new URL('.', import.meta.url))],
    ['is empty', () => damage(() => Buffer.alloc(0))],
    ['has no zip directory at its end', () => damage((bytes) => bytes.subarray(0, 50_000))],
    ['has no zip directory at its end', () => damage((bytes) => bytes.subarray(0, -1))],
    ['has no zip directory at its end', () => damage((bytes) => bytes.subarray(0, 40))],
    [
      'ends after 61922 bytes, expected 56 bytes',
      () => damage((bytes) => Buffer.concat([bytes.subarray(0, 100), bytes.subarray(60_000)])),
    ],
    ['its zip directory is damaged at byte 0', () => damage((bytes) => flip(bytes, directoryStart))],
    ["entry 'probe.pth/data.pkl' is packed by method", () => damage((bytes) => flip(bytes, directoryStart + 10))],
    ["entry 'probe.pth/data.pkl' is not where the archive says", () => damage((bytes) => flip(bytes, 3))],
    ["entry 'probe.pth/data.pkl' does not match its checksum", () => damage((bytes) => flip(bytes, 200))],
    ['does not start like a zip archive', () => damage(() => Buffer.from('<html>Not found</html>'))],
    ['format of PyTorch before 1.6', () => own('torch-legacy.pt')],
    ['entries called data.pkl, expected one', () => zipWithoutPickle()],
  ];
  test.each(cases)('%s', async (message, make) => {
    const path = make();
    const error = await failure(path);
    expect(error.message).toContain(message);
    expect(error.path).toBe(path);
  });

  test('a tensor whose bytes changed is noticed when it is read', async () => {
    const position = whole.length - 2000;
    const path = damage((bytes) => flip(bytes, position - (position % 4) - 4000));
    await opened(path, async (root) => {
      const tensors = [...(tensorAt(root, 'classifier') as unknown as Map<string, StoredTensor>).values()];
      const results = await Promise.allSettled(tensors.map((tensor) => tensor.read()));
      const failed = results.filter((result) => result.status === 'rejected');
      expect(failed).toHaveLength(1);
      expect(failed[0]!.reason.message).toMatch(/entry 'probe\.pth\/data\/\d+' does not match its checksum/);
    });
  });

  function zipWithoutPickle(): string {
    const path = temporaryPath('empty.pt');
    writeFileSync(path, Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]));
    return path;
  }
});

test('a TorchScript program is named as such', async () => {
  const error = await failure(await torchFile('\x80\x02}.', { 'constants.pkl': Buffer.from('\x80\x02).', 'latin1') }));
  expect(error.message).toContain('is a TorchScript program');
});

test('a big-endian file is refused', async () => {
  const error = await failure(await torchFile('\x80\x02}.', { byteorder: Buffer.from('big') }));
  expect(error.message).toContain("its byte order is 'big', expected 'little'");
});

test('a file that fails to open is closed, one that was closed cannot be read', async () => {
  const path = temporaryPath('closed.pt');
  await writeTorchCheckpoint(path, { weight: { shape: [1], data: Float32Array.of(1) } });
  const { root, close } = await openTorchCheckpoint(path);
  await close();
  await expect(tensorAt(root, 'weight').read()).rejects.toThrow();
});

async function failure(path: string): Promise<CheckpointError> {
  const error = await openTorchCheckpoint(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CheckpointError);
  return error as CheckpointError;
}

function largestDifference(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(Number(a[i]) - Number(b[i])));
  return largest;
}
