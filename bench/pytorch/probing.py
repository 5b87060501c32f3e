"""Frozen features under an attentive probe (V-JEPA, section 4.2)."""

import time
from itertools import product

import torch
import torch.nn.functional as F

from model import AttentiveProbe, set_rates, weight_groups
from clips import normalized, test_clips
from pretraining import half_cosine

CLIPS_AT_ONCE = 64


@torch.no_grad()
def frozen_features(encoder, videos, settings, device):
    """All tokens of one clip of every video, [V, N, D]."""
    parts = [encoder(normalized(test_clips(part, settings).to(device))) for part in videos.split(CLIPS_AT_ONCE)]
    return torch.cat(parts).cpu()


def train_probe(features, labels, classes, settings, recipe, learning_rate, decay, seed, device):
    """A probe trained for so many updates, as whole epochs; its rate falls along half a cosine."""
    torch.manual_seed(seed)
    probe = AttentiveProbe(features.size(2), settings["encoder"]["numHeads"], classes).to(device)
    optimizer = torch.optim.AdamW(weight_groups(probe))
    per_epoch = -(-len(features) // recipe["batchSize"])
    epochs = max(1, int(recipe["updates"] / per_epoch + 0.5))
    step = 0
    for _ in range(epochs):
        for batch in torch.randperm(len(features)).split(recipe["batchSize"]):
            step += 1
            share = step / (epochs * per_epoch)
            set_rates(optimizer, half_cosine(learning_rate, 0, share), decay)
            loss = F.cross_entropy(probe(features[batch].to(device)), labels[batch].to(device))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(probe.parameters(), 1.0)
            optimizer.step()
    return probe


@torch.no_grad()
def correct_answers(probe, features, labels, device):
    answers = torch.cat([probe(part.to(device)).argmax(1).cpu() for part in features.split(256)])
    return answers == labels


def measure_cell(features, labels, classes, settings, recipe, seed, device):
    """The probe that is best on the validation videos, of all learning rates and decays; the test videos are asked once."""
    begun = time.perf_counter()
    probes = []
    for rate, decay in product(recipe["learningRates"], recipe["weightDecays"]):
        probe = train_probe(features["train"], labels["train"], classes, settings, recipe, rate, decay, seed, device)
        found = correct_answers(probe, features["val"], labels["val"], device).float().mean().item()
        probes.append((found, rate, decay, probe))
    _, rate, decay, probe = max(probes, key=lambda entry: entry[0])
    correct = correct_answers(probe, features["test"], labels["test"], device).tolist()
    return {
        "top1": 100 * sum(correct) / len(correct),
        "tests": len(correct),
        "correct": in_hexadecimal(correct),
        "learningRate": rate,
        "weightDecay": decay,
        "trainingVideos": len(features["train"]),
        "classes": classes,
        "seconds": time.perf_counter() - begun,
    }


def in_hexadecimal(answers):
    """A bit for each answer, four to a digit, the first one highest."""
    bits = [int(answer) for answer in answers] + [0] * (-len(answers) % 4)
    return "".join(f"{int(''.join(map(str, bits[i : i + 4])), 2):x}" for i in range(0, len(bits), 4))
