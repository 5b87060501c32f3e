import { CheckpointError, compareShapes, readStateDict, requireSameShapes, type StateDict } from '@vjepa/checkpoints';
import { type EncoderConfig, encoderParameterShapes, type HostTensor, positionTable } from '@vjepa/vit';
import { CommandError } from '../command-error.js';
import { describeArchitecture, isRotary } from './describe-architecture.js';

/** A pretrained encoder in memory. */
export interface LoadedEncoder {
  /** By the names of the reference state dict, in its order. */
  parameters: Record<string, HostTensor>;
  /** What was done beyond reading tensor for tensor, one sentence each. */
  notes: string[];
}

/**
 * Reads the parameters of an encoder from a checkpoint (`.pth.tar` or safetensors), tensor by tensor. Strict: every
 * name and shape must be the model's. One exception is the reference's own: a position table made for another
 * resolution or clip length is replaced by the model's, which a note says.
 *
 * @param key the model in the file; where the file has none under `target_encoder`, `encoder` is taken, as a note says
 * @throws CommandError that names the architecture found and expected and lists every missing, unexpected and
 *   mis-shaped name; CheckpointError when the file cannot be read
 */
export async function loadEncoder(path: string, encoder: EncoderConfig, key?: string): Promise<LoadedEncoder> {
  const notes: string[] = [];
  const stored = await openEncoder(path, key, notes);
  try {
    const shapes = encoderParameterShapes(encoder);
    const comparison = compareShapes(shapes, stored.tensors);
    checkArchitecture(path, encoder, stored, () => requireSameShapes(path, comparison));
    const tables = new Map(comparison.positionTables.map((table) => [table.name, table]));
    const parameters: Record<string, HostTensor> = {};
    for (const [name, shape] of shapes) {
      const table = tables.get(name);
      if (table) {
        notes.push(
          `${path}: ${name} was made for ${table.found[1]} tokens; the model's own table for ` +
            `${table.expected[1]} tokens takes its place`,
        );
      }
      const data = table ? positionTable(encoder).data : await stored.tensors.get(name)!.readFloat32();
      parameters[name] = { shape, data };
    }
    return { parameters, notes };
  } finally {
    await stored.close();
  }
}

async function openEncoder(path: string, key: string | undefined, notes: string[]): Promise<StateDict> {
  if (key !== 'target_encoder') return readStateDict(path, key);
  const stored = await readStateDict(path);
  if (stored.key !== key) {
    const found = stored.key === undefined ? 'tensors without a key' : `'${stored.key}'`;
    notes.push(`${path}: there is no '${key}'; ${found} is used, as the reference does`);
  }
  return stored;
}

function checkArchitecture(path: string, encoder: EncoderConfig, { tensors }: StateDict, check: () => void): void {
  if (isRotary(tensors)) {
    throw new CommandError(
      `${path}: holds a V-JEPA 2 encoder, ${describeArchitecture(tensors)}. It rotates positions inside attention; ` +
        'these models add a position table and cannot run it. vjepa checkpoint inspect and convert can read it',
    );
  }
  try {
    check();
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const found = describeArchitecture(tensors) ?? 'no encoder';
    const expected = `${encoder.depth} blocks of width ${encoder.embedDim}`;
    throw new CommandError(
      `${path}: holds ${found}, expected ${expected}: it ${error.problem}Name the model that the checkpoint was made ` +
        'for, or choose another checkpoint',
      { cause: error },
    );
  }
}
