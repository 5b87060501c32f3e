"""Dense probes as PyTorch computes them, recorded for our tests.

    python bench/pytorch/dense_probe.py fixtures/cases/dense/pytorch.json

Linear layers on random features of patches, with and without BatchNorm, trained for some steps of AdamW by cross-entropy on
interpolated scores, or by the loss of depths in bins or of depths alone; then what they answer, and how good that is. Modules,
optimiser, interpolation and cross-entropy are PyTorch's own. Beside these, labels handed on from frames to another. Needs torch and
numpy.
"""

import json
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F

B, ROWS, COLUMNS, D = 3, 4, 5, 6
HEIGHT, WIDTH = 17, 22
STEPS = 3
MIN_DEPTH, MAX_DEPTH = 0.001, 10.0


class Probe(torch.nn.Module):
    def __init__(self, outputs, norm):
        super().__init__()
        self.norm = torch.nn.BatchNorm2d(D) if norm else torch.nn.Identity()
        self.linear = torch.nn.Conv2d(D, outputs, 1)
        torch.nn.init.normal_(self.linear.weight, std=0.3)
        torch.nn.init.normal_(self.linear.bias, std=0.1)

    def forward(self, features):
        grid = features.transpose(1, 2).reshape(-1, D, ROWS, COLUMNS)
        return self.linear(self.norm(grid))

    def record(self):
        named = {name: parameter for name, parameter in self.named_parameters()}
        named["linear.weight"] = named["linear.weight"].reshape(-1, D)
        return {name: tensor_of(parameter) for name, parameter in named.items()}


def depths(scores, bins):
    scores = F.interpolate(scores, scale_factor=4, mode="bilinear", align_corners=False)
    if bins == 0:
        return MIN_DEPTH + F.softplus(scores)
    weights = torch.relu(scores) + 0.1
    weights = weights / weights.sum(dim=1, keepdim=True)
    centres = torch.linspace(MIN_DEPTH, MAX_DEPTH, bins)
    return torch.einsum("bkhw,k->bhw", weights, centres).unsqueeze(1)


def depth_loss(predicted, measured):
    valid = (measured > 0) & (measured <= MAX_DEPTH)
    g = torch.log(predicted[valid] + 1e-3) - torch.log(measured[valid] + 1e-3)
    scale_invariant = torch.sqrt(torch.var(g) + 0.15 * torch.mean(g) ** 2)
    gradients = 0
    for scale in range(4):
        step = 2**scale
        mask = valid[:, ::step, ::step]
        difference = torch.log(predicted[:, ::step, ::step] + 1e-3) - torch.log(measured[:, ::step, ::step] + 1e-3)
        difference = torch.where(mask, difference, torch.zeros(()))
        down = (difference[:, :-2] - difference[:, 2:]).abs()[mask[:, :-2] & mask[:, 2:]].sum()
        across = (difference[:, :, :-2] - difference[:, :, 2:]).abs()[mask[:, :, :-2] & mask[:, :, 2:]].sum()
        gradients = gradients + (down + across) / mask.sum()
    return scale_invariant + 0.5 * gradients


def propagated(neighbours, radius, temperature, frames=3, classes=3):
    """Labels handed on as affinities: all but the largest of each patch are set to 0, and columns sum to 1."""
    patches = ROWS * COLUMNS
    unit = [F.normalize(torch.randn(patches, D), dim=1) for _ in range(frames + 1)]
    labels = [torch.softmax(torch.randn(patches, classes), 1) for _ in range(frames)]
    row, column = torch.arange(patches) // COLUMNS, torch.arange(patches) % COLUMNS
    near = ((row[:, None] - row).abs() <= radius) & ((column[:, None] - column).abs() <= radius)
    similarities = [unit[-1] @ own.T for own in unit[:-1]]
    affinity = torch.cat([torch.exp(own / temperature) * near for own in similarities], 1)
    least = torch.topk(affinity, neighbours, dim=1)[0][:, -1:]
    affinity = torch.where(affinity >= least, affinity, torch.zeros(()))
    expected = affinity / affinity.sum(1, keepdim=True) @ torch.cat(labels)
    return {
        "neighbours": neighbours,
        "radius": radius,
        "temperature": temperature,
        "similarities": [tensor_of(own) for own in similarities],
        "labels": [tensor_of(own) for own in labels],
        "expected": tensor_of(expected),
    }


def tensor_of(tensor):
    return {"shape": list(tensor.shape), "data": [float(value) for value in tensor.detach().flatten()]}


def trained(task, outputs, norm, bins=None):
    probe = Probe(outputs, norm)
    features = torch.randn(B, ROWS * COLUMNS, D) * torch.linspace(0.5, 3, D) + torch.linspace(-1, 2, D)
    if task == "segmentation":
        targets = torch.randint(0, outputs, (B, HEIGHT, WIDTH))
        targets[torch.rand(B, HEIGHT, WIDTH) < 0.2] = 255
    else:
        targets = torch.rand(B, HEIGHT, WIDTH) * 12
        targets[torch.rand(B, HEIGHT, WIDTH) < 0.2] = 0
    record = {
        "task": task,
        "norm": norm,
        "outputs": outputs,
        **({} if bins is None else {"bins": bins}),
        "features": tensor_of(features),
        "targets": tensor_of(targets),
        "initial": probe.record(),
    }
    # Vectors are not decayed.
    vectors = [p for p in probe.parameters() if p.ndim < 2]
    matrices = [p for p in probe.parameters() if p.ndim >= 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.02)
    losses = []
    for _ in range(STEPS):
        scores = probe(features)
        if task == "segmentation":
            whole = F.interpolate(scores, size=(HEIGHT, WIDTH), mode="bilinear", align_corners=False)
            loss = F.cross_entropy(whole, targets, ignore_index=255)
        else:
            predicted = F.interpolate(depths(scores, bins), size=(HEIGHT, WIDTH), mode="bilinear", align_corners=False)
            loss = depth_loss(predicted[:, 0], targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    probe.eval()
    with torch.no_grad():
        scores = probe(features)
        if task == "segmentation":
            whole = F.interpolate(scores, size=(HEIGHT, WIDTH), mode="bilinear", align_corners=False)
            answer = whole.argmax(1)
            measures = mean_iou(answer.numpy(), targets.numpy(), outputs)
            maps = scores.permute(0, 2, 3, 1)
        else:
            whole = depths(scores, bins)
            answer = F.interpolate(whole, size=(HEIGHT, WIDTH), mode="bilinear", align_corners=False)[:, 0]
            measures = depth_errors(answer.double().numpy(), targets.double().numpy())
            maps = whole[:, 0]
    record.update(losses=losses, final=probe.record(), maps=tensor_of(maps), answer=tensor_of(answer), measures=measures)
    if norm:
        record.update(mean=tensor_of(probe.norm.running_mean), variance=tensor_of(probe.norm.running_var))
    return record


def mean_iou(answer, targets, classes):
    counts = targets != 255
    ious = []
    for c in range(classes):
        found, truth = (answer == c) & counts, (targets == c) & counts
        union = (found | truth).sum()
        if union > 0:
            ious.append((found & truth).sum() / union)
    return {"meanIou": 100 * float(np.mean(ious)), "pixelAccuracy": 100 * float((answer == targets)[counts].mean())}


def depth_errors(answer, targets):
    rows = []
    for predicted, measured in zip(answer, targets):
        valid = (measured > MIN_DEPTH) & (measured < MAX_DEPTH)
        p, t = np.clip(predicted[valid], MIN_DEPTH, MAX_DEPTH), measured[valid]
        ratio = np.maximum(p / t, t / p)
        rows.append([math.sqrt(((p - t) ** 2).mean()), (np.abs(p - t) / t).mean(), (ratio < 1.25).mean()])
    return dict(zip(["rmse", "absRel", "delta1"], np.mean(rows, axis=0).tolist()))


torch.manual_seed(0)
cases = [
    trained("segmentation", 4, True),
    trained("segmentation", 4, False),
    trained("depth", 8, True, bins=8),
    trained("depth", 1, True, bins=0),
]
propagation = [propagated(5, 1, 0.1), propagated(2, 12, 0.07)]
settings = {"grid": [ROWS, COLUMNS], "learningRate": 0.02, "weightDecay": 0.1, "torch": torch.__version__}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.8g}")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list) else value


with open(sys.argv[1], "w") as file:
    json.dump(rounded({"settings": settings, "cases": cases, "propagation": propagation}), file)
    file.write("\n")
