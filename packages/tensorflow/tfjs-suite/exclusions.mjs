/** The tests of tfjs-core that fail on TensorFlow and not on every engine, and why; see @vjepa/test-kit's run-suite.mjs. */
export const EXCLUSIONS = [
  {
    reason: 'TensorFlow convolves channels-first (NCHW) images on GPUs and by oneDNN; without, it refuses.',
    partly: true,
    tests: [
      'conv2d engine {} x=[2,1,2,2] f=[1,1,1,1] s=1 d=1 p=0 NCHW',
      'conv2d engine {} x=[1,2,2] f=[2,2,1,1] s=1 d=1 p=explicit NCHW',
      'conv2d engine {} x=[1,2,2] f=[2,2,1,1] s=1 d=1 p=same NCHW',
      'conv2d engine {} x=[2,2,2] f=[2,2,2,1] s=1 d=1 p=same NCHW',
      'conv2d engine {} x=[2,1,2,2] f=[2,2,1,1] s=1 d=1 p=same NCHW',
      'conv2d engine {} gradient x=[1,1,3,3] f=[2,2,1,1] s=1 p=0 NCHW',
      'conv2d engine {} gradient x=[2,1,3,3] f=[2,2,1,1] s=1 p=0 NCHW',
    ],
  },
  {
    reason: 'TensorFlow has dilated depthwise convolutions by oneDNN; without, it refuses.',
    partly: true,
    tests: [
      'depthwiseConv2D engine {} input=1x3x3x1,f=2,s=1,d=2,p=valid,chMul=1',
      'depthwiseConv2D engine {} input=1x3x3x2,f=2,s=1,d=2,p=same,chMul=1',
      'depthwiseConv2D engine {} input=1x3x3x4,f=3,s=1,d=2,p=same,chMul=1',
      'depthwiseConv2D engine {} input=1x5x5x1,f=2,s=1,d=4,p=valid,chMul=1',
      'depthwiseConv2D engine {} input=1x5x5x1,f=3,s=1,d=2,p=valid,chMul=1',
      'depthwiseConv2D engine {} input=1x8x8x2,f=3,s=1,d=3,p=valid,chMul=1',
      'depthwiseConv2D engine {} input=2x3x3x2,f=2,s=1,d=2,p=same,chMul=2',
      'depthwiseConv2D engine {} input=2x3x3x2,f=3,s=1,d=2,p=same,chMul=2',
      'depthwiseConv2d gradients engine {} throws error on dilations > 1',
      'separableConv2d engine {} input=1x4x4x1,f=2,s=1,d=2,p=valid,chMul=1,outDepth=2',
    ],
  },
  {
    reason: 'The test pools with a window larger than the image, for an empty result; TensorFlow refuses.',
    tests: ['avgPool3d engine {} x=[1,1,1,1,1] f=[1,1,3] s=1 p=valid'],
  },
  {
    reason: 'TensorFlow makes diagonals of numbers only, and refuses booleans.',
    tests: ['diag engine {} bool'],
  },
  {
    reason: "The same error in TensorFlow's words; the test wants tfjs-node's.",
    tests: ['gather engine {} throws when index is out of bound'],
  },
  {
    reason: 'To TensorFlow no NaN equals another, so each is a unique element.',
    tests: ['unique engine {} 1d tensor with NaN and Infinity'],
  },
];
