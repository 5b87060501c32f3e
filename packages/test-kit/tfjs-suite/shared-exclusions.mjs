/** The tests of tfjs-core that fail on every engine that tfjs-node's kernels run on, and why; see run-suite.mjs. */
export const SHARED_EXCLUSIONS = [
  {
    reason:
      'No kernel: tfjs-node has none for these operations on text, sparse and ragged tensors, and nothing here ' +
      'computes on such tensors. The operations fail with "Kernel … not registered"; what tfjs-core refuses itself passes.',
    partly: true,
    tests: [
      'raggedGather ',
      'raggedRange ',
      'raggedTensorToTensor ',
      'sparseFillEmptyRows ',
      'sparseReshape ',
      'sparseSegmentMean ',
      'sparseSegmentSum ',
      'stringNGrams ',
      'stringSplit ',
      'stringToHashBucketFast ',
      'maxPoolWithArgmax ',
      'image.transform ',
    ],
  },
  {
    reason: 'Engines compare numbers only: strings are refused with an error that says so.',
    tests: ['less ', 'lessEqual ', 'greater ', 'greaterEqual '].map(
      (operation) => `${operation}engine {} should support string comparison`,
    ),
  },
  {
    reason: "tfjs-node pools with 'valid' and 'same' padding only, and refuses any other with an error that says so.",
    tests: [
      'avgPool engine {} gradient x=[3,3,1] f=[3,3] s=1 p=explicit',
      'avgPool engine {} x=[2,2,3] f=[1,1] s=2 p=1',
      'avgPool engine {} x=[2,2,3] f=[2,2] s=3 p=1',
      'avgPool engine {} x=[3,3,1] f=[3,3] s=1 p=explicit',
      'avgPool3d engine {} x=[1,1,1,1,1] f=[2,2,2] s=1 p=2',
      'avgPool3d engine {} x=[1,2,2,2,1] f=[2,2,2] s=1 p=1 roundingMode=floor',
      'maxPool engine {} x=[2,2,3] f=[1,1] s=2 p=1',
      'maxPool engine {} x=[2,2,3] f=[2,2] s=3 p=1',
      'maxPool engine {} x=[3,3,1] f=[3,3] s=1 p=explicit',
      'maxPool3d engine {} x=[1,2,2,2,1] f=[2,2,2] s=1 p=1 roundingMode=floor',
      'maxPoolBackprop engine {} gradient x=[3,3,1] f=3 s=1 p=explicit',
      'pool engine {} max x=[3,3,1] f=[3,3] s=1 d=1 p=explicit',
      'pool engine {} max x=[3,3,1] f=[3,3] s=3 d=1 p=explicit',
      'pool engine {} max x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding',
      'pool engine {} avg x=[3,3,1] f=[3,3] s=1 d=1 p=explicit',
      'pool engine {} avg x=[3,3,1] f=[3,3] s=3 d=1 p=explicit',
      'pool engine {} avg x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding',
    ],
  },
  {
    reason: 'tfjs-node refuses explicit padding in transposed convolutions, with an error that says so.',
    tests: [
      'conv2dTranspose engine {} input=3x3x1,d2=1,f=2,s=2,p=explicit',
      'conv2dTranspose engine {} gradient input=[1,3,3,1] f=[2,2,2,1] s=[1,1] p=explicit',
    ],
  },
  {
    reason: 'tfjs-node refuses fused convolutions of channels-first (NCHW) images, with an error that says so.',
    tests: [
      'fused conv2d engine {} basic in NCHW',
      'fused conv2d engine {} im2row in NCHW',
      'fused conv2d engine {} batch in NCHW',
    ],
  },
  {
    reason: 'The test asks for a transposed convolution whose sizes contradict each other; engines check them.',
    tests: ['conv2dTranspose engine {} input=8x8x8,output=4x4x8,f=8,s=1,inDepth=8,p=same vec4'],
  },
  {
    reason: 'tan of numbers near 10⁹, whose last digits differ from Math.tan: 30144.178 against 30144.176.',
    tests: ['tan engine {} numbers exceed float32 precision'],
  },
];
