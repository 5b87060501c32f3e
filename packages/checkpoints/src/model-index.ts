import { CheckpointError } from './checkpoint-error.js';
import { type CheckpointValue, isStoredTensor, keyText } from './checkpoint-value.js';
import { fromHuggingFace, isHuggingFace } from './hugging-face.js';
import type { StoredTensor } from './stored-tensor.js';
import { partsInsideWrappers } from './strip-prefixes.js';

/** A model's parameters under the names the file gives them. */
export type ModelTensors = Map<string, StoredTensor>;

/** The keys that the reference keeps models under. */
const MODEL_KEYS = new Set(['target_encoder', 'ema_encoder', 'encoder', 'predictor', 'classifier']);

/**
 * The models of a file by key, and under undefined the tensors that belong to none:
 * - a PyTorch tree has a dict of tensors for each key; V-JEPA 2's list of probes counts as `classifiers.0`, …
 * - safetensors has no tree: a model is what shares the first part of dotted names, `encoder.blocks.0.…`, wrappers left out;
 * - Hugging Face's names are translated to the original ones, which tell their model by themselves.
 */
export class ModelIndex {
  readonly models = new Map<string | undefined, ModelTensors>();
  /** By key, names whose values are no tensors. */
  readonly #others = new Map<string | undefined, string[]>();

  readonly #path: string;

  constructor(path: string, root: CheckpointValue) {
    this.#path = path;
    if (!(root instanceof Map)) return;
    if (isHuggingFace(root.keys())) this.#addHuggingFace(root as ModelTensors);
    else for (const [name, value] of root) this.#addEntry(keyText(name), value);
  }

  /**
   * @returns the model's parameters; undefined when there are none
   * @throws CheckpointError when there is something among them that is no tensor
   */
  get(key: string | undefined): ModelTensors | undefined {
    const tensors = this.models.get(key);
    const others = key === undefined ? [] : (this.#others.get(key) ?? []);
    if (tensors && others.length > 0) {
      const problem = `'${key}' holds ${others.map((name) => `'${name}'`).join(', ')} beside its tensors`;
      throw new CheckpointError(this.#path, problem, 'a model is a dict of tensors: remove the rest');
    }
    return tensors;
  }

  #addEntry(name: string, value: CheckpointValue): void {
    if (isStoredTensor(value)) {
      const [key, ...rest] = partsInsideWrappers(name);
      if (MODEL_KEYS.has(key!) && rest.length > 0) this.#addTensor(key, rest.join('.'), value);
      else this.#addTensor(undefined, name, value);
    } else if (value instanceof Map) {
      for (const [inner, tensor] of value) {
        if (isStoredTensor(tensor)) this.#addTensor(name, keyText(inner), tensor);
        else this.#others.set(name, [...(this.#others.get(name) ?? []), keyText(inner)]);
      }
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) if (item instanceof Map) this.#addEntry(`${name}.${index}`, item);
    }
  }

  #addHuggingFace(tensors: ModelTensors): void {
    for (const [name, tensor] of fromHuggingFace(this.#path, tensors)) this.#addTensor(modelOf(name), name, tensor);
  }

  #addTensor(key: string | undefined, name: string, tensor: StoredTensor): void {
    const model = this.models.get(key) ?? new Map<string, StoredTensor>();
    this.models.set(key, model.set(name, tensor));
  }
}

function modelOf(originalName: string): string {
  if (/^(predictor_|mask_tokens\.)/.test(originalName)) return 'predictor';
  return /^(pooler|linear)\./.test(originalName) ? 'classifier' : 'encoder';
}
