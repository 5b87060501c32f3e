import '@vjepa/test-kit/all-close';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { fixture } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from './checkpoint-error.js';
import type { CheckpointDict, CheckpointValue } from './checkpoint-value.js';
import { Complex } from './complex.js';
import { readSafetensors } from './safetensors-file.js';
import type { StoredTensor } from './stored-tensor.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { openTorchCheckpoint } from './torch-checkpoint.js';
import { torchFile } from './torch-file.fixture.js';
import { Tuple } from './tuple.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

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
  it('a pretraining checkpoint: every entry of its tree', async () => {
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

  it('frozen tables equal those that training ended with, and everything else was trained', async () => {
    const final = await readSafetensors(fixture('pretrain-small/tensors.safetensors'));
    await opened(fixture('pretrain-small/initial.pth.tar'), async (root) => {
      for (const model of ['encoder', 'predictor']) {
        for (const [name, tensor] of tensorAt(root, model) as unknown as Map<string, StoredTensor>) {
          const trained = final[`final.${model}.${name.replace('module.', '')}`]!;
          expect(trained.shape).toEqual(tensor.shape);
          const initial = await tensor.read();
          if (name.endsWith('pos_embed')) expect(initial).toEqual(trained.data);
          // Four updates with learning rates up to 6e-4 move a weight by a few thousandths at most.
          else expect(initial).toBeAllClose(trained.data, { atol: 0.003 });
        }
      }
    });
  });

  it('a probe and its frozen encoder', async () => {
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

  it('every type of element', async () => {
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

  it('views: transposed, sliced, strided, expanded, shared', async () => {
    expect((await read('transposed')).slice(0, 8)).toEqual([0, 6, 12, 18, 1, 7, 13, 19]);
    expect(await read('sliced')).toEqual([8, 9, 10, 14, 15, 16]);
    expect((await read('strided')).slice(0, 6)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(await read('expanded')).toEqual([1, 2, 1, 2, 1, 2]);
    expect(await read('shared_part')).toEqual([2, 3]);
    expect(await read('parameter')).toEqual(table);
    expect(await read('scalar')).toEqual([3.5]);
    expect(await read('empty')).toEqual([]);
  });

  it('plain values', async () => {
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

describe.each(['torch-values.pt', 'torch-values-protocol-5.pt'])(
  'whatever torch.load(weights_only=True) reads, as PyTorch 2.15 writes it: %s',
  (name) => {
    const values = () => opened(own(name), (root) => root as CheckpointDict);
    const bytesOf = (key: string) => opened(own(name), (root) => tensorAt(root, key).readBytes());
    const complexOf = async (key: string) => [...new Float32Array((await bytesOf(key)).buffer)];
    const elementsOf = (key: string) =>
      opened(own(name), async (root) => Array.from<unknown>(await tensorAt(root, key).read()));

    it('sets, bytes, complex numbers, counters and keys of every kind', async () => {
      const dict = await values();
      expect(dict.get('set')).toEqual(new Set<unknown>([3, 'a', Tuple.of<unknown>(1, 2)]));
      expect(dict.get('empty set')).toEqual(new Set());
      expect(dict.get('bytes')).toEqual(Uint8Array.of(0, 255, 97));
      expect(dict.get('bytearray')).toEqual(Uint8Array.of(1, 128));
      expect(dict.get('complex')).toEqual(new Complex(1, -2));
      expect(dict.get('counter')).toEqual(new Map(Object.entries({ a: 2, b: 1 })));
      expect([...(dict.get('tuple keys') as CheckpointDict).keys()]).toEqual([
        Tuple.of<unknown>(0, 'w'),
        Tuple.of<unknown>(1, 'w'),
      ]);
      expect([...(dict.get('keys') as CheckpointDict)]).toEqual([
        [null, 0],
        [true, 1],
        [2.5, 2],
        [-3, 3],
        [Uint8Array.of(107), 4],
        [new Complex(0, 1), 5],
      ]);
      expect(['size', 'device', 'cpu', 'dtype', 'layout'].map((key) => dict.get(key))).toEqual([
        Tuple.of(2, 3),
        'cuda:1',
        'cpu',
        'torch.complex64',
        'torch.strided',
      ]);
    });

    it('the negative bit turns every sign', async () => {
      for (const key of ['neg', 'neg float64', 'neg bfloat16']) expect(await elementsOf(key)).toEqual([-1, -2, -3, -4]);
      expect(await elementsOf('neg int16')).toEqual([-1, 2, -300]);
      expect(await elementsOf('neg int8')).toEqual([-1, 2, -128]);
      expect(await elementsOf('neg int64')).toEqual([-1n, 2n ** 62n]);
    });

    it('the conjugate bit turns the signs of imaginary parts', async () => {
      expect(await complexOf('complex64')).toEqual([1, 3, 2, -4]);
      expect(await complexOf('conj')).toEqual([1, -3, 2, 4]);
      expect(await complexOf('neg conj')).toEqual([-1, 3, -2, -4]);
      expect(await complexOf('neg complex')).toEqual([-1, -3, -2, 4]);
      await expect(elementsOf('complex64')).rejects.toThrow('save torch.view_as_real(tensor) instead');
    });

    it('tensors, parameters and buffers with attributes', async () => {
      expect(await elementsOf('attributed')).toEqual([0, 1, 2]);
      expect(await elementsOf('parameter')).toEqual([0, 1]);
      expect(await elementsOf('buffer')).toEqual([0, 1]);
      expect([...((await values()).get('module') as CheckpointDict).keys()]).toHaveLength(5);
    });
  },
);

it('equal tuples are one key of a dict', async () => {
  const pair = 'K\x01K\x02\x86';
  const path = await torchFile(`\x80\x02}(${pair}X\x01\0\0\0a${pair}X\x01\0\0\0bu.`);
  expect(await opened(path, (root) => [...(root as CheckpointDict)])).toEqual([[Tuple.of(1, 2), 'b']]);
});

it('a bit that is not known is refused by name', async () => {
  const metadata = `}${pickledText('fold')}\x88s`;
  const path = await torchFile(pickledTensor({ elements: 1, size: [1], stride: [1], metadata }), {
    'data/0': Buffer.alloc(4),
  });
  expect((await failure(path)).message).toContain('a tensor has the metadata fold, expected neg and conj');
});

it('what follows the archive, and what looks like its end in a comment, is let pass', async () => {
  const path = await torchFile(pickledTensor({ elements: 1, size: [1], stride: [1] }), { 'data/0': Buffer.alloc(4) });
  const whole = readFileSync(path);
  const commented = Buffer.concat([whole, Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(30)]);
  commented.writeUInt16LE(34, whole.length - 2);
  const tails = [Buffer.alloc(1), Buffer.alloc(100), Buffer.alloc(100_000), Buffer.alloc(100, 'x'), Buffer.from('\n')];
  for (const bytes of [commented, ...tails.map((tail) => Buffer.concat([whole, tail]))]) {
    writeFileSync(path, bytes);
    expect(await opened(path, (root) => (root as StoredTensor).shape)).toEqual([1]);
  }
});

it('a pickle that unpacks to a thousand times its size is refused before it is unpacked', async () => {
  const path = temporaryPath('bomb.pt');
  writeFileSync(
    path,
    deflatedArchive('a/data.pkl', Buffer.concat([Buffer.from([0x80, 2]), Buffer.alloc(50_000_000, 'N')])),
  );
  expect((await failure(path)).message).toContain('to 50000002 bytes, more than 100 times');
});

it('a tensor that is a part of a damaged storage is not read', async () => {
  const data = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);
  const path = await torchFile(pickledTensor({ elements: 4, size: [2], stride: [1] }), { 'data/0': data });
  const read = () => opened(path, (root) => (root as StoredTensor).read());
  expect(await read()).toEqual(Float32Array.of(1, 2));
  const bytes = readFileSync(path);
  bytes[bytes.indexOf(data)]! ^= 1;
  writeFileSync(path, bytes);
  await expect(read()).rejects.toThrow("entry 'archive/data/0' does not match its checksum");
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
    ['it builds a frozenset (opcode 0x91)', '\x80\x04(\x91.'],
    ['an operation adds elements to what is no set', '\x80\x04](\x90.'],
    [
      'bytes are made of something other than text in latin1',
      '\x80\x02c_codecs\nencode\nX\x01\0\0\0aX\x03\0\0\0bz2\x86R.',
    ],
    [
      'bytes are made of something other than text in latin1',
      '\x80\x02c__builtin__\nbytearray\nJ\xff\xff\xff\x7f\x85R.',
    ],
    ['a dict key is longer than 10000 characters', `\x80\x02}${')q\x00'}${'0h\x00h\x00\x86q\x00'.repeat(40)}K\x01s.`],
    [
      'it takes more than 10000000 operations',
      `\x80\x02](${'N'.repeat(10_000)}eq\x00${'c__builtin__\nset\nh\x00\x85R0'.repeat(1000)}.`,
    ],
    ['it holds a quantized tensor (torch._utils._rebuild_qtensor)', '\x80\x02ctorch._utils\n_rebuild_qtensor\n.'],
    ['it holds a quantized tensor (torch.QInt8Storage)', '\x80\x02ctorch\nQInt8Storage\n.'],
    ['it holds a sparse tensor (', '\x80\x02ctorch._utils\n_rebuild_sparse_tensor\n.'],
    ['it holds a nested tensor (', '\x80\x02ctorch._utils\n_rebuild_nested_tensor\n.'],
    ['it holds a tensor without elements (device meta)', '\x80\x02ctorch._utils\n_rebuild_meta_tensor_no_storage\n.'],
    ['it holds a tensor of a subclass (', '\x80\x02ctorch._utils\n_rebuild_wrapper_subclass\n.'],
    ['it holds a distributed tensor (', '\x80\x02ctorch.distributed.tensor\nDTensor\n.'],
    ['it builds an instance of a class (opcode 0x69)', '\x80\x02(ios\nsystem\n.'],
    ['it builds an extension code', '\x80\x02\x82\x01.'],
    ['it sets the state of something other than an OrderedDict', '\x80\x02]}b.'],
    ['a list or dict contains itself', '\x80\x02]q\x00h\x00a.'],
    ['a list or dict contains itself', '\x80\x02}q\x00K\x01h\x00s.'],
    ['it nests deeper than 64 levels', `\x80\x02${']'.repeat(100)}${'a'.repeat(99)}.`],
    // Each list holds the one before twice: 2^40 values unfolded.
    ['it unfolds to more than 2000000 values', `\x80\x02]q\x00${'0]h\x00ah\x00aq\x00'.repeat(40)}.`],
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
    ['a dict key is neither text nor a number, nor a tuple of these', '\x80\x02}]K\x01s.'],
    ['a persistent id is not that of a storage', '\x80\x02X\x01\x00\x00\x00xQ.'],
    ['no line feed follows', '\x80\x02cposix'],
  ];
  it.each(cases)('%s', async (message, pickle) => {
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
  const tensor = (elements: number, offset: number, size: number[], stride: number[]) =>
    pickledTensor({ elements, offset, size, stride });

  it('a fitting one is read', async () => {
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
  it.each(cases)('%s', async (message, pickle) => {
    expect((await failure(await torchFile(pickle, { 'data/0': storage }))).message).toContain(message);
  });

  it('a storage that is not there', async () => {
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
    [
      'is a pointer of Git LFS',
      () => damage(() => Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0')),
    ],
    [
      'is JSON, not tensors',
      () => damage(() => Buffer.from('{"weight_map": {"norm.weight": "model-00001-of-00002.safetensors"}}')),
    ],
    ['is packed by gzip', () => damage((bytes) => gzipSync(bytes))],
    ['does not start like a zip archive', () => damage(() => Buffer.from('<html>Not found</html>'))],
    ['entries called data.pkl, expected one', () => zipWithoutPickle()],
  ];
  it.each(cases)('%s', async (message, make) => {
    const path = make();
    const error = await failure(path);
    expect(error.message).toContain(message);
    expect(error.path).toBe(path);
  });

  it('a tensor whose bytes changed is noticed when it is read', async () => {
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

it('a TorchScript program is named as such', async () => {
  const error = await failure(await torchFile('\x80\x02}.', { 'constants.pkl': Buffer.from('\x80\x02).', 'latin1') }));
  expect(error.message).toContain('is a TorchScript program');
});

it('a big-endian file is read', async () => {
  const pickle = pickledTensor({ elements: 3, size: [3], stride: [1] });
  const path = await torchFile(pickle, { byteorder: Buffer.from('big'), 'data/0': bigEndian(1, -2, 0.5) });
  expect(await opened(path, (root) => (root as StoredTensor).read())).toEqual(Float32Array.of(1, -2, 0.5));
});

it('a byte order that is neither is refused', async () => {
  const error = await failure(await torchFile('\x80\x02}.', { byteorder: Buffer.from('mixed') }));
  expect(error.message).toContain("its byte order is 'mixed', expected 'little' or 'big'");
});

it('a file that fails to open is closed, one that was closed cannot be read', async () => {
  const path = temporaryPath('closed.pt');
  await writeTorchCheckpoint(path, { weight: { shape: [1], data: Float32Array.of(1) } });
  const { root, close } = await openTorchCheckpoint(path);
  await close();
  await expect(tensorAt(root, 'weight').read()).rejects.toThrow();
});

/** A zip archive of one packed entry. */
function deflatedArchive(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content, { level: 9 });
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(8, 8);
  header.writeUInt32LE(packed.length, 18);
  header.writeUInt32LE(content.length, 22);
  header.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(content.length, 24);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length + name.length, 12);
  end.writeUInt32LE(header.length + name.length + packed.length, 16);
  return Buffer.concat([header, Buffer.from(name), packed, entry, Buffer.from(name), end]);
}

interface PickledTensor {
  elements: number;
  offset?: number;
  size: number[];
  stride: number[];
  /** A pickled dict. */
  metadata?: string;
}

/** A float tensor over storage 0. */
function pickledTensor({ elements, offset = 0, size, stride, metadata = '' }: PickledTensor): string {
  const tuple = (values: number[]) => `(${values.map(pickledInteger).join('')}t`;
  const id = `(${pickledText('storage')}ctorch\nFloatStorage\n${pickledText('0')}${pickledText('cpu')}${pickledInteger(elements)}t`;
  const args = `(${id}Q${pickledInteger(offset)}${tuple(size)}${tuple(stride)}\x89}${metadata}t`;
  return `\x80\x02ctorch._utils\n_rebuild_tensor_v2\n${args}R.`;
}

function pickledInteger(value: number): string {
  const bytes = Buffer.alloc(5, 'J');
  bytes.writeInt32LE(value, 1);
  return bytes.toString('latin1');
}

function pickledText(value: string): string {
  return `X${String.fromCharCode(value.length)}\0\0\0${value}`;
}

function bigEndian(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeFloatBE(value, 4 * index);
  return bytes;
}

async function failure(path: string): Promise<CheckpointError> {
  const error = await openTorchCheckpoint(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CheckpointError);
  return error as CheckpointError;
}
