"""Goes along with the first steps of our pretraining: from the same weights, on the same clips and masks.

    node bench/pytorch/first-steps.mjs FOLDER --output first-steps.safetensors
    python bench/pytorch/first_steps.py FOLDER first-steps.safetensors

Prints, for each step, both losses and how far they and the norms of the gradients are apart; how far all weights are apart
after the last step, of the way that they have come; whether the clips of test videos are the same bytes; and of our own target
encoder and probes, read from FOLDER, how many answers about the test videos differ. Ends with 1 where anything is further
apart than the rounding of float32 explains. Needs safetensors, too.
"""

import json
import os
import sys
from glob import glob

import torch
from safetensors import safe_open

from clips import normalized, read_labels, read_videos, test_clips
from experiment import PRETRAINING, read_json
from masks import sample_masks
from model import AttentiveProbe
from pretraining import Pretraining, token_grid
from probing import correct_answers, frozen_features, in_hexadecimal

RUN = os.path.join("pretrainings", PRETRAINING, "seed-0", "run")
# What float32 in another order of sums may come to, relative; and, of answers, the share that lies between two classes.
LOSS, NORM, WEIGHTS, ANSWERS = 1e-5, 5e-3, 1e-2, 0.01


def main():
    folder, path = sys.argv[1:]
    tensors, metadata = read_tensors(path)
    found = json.loads(metadata["found"])
    settings = found["settings"]
    wrong = []

    def compare(what, apart, most):
        if not apart <= most:
            wrong.append(f"{what}: {apart:.2e} apart, at most {most:.0e} expected")
        return f"{apart:.1e}"

    model = Pretraining(settings)
    first = {name: part(tensors, f"first.{name}.") for name in ("encoder", "predictor")}
    tables = [model.encoder.pos_embed.detach().clone(), model.predictor.predictor_pos_embed.detach().clone()]
    model.load({**first, "target_encoder": first["encoder"]})
    for ours, theirs in zip(tables, (model.encoder.pos_embed, model.predictor.predictor_pos_embed)):
        compare("position embedding", (ours - theirs).abs().max().item(), 1e-6)

    for step, ours in enumerate(found["steps"], 1):
        count = len(settings["masks"]["masks"])
        masks = [[tensors[f"masks.{step}.{i}.{kind}"].long() for kind in ("context", "target")] for i in range(count)]
        here = model.update(step, normalized(tensors[f"clips.{step}.pixels"]), masks)
        for name in ("learning_rate", "weight_decay", "momentum", "clip_norm"):
            compare(f"step {step}, {name}", abs(here[name] - ours[name]), 1e-9)
        apart = compare(f"step {step}, loss", abs(here["loss"] / ours["loss"] - 1), LOSS)
        compare(f"step {step}, variance term", abs(here["reg_loss"] - ours["reg_loss"]), LOSS)
        norms = [
            compare(f"step {step}, norm of the {name}'s gradient", abs(a / b - 1), NORM)
            for name, a, b in zip(("encoder", "predictor"), here["norms"], ours["norms"])
        ]
        print(f"step {step}  loss {here['loss']:.7f}  ours {ours['loss']:.7f}  apart {apart}, gradients {', '.join(norms)}")

    for name in ("encoder", "predictor", "target_encoder"):
        begun, ours = first.get(name, first["encoder"]), part(tensors, f"last.{name}.")
        now = getattr(model, name).state_dict()
        learned = [key for key in now if "pos_embed" not in key]
        way = norm(ours[key] - begun[key] for key in learned)
        apart = compare(f"weights of the {name}", norm(now[key] - ours[key] for key in learned) / way, WEIGHTS)
        print(f"{name}: after {len(found['steps'])} steps {apart} of their way apart")

    random = torch.Generator().manual_seed(0)
    for call in range(len(found["steps"])):
        # Where blocks lie is drawn; where a mask is one block, how many tokens it has is not.
        drawn = sample_masks(settings["masks"], token_grid(settings["encoder"]), settings["batchSize"], call, random)
        for i, (mask, (_, target)) in enumerate(zip(settings["masks"]["masks"], drawn)):
            if mask["numBlocks"] == 1:
                compare("size of a block", abs(target.size(1) - tensors[f"masks.{call + 1}.{i}.target"].size(1)), 0)

    paths, _ = read_labels(os.path.join(folder, "videos", "main"), "test", "joint")
    videos = read_videos(paths)
    own = tensors["test.clips"]
    differences = (test_clips(videos[: len(own)], settings).int() - own.int()).abs()
    compare("clips of test videos", differences.max().item(), 0)
    print(f"clips of {len(own)} test videos: largest difference {differences.max().item()} of 255")

    states, _ = read_tensors(sorted(glob(os.path.join(folder, RUN, "checkpoints", "step-*.safetensors")))[-1])
    model.target_encoder.load_state_dict(part(states, "target_encoder."))
    features = frozen_features(model.target_encoder, videos, settings, "cpu")
    for label in ("appearance", "motion"):
        cell = os.path.join(folder, "cells", "main", PRETRAINING, "attentive-probe", f"{label}-100", "seed-0")
        ours, (weights, _) = read_json(os.path.join(cell, "result.json")), read_tensors(os.path.join(cell, "probe.safetensors"))
        probe = AttentiveProbe(features.size(2), settings["encoder"]["numHeads"], ours["classes"])
        probe.load_state_dict(weights)
        _, labels = read_labels(os.path.join(folder, "videos", "main"), "test", label)
        here = in_hexadecimal(correct_answers(probe, features, labels, "cpu").tolist())
        other = (int(here, 16) ^ int(ours["correct"], 16)).bit_count()
        compare(f"answers about {label}", other / len(videos), ANSWERS)
        print(f"{label}, our encoder and probe: {other} of {len(videos)} answers differ from ours")
    for line in wrong:
        print(line, file=sys.stderr)
    sys.exit(1 if wrong else 0)


def read_tensors(path):
    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()


def part(tensors, prefix):
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def norm(tensors):
    return sum(tensor.square().sum().item() for tensor in tensors) ** 0.5


if __name__ == "__main__":
    main()
