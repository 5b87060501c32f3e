"""V-JEPA's pretraining (section 3 of the paper) on clips and masks that are given to it."""

import copy
import math

import torch
import torch.nn.functional as F

from model import Encoder, Predictor, gather_tokens, set_rates, weight_groups


def token_grid(encoder):
    side = encoder["imageSize"] // encoder["patchSize"]
    return encoder["numFrames"] // encoder["tubeletSize"], side, side


def half_cosine(start, end, share):
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def schedule(settings, step):
    """Learning rate, weight decay, momentum and largest norm of the gradients at a step, counted from 1."""
    values, per_epoch = settings["optimization"], settings["stepsPerEpoch"]
    rate, decay, momentum = (values[name] for name in ("learningRate", "weightDecay", "momentum"))
    length = values["scheduleScale"] * settings["epochs"] * per_epoch
    warmup = int(values["warmupEpochs"] * per_epoch)
    if step < warmup:
        learning_rate = rate["start"] + step / warmup * (rate["reference"] - rate["start"])
    else:
        share = (step - warmup) / max(1, int(length) - warmup)
        learning_rate = max(rate["final"], half_cosine(rate["reference"], rate["final"], share))
    limit = min if decay["final"] > decay["reference"] else max
    return {
        "learning_rate": learning_rate,
        "weight_decay": limit(decay["final"], half_cosine(decay["reference"], decay["final"], step / int(length))),
        "momentum": momentum["start"] + (step - 1) * (momentum["end"] - momentum["start"]) / length,
        # Clipping begins an epoch after the warm-up has ended.
        "clip_norm": values["clipNorm"] if (step - 1) // per_epoch > values["warmupEpochs"] else 0,
    }


class Pretraining:
    """Encoder, predictor, target encoder and AdamW, and the update that changes them."""

    def __init__(self, settings, device="cpu"):
        if settings["objective"]["targets"] != "features":
            raise SystemExit("a pretraining on pixels: only features are predicted here")
        self.settings, self.device = settings, torch.device(device)
        grid, masks = token_grid(settings["encoder"]), len(settings["masks"]["masks"])
        self.encoder = Encoder(settings["encoder"], grid).to(device)
        self.predictor = Predictor(settings["predictor"], settings["encoder"], grid, masks).to(device)
        self.draw()
        self.target_encoder = copy.deepcopy(self.encoder).requires_grad_(False)
        optimization = settings["optimization"]
        adamw, scale = optimization["adamW"], optimization.get("predictorLearningRateScale", 1)
        groups = weight_groups(self.encoder) + weight_groups(self.predictor, scale)
        self.optimizer = torch.optim.AdamW(groups, betas=(adamw["beta1"], adamw["beta2"]), eps=adamw["epsilon"])

    def draw(self):
        """First weights are drawn with a deviation of 0.02; where others are asked for, they are scaled to those."""
        for model, name in ((self.encoder, "initialDeviation"), (self.predictor, "predictorInitialDeviation")):
            deviation = self.settings.get(name, 0.02)
            width = self.settings["encoder" if model is self.encoder else "predictor"]["embedDim"]
            factor = math.sqrt(1024 / width) if deviation == "by width" else deviation / 0.02
            for module in model.modules():
                if isinstance(module, (torch.nn.Linear, torch.nn.Conv3d)):
                    module.weight.data.mul_(factor)

    def load(self, states):
        """Takes the weights of all three, by their names in a checkpoint."""
        for name in ("encoder", "predictor", "target_encoder"):
            getattr(self, name).load_state_dict(states[name])

    def loss(self, clips, masks):
        """Of normalised clips, mean over the masks: the objective, and the variance term that it holds or only shows."""
        objective, device = self.settings["objective"], self.device.type
        exponent = objective["lossExponent"]
        distance, deviation = 0.0, 0.0
        with torch.autocast(device, torch.bfloat16, enabled=self.settings["precision"] == "bfloat16"):
            with torch.no_grad():
                h = F.layer_norm(self.target_encoder(clips).float(), (self.settings["encoder"]["embedDim"],))
            for i, (context, target) in enumerate(masks):
                z = self.predictor(self.encoder(clips, context), context, target, i).float()
                distance = distance + ((z - gather_tokens(h, target)).abs() ** exponent).mean() / exponent / len(masks)
                deviation = deviation + (z.var(1) + 1e-4).sqrt() / len(masks)
        regularizer = F.relu(1 - deviation).mean()
        return distance + objective["regularizerCoefficient"] * regularizer, regularizer

    def update(self, step, clips, masks):
        """One update, counted from 1: pixels [B, T, H, W, 3], normalised clips follow. Returns what a log has."""
        at = schedule(self.settings, step)
        masks = [(context.to(self.device), target.to(self.device)) for context, target in masks]
        loss, regularizer = self.loss(clips.to(self.device), masks)
        loss.backward()
        norms = [self.clip(model, at["clip_norm"]) for model in (self.encoder, self.predictor)]
        set_rates(self.optimizer, at["learning_rate"], at["weight_decay"])
        self.optimizer.step()
        self.optimizer.zero_grad()
        with torch.no_grad():
            own, new = list(self.target_encoder.parameters()), list(self.encoder.parameters())
            torch._foreach_mul_(own, at["momentum"])
            torch._foreach_add_(own, new, alpha=1 - at["momentum"])
        return {"loss": loss.item(), "reg_loss": regularizer.item(), "norms": [float(norm) for norm in norms], **at}

    def clip(self, model, most):
        return torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], most or math.inf)
