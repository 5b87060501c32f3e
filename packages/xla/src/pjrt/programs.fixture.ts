/** A sum of two vectors, and of all their elements. The first argument may become the first result. */
export function addition(size: number): string {
  const vector = `tensor<${size}xf32>`;
  return `module @addition {
    func.func public @main(%state: ${vector} {tf.aliasing_output = 0 : i32}, %x: ${vector}) -> (${vector}, tensor<f32>) {
      %sum = stablehlo.add %state, %x : ${vector}
      %zero = stablehlo.constant dense<0.0> : tensor<f32>
      %total = stablehlo.reduce(%sum init: %zero) applies stablehlo.add across dimensions = [0]
        : (${vector}, tensor<f32>) -> tensor<f32>
      return %sum, %total : ${vector}, tensor<f32>
    }
  }`;
}

/** A matrix's transpose: its values in memory are in another order than the argument's. */
export const TRANSPOSE = `module @transpose {
  func.func public @main(%x: tensor<2x3xi32>) -> tensor<3x2xi32> {
    %y = stablehlo.transpose %x, dims = [1, 0] : (tensor<2x3xi32>) -> tensor<3x2xi32>
    return %y : tensor<3x2xi32>
  }
}`;

/** 64 TiB of one number. */
export const ENDLESS = `module @endless {
  func.func public @main(%x: tensor<f32>) -> tensor<17592186044416xf32> {
    %y = stablehlo.broadcast_in_dim %x, dims = [] : (tensor<f32>) -> tensor<17592186044416xf32>
    return %y : tensor<17592186044416xf32>
  }
}`;

/** The sum over two replicas. */
export const REPLICAS = `module @replicas attributes {mhlo.num_replicas = 2 : i32} {
  func.func public @main(%x: tensor<3xf32>) -> tensor<3xf32> {
    %sum = "stablehlo.all_reduce"(%x) ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.add %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<3xf32>) -> tensor<3xf32>
    return %sum : tensor<3xf32>
  }
}`;
