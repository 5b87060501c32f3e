"""Clips per second with PyAV and OpenCV: what bench/video/clips.mjs does, in Python.

    python bench/video/python_clips.py VIDEO [--library pyav|opencv] [--workers 1] [--clips 40] [--starts FILE]

A clip: 16 frames, every fourth of a random 64-frame window, one random crop, 224x224 RGB bytes; the file is opened per
clip and decoded by one thread. Workers are processes. Prints one JSON object per library: `clips_per_second` is wall
time, code warm; `cpu_ms_per_clip` counts processor time, so that a busy machine does not change the comparison.
`--starts`: a JSON list of the windows' first frames, to measure two programs on the same windows.
Needs av, opencv-python-headless, numpy.
"""

import argparse
import json
import multiprocessing
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


def clip_pyav(path, start, rng):
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        if start is None:
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
    raise RuntimeError(f"{path}: the window at frame {start} has {len(clip)} of {FRAMES} frames")


def clip_opencv(path, start, rng):
    video = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    count, width, height = (int(video.get(p)) for p in (7, 3, 4))
    if start is None:
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


CLIPS = {"pyav": clip_pyav, "opencv": clip_opencv}


def work(library, path, starts, seed, ready, results):
    """One worker: a clip to get warm, then, all workers together, its share of the clips."""
    cv2.setNumThreads(1)
    clip, rng = CLIPS[library], random.Random(seed)
    clip(path, starts[0], rng)
    ready.wait()
    began, cpu = time.monotonic(), time.process_time()
    for start in starts:
        clip(path, start, rng)
    results.put((began, time.monotonic(), time.process_time() - cpu))


def measure(library, path, starts, workers, seed):
    ready, results = multiprocessing.Barrier(workers), multiprocessing.Queue()
    shares = [starts[i::workers] for i in range(workers)]
    processes = [
        multiprocessing.Process(target=work, args=(library, path, share, seed + i, ready, results))
        for i, share in enumerate(shares)
    ]
    for process in processes:
        process.start()
    began, ended, cpu = zip(*(results.get() for _ in processes))
    for process in processes:
        process.join()
    return {
        "library": library,
        "workers": workers,
        "clips_per_second": round(len(starts) / (max(ended) - min(began)), 3),
        "cpu_ms_per_clip": round(1000 * sum(cpu) / len(starts), 1),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("video")
    parser.add_argument("--library", choices=list(CLIPS), help="default: both, one after the other")
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--starts")
    arguments = parser.parse_args()
    starts = [None] * arguments.clips
    if arguments.starts:
        with open(arguments.starts) as file:
            starts = json.load(file)[: arguments.clips]
    for library in [arguments.library] if arguments.library else list(CLIPS):
        print(json.dumps(measure(library, arguments.video, starts, arguments.workers, arguments.seed)), flush=True)


if __name__ == "__main__":
    main()
