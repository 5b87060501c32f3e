import { tensorBytes } from './tensor-bytes.js';
import { TreePickler, type WritableValue } from './tree-pickler.js';
import { writeAtomically } from './write-atomically.js';
import { ZipWriter } from './zip-writer.js';

/**
 * Writes a checkpoint that `torch.load(path, weights_only=True)` reads, one tensor in memory at a time; the file
 * appears under its name only when it is whole.
 *
 * @param tree usually an object such as `{ encoder: { 'module.backbone.norm.weight': tensor, … }, epoch: 3 }`
 * @throws CheckpointError that names the place in the tree of a value PyTorch has no type for, or says why the file
 * cannot be written; TypeError when a tensor's shape and data disagree
 */
export async function writeTorchCheckpoint(path: string, tree: WritableValue): Promise<void> {
  const pickler = new TreePickler(path);
  const pickle = pickler.pickle(tree);
  await writeAtomically(path, async (sink) => {
    const zip = new ZipWriter(sink);
    await zip.add('archive/data.pkl', pickle);
    await zip.add('archive/.format_version', Buffer.from('1'));
    await zip.add('archive/.storage_alignment', Buffer.from('64'));
    await zip.add('archive/byteorder', Buffer.from('little'));
    for (const [key, tensor] of pickler.tensors.entries())
      await zip.add(`archive/data/${key}`, await tensorBytes(tensor));
    await zip.add('archive/version', Buffer.from('3\n'));
    await zip.finish();
  });
}
