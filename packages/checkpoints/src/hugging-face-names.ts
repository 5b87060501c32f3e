/**
 * A parameter of V-JEPA 2 by its original name (prefixes stripped) and by the name or names that Hugging Face
 * transformers (`vjepa2`) gives it. `{i}` stands for a block's number, `*` for weight or bias. Several names on the
 * right hold equal shares of the original's rows, in this order.
 */
export interface NameRule {
  original: string;
  huggingFace: readonly string[];
}

/** Every parameter of the encoder, the predictor and the attentive probe but the mask tokens. */
export const huggingFaceNames: readonly NameRule[] = [
  { original: 'patch_embed.proj.*', huggingFace: ['encoder.embeddings.patch_embeddings.proj.*'] },
  ...blockRules('blocks.{i}', 'encoder.layer.{i}'),
  { original: 'norm.*', huggingFace: ['encoder.layernorm.*'] },

  { original: 'predictor_embed.*', huggingFace: ['predictor.embeddings.predictor_embeddings.*'] },
  ...blockRules('predictor_blocks.{i}', 'predictor.layer.{i}'),
  { original: 'predictor_norm.*', huggingFace: ['predictor.layernorm.*'] },
  { original: 'predictor_proj.*', huggingFace: ['predictor.proj.*'] },

  { original: 'pooler.query_tokens', huggingFace: ['pooler.query_tokens'] },
  ...poolerRules('pooler.cross_attention_block', 'pooler.cross_attention_layer'),
  ...attentionRules('pooler.cross_attention_block.xattn', 'pooler.cross_attention_layer.cross_attn', {
    q: ['q_proj'],
    kv: ['k_proj', 'v_proj'],
  }),
  ...poolerRules('pooler.blocks.{i}', 'pooler.self_attention_layers.{i}'),
  ...attentionRules('pooler.blocks.{i}.attn', 'pooler.self_attention_layers.{i}.self_attn', {
    qkv: ['q_proj', 'k_proj', 'v_proj'],
    proj: ['out_proj'],
  }),
  { original: 'linear.*', huggingFace: ['classifier.*'] },
];

/** The predictor's mask tokens: `mask_tokens.{i}` [1, 1, P] each, in transformers one tensor [K, 1, 1, P]. */
export const maskTokenNames = { original: 'mask_tokens.{i}', huggingFace: 'predictor.embeddings.mask_tokens' } as const;

/** What transformers' classification model puts before the names of encoder and predictor. */
export const HUGGING_FACE_PREFIX = 'vjepa2.';

function blockRules(original: string, huggingFace: string): NameRule[] {
  return [
    ...sameLeaves(original, huggingFace, ['norm1', 'norm2', 'mlp.fc1', 'mlp.fc2']),
    ...attentionRules(`${original}.attn`, `${huggingFace}.attention`, {
      qkv: ['query', 'key', 'value'],
      proj: ['proj'],
    }),
  ];
}

function poolerRules(original: string, huggingFace: string): NameRule[] {
  return [
    ...sameLeaves(original, huggingFace, ['mlp.fc1', 'mlp.fc2']),
    { original: `${original}.norm1.*`, huggingFace: [`${huggingFace}.layer_norm1.*`] },
    { original: `${original}.norm2.*`, huggingFace: [`${huggingFace}.layer_norm2.*`] },
  ];
}

function sameLeaves(original: string, huggingFace: string, leaves: readonly string[]): NameRule[] {
  return leaves.map((leaf) => ({ original: `${original}.${leaf}.*`, huggingFace: [`${huggingFace}.${leaf}.*`] }));
}

function attentionRules(
  original: string,
  huggingFace: string,
  leaves: Readonly<Record<string, readonly string[]>>,
): NameRule[] {
  return Object.entries(leaves).map(([leaf, names]) => ({
    original: `${original}.${leaf}.*`,
    huggingFace: names.map((name) => `${huggingFace}.${name}.*`),
  }));
}
