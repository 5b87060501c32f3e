"""Multi-block masks (V-JEPA, section 3.2): which tokens are seen and which are predicted."""

import torch


def block_size(grid, mask, call):
    """The size [depth, height, width] of all blocks of a batch: a function of how many batches came before it."""
    random = torch.Generator().manual_seed(call)

    def draw(low, high):
        return low + torch.rand(1, generator=random).item() * (high - low)

    depth, height, width = grid
    duration = max(1, int(depth * draw(*mask["temporalScale"])))
    area = int(height * width * draw(*mask["spatialScale"]))
    ratio = draw(*mask["aspectRatio"])
    return duration, min(round((area * ratio) ** 0.5), height), min(round((area / ratio) ** 0.5), width)


def sample_masks(settings, grid, batch, call, random):
    """For each mask of the settings the tokens that are seen [B, K] and those that are predicted [B, L]."""
    if settings["kind"] != "multiblock3d":
        raise SystemExit(f"masks of kind {settings['kind']}: only multiblock3d is known here")
    pairs = []
    for mask in settings["masks"]:
        size = block_size(grid, mask, call)
        # A batch is cut to its shortest sample; of a group that is larger than the batch only these are used.
        drawn = [sample_mask(mask, grid, size, random) for _ in range(settings.get("groupSize") or batch)]
        seen, hidden = ([part[i] for part in drawn] for i in (0, 1))
        most = min(min(map(len, seen)), mask.get("maxKeep") or len(seen[0]))
        cut = settings.get("truncation", "raster")
        pairs.append((cut_to(seen[:batch], most, cut, random), cut_to(hidden[:batch], min(map(len, hidden)), cut, random)))
    return pairs


def sample_mask(mask, grid, size, random):
    while True:
        keep = torch.ones(grid, dtype=torch.bool)
        for _ in range(mask["numBlocks"]):
            top, left, start = (
                int(torch.randint(0, grid[axis] - size[axis] + 1, (1,), generator=random)) for axis in (1, 2, 0)
            )
            keep[start : start + size[0], top : top + size[1], left : left + size[2]] = False
        keep[max(1, int(grid[0] * (mask.get("maxTemporalKeep") or 1))) :] = False
        if keep.any():
            return keep.flatten().nonzero()[:, 0], (~keep).flatten().nonzero()[:, 0]


def cut_to(samples, length, truncation, random):
    if truncation == "raster":
        return torch.stack([tokens[:length] for tokens in samples])
    return torch.stack([tokens[torch.randperm(len(tokens), generator=random)[:length]].sort().values for tokens in samples])
