"""The experiment of `vjepa results` once more, in PyTorch: pretraining and probes written from the papers, not from our code.

    python bench/pytorch/experiment.py FOLDER [--seed 1000] [--device cpu]

FOLDER is that of `vjepa results`. Its videos, the settings of its pretraining `V-JEPA` and of its probes are read there; first
weights, order, windows, masks and probes are drawn from PyTorch's and NumPy's generators, under a seed of their own. Of the
frozen target encoder and of random weights an attentive probe with all labels is asked what our own are asked.

Writes FOLDER/replications/pytorch-seed-N.json, and the weights beside it in the form of a published checkpoint; what is
pretrained there is not pretrained again. `vjepa results`, called once more, puts it on its page. Needs torch, numpy, av and
opencv-python-headless. On two cores it takes about as long as ours; with `--device cuda` minutes.
"""

import argparse
import json
import os
import shlex
import sys
import time
from glob import glob

import numpy as np
import torch

from clips import normalized, read_labels, read_videos, training_clips
from masks import sample_masks
from model import Encoder
from pretraining import Pretraining, token_grid
from probing import frozen_features, measure_cell

PRETRAINING, RANDOM = "v-jepa", "random-weights"


def read_json(path):
    with open(path) as file:
        return json.load(file)


def run_settings(folder):
    """What our pretraining was run with, defaults filled in."""
    found = sorted(glob(os.path.join(folder, "pretrainings", PRETRAINING, "seed-*", "run", "settings.json")))
    if not found:
        raise SystemExit(f"{folder}: has no pretraining {PRETRAINING}; run `vjepa results --folder {folder}` first")
    settings = read_json(found[0])["settings"]
    clips, augmentation = settings["clips"], settings["augmentation"]
    unknown = [f"clips.{name}" for name in ("duration", "weights") if clips.get(name) is not None]
    unknown += ["clips.rejectShort"] * bool(clips["rejectShort"]) + ["clips.fraction"] * (clips["fraction"] != 1)
    unknown += [f"augmentation.{name}" for name in ("motionShift", "randAugment", "erasingProbability") if augmentation[name]]
    if unknown:
        raise SystemExit(f"{found[0]}: {', '.join(unknown)}: not known here")
    return settings


def cells_asked(folder, start):
    """Our cells of an encoder that are probed with all labels, as they were asked for."""
    found = sorted(glob(os.path.join(folder, "cells", "main", start, "attentive-probe", "*-100", "seed-*", "config.json")))
    first = {}
    for config in map(read_json, found):
        first.setdefault(config["label"], config)
    return list(first.values())


def batches(count, size, random):
    """Places of videos, pass after pass in a new order."""
    order = np.empty(0, np.int64)
    while True:
        while len(order) < size:
            order = np.concatenate([order, random.permutation(count)])
        yield order[:size]
        order = order[size:]


def pretrain(settings, videos, seed, device):
    """Draws, and makes all updates; says every hundredth."""
    random, places = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model = Pretraining(settings, device)
    grid, size = token_grid(settings["encoder"]), settings["batchSize"]
    total = settings["epochs"] * settings["stepsPerEpoch"]
    begun = time.perf_counter()
    for step, batch in zip(range(1, total + 1), batches(len(videos), size, random)):
        clips = normalized(training_clips(videos[torch.from_numpy(batch)], settings, random))
        found = model.update(step, clips, sample_masks(settings["masks"], grid, size, step - 1, places))
        if step % 100 == 0 or step == total:
            seconds = time.perf_counter() - begun
            print(f"step {step}/{total}  loss {found['loss']:.5f}  {seconds / step:.3f} s/step", file=sys.stderr, flush=True)
    return model, {"updates": total, "loss": found["loss"], "seconds": time.perf_counter() - begun}


def pretrained(path, settings, videos, seed, device):
    """The pretraining that lies there, or a new one."""
    if os.path.exists(path):
        kept = torch.load(path, map_location=device)
        if kept["settings"] != settings:
            raise SystemExit(f"{path}: was pretrained with other settings; delete it, or choose another --seed")
        model = Pretraining(settings, device)
        model.load(kept)
        return model, kept["result"]
    model, result = pretrain(settings, videos, seed, device)
    states = {name: getattr(model, name).state_dict() for name in ("encoder", "predictor", "target_encoder")}
    torch.save({**states, "epoch": settings["epochs"], "settings": settings, "result": result}, path + ".part")
    os.replace(path + ".part", path)
    return model, result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="of `vjepa results`")
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    settings = run_settings(given.folder)
    videos_folder = os.path.join(given.folder, "videos", "main")
    paths = {split: read_labels(videos_folder, split, "joint")[0] for split in ("train", "val", "test")}
    videos = {split: read_videos(paths[split]) for split in paths}

    out = os.path.join(given.folder, "replications")
    os.makedirs(out, exist_ok=True)
    base = os.path.join(out, f"pytorch-seed-{given.seed}")
    model, result = pretrained(f"{base}.pth.tar", settings, videos["train"], given.seed, given.device)
    torch.manual_seed(given.seed)
    fresh = Encoder(settings["encoder"], token_grid(settings["encoder"])).to(given.device)

    cells = []
    for start, encoder in ((RANDOM, fresh), (PRETRAINING, model.target_encoder)):
        features = {split: frozen_features(encoder, videos[split], settings, given.device) for split in videos}
        for asked in cells_asked(given.folder, start):
            labels = {split: read_labels(videos_folder, split, asked["label"])[1] for split in videos}
            with open(os.path.join(videos_folder, f"classes.{asked['label']}.txt")) as file:
                classes = len(file.read().split("\n")) - 1
            found = measure_cell(features, labels, classes, settings, asked["training"], given.seed, given.device)
            cells.append({"asked": asked, **found})
            print(f"{asked['start']}, {asked['label']}: {found['top1']:.1f} %", file=sys.stderr, flush=True)

    products = "bfloat16 autocast" if settings["precision"] == "bfloat16" else "float32"
    report = {
        "program": f"PyTorch {torch.__version__.split('+')[0]} on {given.device}, {products}",
        "command": shlex.join(["python", *sys.argv]),
        "seed": given.seed,
        "pretraining": result,
        "cells": cells,
    }
    with open(f"{base}.json.part", "w") as file:
        json.dump(report, file, indent=1)
    os.replace(f"{base}.json.part", f"{base}.json")
    print(json.dumps({cell["asked"]["start"] + ", " + cell["asked"]["label"]: cell["top1"] for cell in cells}))


if __name__ == "__main__":
    main()
