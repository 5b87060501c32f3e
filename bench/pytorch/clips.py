"""Videos of a folder of `vjepa results`, and the clips that are cut from them."""

import math
import os

import av
import cv2
import numpy as np
import torch
import torch.nn.functional as F

MEAN = 255 * torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1, 1)
DEVIATION = 255 * torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1, 1)


def read_labels(folder, split, kind):
    with open(os.path.join(folder, f"{split}.{kind}.csv")) as file:
        lines = [line.rsplit(" ", 1) for line in file.read().splitlines()]
    return [os.path.join(folder, path) for path, _ in lines], torch.tensor([int(label) for _, label in lines])


def read_frames(path):
    """All frames, RGB bytes [T, H, W, 3], with the colour conversion of PyAV's own."""
    with av.open(path) as container:
        container.streams.video[0].codec_context.thread_count = 1
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def read_videos(paths):
    return torch.from_numpy(np.stack([read_frames(path) for path in paths]))


def clip_indices(frames, clip, step, place, overlap):
    """The frames of one clip; `place` chooses the end of its window in a video that is longer, from [length, frames)."""
    length = clip * step
    if frames > length:
        end = place(length, frames)
        return np.linspace(end - length, end, clip).clip(end - length, end - 1).astype(np.int64)
    last = min(length, frames) - 1 if overlap else frames
    points = np.linspace(0, last, last // step)
    return np.concatenate([points, np.full(clip - len(points), last)]).clip(0, max(0, last - 1)).astype(np.int64)


def normalized(clips):
    """Pixels 0..255 [B, T, H, W, 3] as encoders take them, [B, 3, T, H, W]."""
    x = clips.permute(0, 4, 1, 2, 3).float()
    return (x - MEAN.to(x.device)) / DEVIATION.to(x.device)


def training_clips(videos, settings, random):
    """A window of each video, one crop for all of its frames, perhaps mirrored: [B, T, S, S, 3], values 0..255."""
    frames, size = settings["encoder"]["numFrames"], settings["encoder"]["imageSize"]
    augmentation, step = settings["augmentation"], settings["clips"]["frameStep"]
    clips = []
    for video in videos:
        window = clip_indices(len(video), frames, step, lambda low, high: int(random.integers(low, high)), overlap=False)
        top, left, height, width = random_box(video.shape[1:3], augmentation, random)
        x = video[torch.from_numpy(window), top : top + height, left : left + width].float()
        if (height, width) != (size, size):
            x = F.interpolate(x.permute(0, 3, 1, 2), (size, size), mode="bilinear", align_corners=False).permute(0, 2, 3, 1)
        clips.append(x.flip(2) if random.random() < augmentation["flipProbability"] else x)
    return torch.stack(clips)


def random_box(sides, augmentation, random):
    """A part of the frame by its area and its width to height; its middle where ten draws do not fit."""
    (height, width), (least, most) = sides, augmentation["aspectRatio"]
    for _ in range(10):
        area = height * width * random.uniform(*augmentation["scale"])
        ratio = math.exp(random.uniform(math.log(least), math.log(most)))
        w, h = round((area * ratio) ** 0.5), round((area / ratio) ** 0.5)
        if 0 < w <= width and 0 < h <= height:
            return int(random.integers(0, height - h + 1)), int(random.integers(0, width - w + 1)), h, w
    w = min(width, round(height * most)) if width / height > most else width
    h = min(height, round(width / least)) if width / height < least else height
    return (height - h) // 2, (width - w) // 2, h, w


def test_clips(videos, settings):
    """The middle window and the middle of the frame, [V, T, S, S, 3] bytes, nothing drawn: the paper's single view."""
    frames, size = settings["encoder"]["numFrames"], settings["encoder"]["imageSize"]
    middle = lambda low, high: low + (high - low) // 2
    window = clip_indices(videos.shape[1], frames, settings["clips"]["frameStep"], middle, overlap=True)
    height, width = videos.shape[2:4]
    short = int(size * 256 / 224)
    sides = [short if side == min(height, width) else int(short * side / min(height, width)) for side in (height, width)]
    top, left = (round((side - size) / 2) for side in sides)
    clips = videos[:, window].numpy()
    resized = np.stack([[cv2.resize(frame, (sides[1], sides[0])) for frame in clip] for clip in clips])
    return torch.from_numpy(resized[:, :, top : top + size, left : left + size].copy())
