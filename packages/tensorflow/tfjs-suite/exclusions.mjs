/**
 * The tests of tfjs-core that are not run on the eager backend, and why. A test is excluded if its full name contains
 * one of the strings (`{}` stands where tfjs-core puts the backend's flags). Every string must exclude something;
 * the run fails otherwise.
 */
export const EXCLUSIONS = [
  {
    reason:
      'No kernel: tfjs-node has none for these operations on text, sparse and ragged tensors, and nothing here ' +
      'computes on such tensors. The operations fail with "Kernel … not registered".',
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
    ],
  },
  {
    reason: 'No kernel: tfjs-node has none, and fails with "Kernel … not registered".',
    tests: ['maxPoolWithArgmax ', 'image.transform '],
  },
  {
    reason: 'TensorFlow compares numbers only: strings are refused with an error that says so.',
    tests: ['less ', 'lessEqual ', 'greater ', 'greaterEqual '].map(
      (operation) => `${operation}tensorflow {} should support string comparison`,
    ),
  },
  {
    reason: "tfjs-node pools with 'valid' and 'same' padding only, and refuses any other with an error that says so.",
    tests: [
      'avgPool tensorflow {} gradient x=[3,3,1] f=[3,3] s=1 p=explicit',
      'avgPool tensorflow {} x=[2,2,3] f=[1,1] s=2 p=1',
      'avgPool tensorflow {} x=[2,2,3] f=[2,2] s=3 p=1',
      'avgPool tensorflow {} x=[3,3,1] f=[3,3] s=1 p=explicit',
      'avgPool3d tensorflow {} x=[1,1,1,1,1] f=[2,2,2] s=1 p=2',
      'avgPool3d tensorflow {} x=[1,2,2,2,1] f=[2,2,2] s=1 p=1 roundingMode=floor',
      'maxPool tensorflow {} x=[2,2,3] f=[1,1] s=2 p=1',
      'maxPool tensorflow {} x=[2,2,3] f=[2,2] s=3 p=1',
      'maxPool tensorflow {} x=[3,3,1] f=[3,3] s=1 p=explicit',
      'maxPool3d tensorflow {} x=[1,2,2,2,1] f=[2,2,2] s=1 p=1 roundingMode=floor',
      'maxPoolBackprop tensorflow {} gradient x=[3,3,1] f=3 s=1 p=explicit',
      'pool tensorflow {} max x=[3,3,1] f=[3,3] s=1 d=1 p=explicit',
      'pool tensorflow {} max x=[3,3,1] f=[3,3] s=3 d=1 p=explicit',
      'pool tensorflow {} max x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding',
      'pool tensorflow {} avg x=[3,3,1] f=[3,3] s=1 d=1 p=explicit',
      'pool tensorflow {} avg x=[3,3,1] f=[3,3] s=3 d=1 p=explicit',
      'pool tensorflow {} avg x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding',
    ],
  },
  {
    reason: 'tfjs-node refuses explicit padding in transposed convolutions, with an error that says so.',
    tests: [
      'conv2dTranspose tensorflow {} input=3x3x1,d2=1,f=2,s=2,p=explicit',
      'conv2dTranspose tensorflow {} gradient input=[1,3,3,1] f=[2,2,2,1] s=[1,1] p=explicit',
    ],
  },
  {
    reason: 'TensorFlow convolves channels-first (NCHW) images on GPUs only, and refuses on the CPU.',
    tests: [
      'conv2d tensorflow {} x=[2,1,2,2] f=[1,1,1,1] s=1 d=1 p=0 NCHW',
      'conv2d tensorflow {} x=[1,2,2] f=[2,2,1,1] s=1 d=1 p=explicit NCHW',
      'conv2d tensorflow {} x=[1,2,2] f=[2,2,1,1] s=1 d=1 p=same NCHW',
      'conv2d tensorflow {} x=[2,2,2] f=[2,2,2,1] s=1 d=1 p=same NCHW',
      'conv2d tensorflow {} x=[2,1,2,2] f=[2,2,1,1] s=1 d=1 p=same NCHW',
      'conv2d tensorflow {} gradient x=[1,1,3,3] f=[2,2,1,1] s=1 p=0 NCHW',
      'conv2d tensorflow {} gradient x=[2,1,3,3] f=[2,2,1,1] s=1 p=0 NCHW',
      'fused conv2d tensorflow {} basic in NCHW',
      'fused conv2d tensorflow {} im2row in NCHW',
      'fused conv2d tensorflow {} batch in NCHW',
    ],
  },
  {
    reason: 'TensorFlow has no dilated depthwise convolution on the CPU, and refuses.',
    tests: [
      'depthwiseConv2D tensorflow {} input=1x3x3x1,f=2,s=1,d=2,p=valid,chMul=1',
      'depthwiseConv2D tensorflow {} input=1x3x3x2,f=2,s=1,d=2,p=same,chMul=1',
      'depthwiseConv2D tensorflow {} input=1x3x3x4,f=3,s=1,d=2,p=same,chMul=1',
      'depthwiseConv2D tensorflow {} input=1x5x5x1,f=2,s=1,d=4,p=valid,chMul=1',
      'depthwiseConv2D tensorflow {} input=1x5x5x1,f=3,s=1,d=2,p=valid,chMul=1',
      'depthwiseConv2D tensorflow {} input=1x8x8x2,f=3,s=1,d=3,p=valid,chMul=1',
      'depthwiseConv2D tensorflow {} input=2x3x3x2,f=2,s=1,d=2,p=same,chMul=2',
      'depthwiseConv2D tensorflow {} input=2x3x3x2,f=3,s=1,d=2,p=same,chMul=2',
      'depthwiseConv2d gradients tensorflow {} throws error on dilations > 1',
      'separableConv2d tensorflow {} input=1x4x4x1,f=2,s=1,d=2,p=valid,chMul=1,outDepth=2',
    ],
  },
  {
    reason: 'The test asks for a transposed convolution whose sizes contradict each other; TensorFlow checks them.',
    tests: ['conv2dTranspose tensorflow {} input=8x8x8,output=4x4x8,f=8,s=1,inDepth=8,p=same vec4'],
  },
  {
    reason: 'The test pools with a window larger than the image, for an empty result; TensorFlow refuses.',
    tests: ['avgPool3d tensorflow {} x=[1,1,1,1,1] f=[1,1,3] s=1 p=valid'],
  },
  {
    reason: 'TensorFlow makes diagonals of numbers only, and refuses booleans.',
    tests: ['diag tensorflow {} bool'],
  },
  {
    reason: "The test expects an error for a trace, which tfjs's own kernels cannot do and TensorFlow's can.",
    tests: ['einsum tensorflow {} 2d matrix calculate trace: duplicate axes not implemented yet'],
  },
  {
    reason: "The same error in TensorFlow's words; the test wants tfjs-node's.",
    tests: ['gather tensorflow {} throws when index is out of bound'],
  },
  {
    reason:
      'tan of numbers near 10⁹, whose last digits differ between TensorFlow and Math.tan: 30144.178 against 30144.176.',
    tests: ['tan tensorflow {} numbers exceed float32 precision'],
  },
  {
    reason: 'To TensorFlow no NaN equals another, so each is a unique element.',
    tests: ['unique tensorflow {} 1d tensor with NaN and Infinity'],
  },
];
