/**
 * Floating-point operations of a program in StableHLO as @vjepa/xla writes it: of its products, and of cuDNN's attention.
 * A forward call that is written a second time for its gradient's sake is one call.
 */
export function workOf(text) {
  const work = { products: 0, attention: 0 };
  for (const line of text.split('\n')) {
    const product =
      /stablehlo\.dot_general .*contracting_dims = \[([\d, ]+)\].* : \(tensor<([\dx]+)x\w+>.*-> tensor<([\dx]+)x/.exec(
        line,
      );
    if (product !== null) {
      const [, axes, left, result] = product;
      const summed = axes.split(', ').map((axis) => sizesOf(left)[axis]);
      work.products += 2 * productOf([...sizesOf(result), ...summed]);
    }
    const call = /custom_call @"?__cudnn\$fmha\w*?(Backward)?"?\(.* : \(tensor<(\d+)x(\d+)x(\d+)x(\d+)x/.exec(line);
    if (call !== null) {
      const [B, H, N, d] = call.slice(2).map(Number);
      // Two products forward, five backward; less those of the forward call that is written again.
      work.attention += 2 * B * H * N * N * d * (call[1] ? 5 - 2 : 2);
    }
  }
  return work;
}

const sizesOf = (shape) => shape.split('x').map(Number);

const productOf = (sizes) => sizes.reduce((product, size) => product * size, 1);
