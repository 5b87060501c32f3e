/** What a wheel of cuDNN 9 holds that is loaded, whatever CUDA it is for, in the order in which it can be opened. */
export const CUDNN_9_LIBRARIES: readonly string[] = [
  'cudnn/lib/libcudnn.so.9',
  'cudnn/lib/libcudnn_graph.so.9',
  'cudnn/lib/libcudnn_ops.so.9',
  'cudnn/lib/libcudnn_cnn.so.9',
  'cudnn/lib/libcudnn_adv.so.9',
  'cudnn/lib/libcudnn_ext.so.9',
  'cudnn/lib/libcudnn_heuristic.so.9',
  'cudnn/lib/libcudnn_engines_precompiled.so.9',
  'cudnn/lib/libcudnn_engines_runtime_compiled.so.9',
  'cudnn/lib/libcudnn_engines_tensor_ir.so.9',
];
