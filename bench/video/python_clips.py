"""Clips per CPU second with PyAV and OpenCV: what bench/video/clips.mjs does, in Python.

    python bench/video/python_clips.py VIDEO [--clips 40] [--seed 0]

A clip: 16 frames, every fourth of a random 64-frame window, one random crop, 224x224 RGB bytes; the file is opened per
clip and decoded by one thread. Prints one JSON object per library: `cpu_ms_per_clip` counts processor time, so that a
busy machine does not change the comparison; `clips_per_second` is wall time. Needs av, opencv-python-headless, numpy.
"""

import argparse
import json
import random
import time

import av
import cv2
import numpy as np

STEP, FRAMES, SIZE = 4, 16, 224


def random_box(height, width, rng):
    area = rng.uniform(0.3, 1) * height * width
    ratio = rng.uniform(0.75, 1.35)
    w = min(width, round((area * ratio) ** 0.5))
    h = min(height, round((area / ratio) ** 0.5))
    return rng.randint(0, height - h), rng.randint(0, width - w), h, w


def crop_resize(image, box):
    top, left, height, width = box
    return cv2.resize(image[top : top + height, left : left + width], (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)


def clip_pyav(path, rng):
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        start = rng.randrange(stream.frames - STEP * FRAMES)
        ticks = 1 / (stream.average_rate * stream.time_base)
        times = [round((start + STEP * i) * ticks) for i in range(FRAMES)]
        container.seek(times[0], stream=stream, backward=True)
        box = random_box(stream.height, stream.width, rng)
        clip = []
        for frame in container.decode(stream):
            if frame.pts >= times[len(clip)] - 1:
                clip.append(crop_resize(frame.to_ndarray(format="rgb24"), box))
                if len(clip) == FRAMES:
                    return np.stack(clip)


def clip_opencv(path, rng):
    video = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    count, width, height = (int(video.get(p)) for p in (7, 3, 4))
    start = rng.randrange(count - STEP * FRAMES)
    video.set(cv2.CAP_PROP_POS_FRAMES, start)
    box = random_box(height, width, rng)
    clip = []
    for i in range(STEP * (FRAMES - 1) + 1):
        video.grab()
        if i % STEP == 0:
            _, image = video.retrieve()
            top, left, h, w = box
            clip.append(crop_resize(cv2.cvtColor(image[top : top + h, left : left + w], cv2.COLOR_BGR2RGB), (0, 0, h, w)))
    video.release()
    return np.stack(clip)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("video")
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    for name, clip in (("pyav", clip_pyav), ("opencv", clip_opencv)):
        rng = random.Random(arguments.seed)
        clip(arguments.video, rng)
        cpu, wall = time.process_time(), time.time()
        for _ in range(arguments.clips):
            clip(arguments.video, rng)
        cpu, wall = time.process_time() - cpu, time.time() - wall
        result = {
            "library": name,
            "cpu_ms_per_clip": round(1000 * cpu / arguments.clips, 1),
            "clips_per_second": round(arguments.clips / wall, 2),
        }
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
