"""The blocks of a step's encoder as JAX computes them: forward and backward of every mask's context tokens, in bfloat16.

    python jax_blocks.py '{"batch":24,"context":[376,112],"dim":1024,"depth":24,"heads":16,"steps":10}'

No norms, no target encoder, no predictor, no optimizer: a step cannot be faster. Prints one JSON line.
"""
import json
import sys
import time

import jax
import jax.numpy as jnp

options = json.loads(sys.argv[1])
dim, depth, heads = options["dim"], options["depth"], options["heads"]
shapes = {"qkv": (dim, 3 * dim), "projection": (dim, dim), "up": (dim, 4 * dim), "down": (4 * dim, dim)}
keys = iter(jax.random.split(jax.random.key(0), 4 + len(options["context"])))
weights = {name: 0.02 * jax.random.normal(next(keys), (depth, *shape), jnp.bfloat16) for name, shape in shapes.items()}
masks = [jax.random.normal(next(keys), (options["batch"], n, dim), jnp.bfloat16) for n in options["context"]]


def block(x, w):
    batch, tokens, _ = x.shape
    q, k, v = jnp.moveaxis((x @ w["qkv"]).reshape(batch, tokens, 3, heads, dim // heads), 2, 0)
    attended = jax.nn.dot_product_attention(q, k, v).reshape(batch, tokens, dim)
    x = x + attended @ w["projection"]
    return x + jax.nn.gelu(x @ w["up"], approximate=False) @ w["down"], None


def loss(weights):
    return sum(jnp.mean(jnp.abs(jax.lax.scan(block, x, weights)[0].astype(jnp.float32))) for x in masks)


step = jax.jit(jax.value_and_grad(loss))
seconds = []
for _ in range(options["steps"] + 2):
    begun = time.perf_counter()
    jax.block_until_ready(step(weights))
    seconds.append(time.perf_counter() - begun)
timed = sorted(seconds[2:])
print(json.dumps({"seconds_per_step": timed[len(timed) // 2], "device": jax.devices()[0].device_kind}))
