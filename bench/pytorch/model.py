"""V-JEPA's networks in PyTorch (section 3 and appendix of the paper), parameters named as in its published checkpoints.

B clips, N tokens of a grid [depth, height, width] with time slowest, D width of the encoder, P of the predictor.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


def position_embedding(width, grid, uniform):
    """Sines and cosines of the three positions, [1, N, width]: of equal parts of the width, or half of it for time."""
    axis = [2 * math.ceil(width / 6)] * 3 if uniform else [width // 2, width // 4, width // 4]
    parts = []
    for size, places in zip(axis, torch.meshgrid(*(torch.arange(n, dtype=torch.float64) for n in grid), indexing="ij")):
        rates = 10000.0 ** -(torch.arange(size // 2, dtype=torch.float64) / (size / 2))
        angles = places.reshape(-1, 1) * rates
        parts += [angles.sin(), angles.cos()]
    return torch.cat(parts, 1)[None, :, :width].float()


def gather_tokens(x, indices):
    """Of [B, N, D] the tokens [B, K] of each clip: [B, K, D]."""
    return x.gather(1, indices[:, :, None].expand(-1, -1, x.size(2)))


class LayerNorm(nn.LayerNorm):
    """Computed and answered in float32 under autocast, on every device as on GPUs."""

    def forward(self, x):
        return F.layer_norm(x.float(), self.normalized_shape, self.weight, self.bias, self.eps)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads, hidden, eps):
        super().__init__()
        self.norm1, self.attn = LayerNorm(width, eps), Attention(width, heads)
        self.norm2, self.mlp = LayerNorm(width, eps), Mlp(width, hidden)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self, tubelet, patch, width):
        super().__init__()
        size = (tubelet, patch, patch)
        self.proj = nn.Conv3d(3, width, size, stride=size)

    def forward(self, clips):
        return self.proj(clips).flatten(2).transpose(1, 2)


class Encoder(nn.Module):
    """Normalised clips [B, 3, T, H, W], and which tokens of them are seen [B, K], to features [B, K, D]."""

    def __init__(self, config, grid):
        super().__init__()
        width, eps = config["embedDim"], config["layerNormEpsilon"]
        hidden = int(width * config["mlpRatio"])
        self.pos_embed = nn.Parameter(position_embedding(width, grid, config["uniformPower"]), requires_grad=False)
        self.patch_embed = PatchEmbed(config["tubeletSize"], config["patchSize"], width)
        self.blocks = nn.ModuleList(Block(width, config["numHeads"], hidden, eps) for _ in range(config["depth"]))
        self.norm = LayerNorm(width, eps)
        self.apply(draw_weights)

    def forward(self, clips, seen=None):
        x = self.patch_embed(clips)
        x = x + self.pos_embed.to(x.dtype)
        if seen is not None:
            x = gather_tokens(x, seen)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


class Predictor(nn.Module):
    """Features of the context [B, K, D], where it is [B, K], what is asked for [B, L], and by which mask: [B, L, D]."""

    def __init__(self, config, encoder, grid, masks):
        super().__init__()
        width, eps = config["embedDim"], encoder["layerNormEpsilon"]
        hidden = int(width * encoder["mlpRatio"])
        places = position_embedding(width, grid, encoder["uniformPower"])
        self.mask_tokens = nn.ParameterList(nn.Parameter(torch.zeros(1, 1, width)) for _ in range(masks))
        self.predictor_embed = nn.Linear(encoder["embedDim"], width)
        self.predictor_pos_embed = nn.Parameter(places, requires_grad=False)
        self.predictor_blocks = nn.ModuleList(
            Block(width, config["numHeads"], hidden, eps) for _ in range(config["depth"])
        )
        self.predictor_norm = LayerNorm(width, eps)
        self.predictor_proj = nn.Linear(width, encoder["embedDim"])
        self.apply(draw_weights)
        if not config["zeroInitMaskTokens"]:
            for token in self.mask_tokens:
                nn.init.trunc_normal_(token, std=0.02)

    def forward(self, features, context, target, mask):
        places = self.predictor_pos_embed.expand(len(features), -1, -1)
        x = self.predictor_embed(features)
        x = x + gather_tokens(places, context).to(x.dtype)
        x = torch.cat([x, self.mask_tokens[mask] + gather_tokens(places, target)], 1)
        for block in self.predictor_blocks:
            x = block(x)
        return self.predictor_proj(self.predictor_norm(x)[:, context.size(1) :])


class CrossAttention(nn.Module):
    """One query asks all tokens. What it hears is not projected: those weights are published, and not used."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, query, x):
        q = self.q(query).unflatten(2, (self.heads, -1)).transpose(1, 2)
        k, v = self.kv(x).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


class CrossAttentionBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.xattn = nn.LayerNorm(width), CrossAttention(width, heads)
        self.norm2, self.mlp = nn.LayerNorm(width), Mlp(width, 4 * width)

    def forward(self, query, x):
        y = query + self.xattn(query, self.norm1(x))
        return y + self.mlp(self.norm2(y))


class AttentivePooler(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.query_tokens = nn.Parameter(torch.empty(1, 1, width))
        self.cross_attention_block = CrossAttentionBlock(width, heads)
        self.apply(draw_weights)
        nn.init.trunc_normal_(self.query_tokens, std=0.02)
        with torch.no_grad():
            self.cross_attention_block.mlp.fc2.weight /= math.sqrt(2)

    def forward(self, x):
        return self.cross_attention_block(self.query_tokens.expand(len(x), -1, -1), x)[:, 0]


class AttentiveProbe(nn.Module):
    """The paper's classifier of frozen features [B, N, D]: logits [B, classes]."""

    def __init__(self, width, heads, classes):
        super().__init__()
        self.pooler = AttentivePooler(width, heads)
        self.linear = nn.Linear(width, classes)

    def forward(self, features):
        return self.linear(self.pooler(features))


def draw_weights(module):
    """What pretraining begins with: the published one draws all layers alike, without smaller weights in deeper ones."""
    if isinstance(module, (nn.Linear, nn.Conv3d)):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)


def weight_groups(model, scale=1.0):
    """AdamW's groups: what is decayed, and biases and the norms' parameters, which are not. `scale` is of the learning rate."""
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    free = [p for name, p in named if p.ndim == 1 or "bias" in name]
    decayed = [p for name, p in named if p.ndim > 1 and "bias" not in name]
    return [
        {"params": decayed, "decayed": True, "scale": scale},
        {"params": free, "decayed": False, "weight_decay": 0.0, "scale": scale},
    ]


def set_rates(optimizer, learning_rate, weight_decay):
    for group in optimizer.param_groups:
        group["lr"] = group["scale"] * learning_rate
        if group["decayed"]:
            group["weight_decay"] = weight_decay
