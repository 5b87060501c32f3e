const tags: Record<string, string> = {
  loss: 'loss/total',
  loss_jepa: 'loss/prediction',
  loss_reg: 'loss/regularizer',
  loss_of_mean: 'loss/of_predicting_the_mean',
  loss_relative_to_mean: 'loss/relative_to_predicting_the_mean',
  learning_rate: 'schedule/learning_rate',
  weight_decay: 'schedule/weight_decay',
  momentum: 'schedule/momentum',
  clip_norm: 'schedule/clip_norm',
  clips_per_second: 'speed/clips_per_second',
  model_flops_per_second: 'speed/model_flops_per_second',
  utilization: 'speed/utilization',
  step_ms: 'speed/step_ms',
  data_ms: 'speed/data_ms',
  compute_ms: 'speed/compute_ms',
  rss_mb: 'speed/memory_mb',
  replaced_videos: 'data/replaced_videos',
  short_clips: 'data/short_clips',
  context_tokens: 'masks/context_tokens',
  target_tokens: 'masks/target_tokens',
  probe_accuracy: 'probe/accuracy',
  probe_chance: 'probe/commonest_class',
  probe_videos: 'probe/held_out_videos',
  probe_ms: 'speed/probe_ms',
};

/** Numbers that say where a run is, not how it does. */
const POSITIONS = new Set(['step', 'epoch', 'iteration']);

/** The TensorBoard tag of a metric, `group/name`; undefined for metrics that are not a curve. */
export function metricTag(name: string): string | undefined {
  if (POSITIONS.has(name)) return undefined;
  if (tags[name] !== undefined) return tags[name];
  const model = /^(encoder|predictor)_(.*)$/.exec(name);
  if (model) return `${model[2]!.includes('grad_norm') ? 'gradients' : 'parameters'}/${name}`;
  if (name.startsWith('input_')) return `data/${name}`;
  return `features/${name}`;
}
