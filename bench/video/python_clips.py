"""Clips per second with PyAV, OpenCV and torchcodec: what bench/video/clips.mjs does, in Python.

    python bench/video/python_clips.py VIDEO [--library NAME] [--workers 1] [--clips 40] [--windows FILE] [--cold]

A clip: 16 frames spread over a random 64-frame window, one random crop, 224x224 RGB bytes; the file is opened per clip
and decoded by one thread. Workers are processes. Prints one JSON object per library: `clips_per_second` is wall
time, code warm; `cpu_ms_per_clip` counts processor time, so that a busy machine does not change the comparison.
`--windows`: a JSON list with the frame indices of each clip, to measure two programs on the same frames.
`--cold`: every clip comes from a file of its own, a copy that nothing has read. torchcodec's `exact` reads all packets when it
opens a file, `approximate` trusts the header, `mapped` is given what `exact` would have found; its frames come by one call a clip.
Needs av, opencv-python-headless, numpy; torchcodec for its own.
"""

import argparse
import functools
import json
import multiprocessing
import os
import random
import shutil
import tempfile
import time

import av
import cv2
import numpy as np

WINDOW, FRAMES, SIZE = 64, 16, 224


def random_box(height, width, rng):
    area = rng.uniform(0.3, 1) * height * width
    ratio = rng.uniform(0.75, 1.35)
    w = min(width, round((area * ratio) ** 0.5))
    h = min(height, round((area / ratio) ** 0.5))
    return rng.randint(0, height - h), rng.randint(0, width - w), h, w


def crop_resize(image, box):
    top, left, height, width = box
    return cv2.resize(image[top : top + height, left : left + width], (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)


def random_window(frames, rng):
    return rng.randrange(frames - WINDOW) + np.linspace(0, WINDOW, FRAMES).clip(max=WINDOW - 1).astype(int)


def clip_pyav(path, window, rng):
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        if window is None:
            window = random_window(stream.frames, rng)
        ticks = 1 / (stream.average_rate * stream.time_base)
        times = [round(i * ticks) for i in window]
        container.seek(times[0], stream=stream, backward=True)
        box = random_box(stream.height, stream.width, rng)
        clip = []
        for frame in container.decode(stream):
            if frame.pts >= times[len(clip)] - 1:
                clip.append(crop_resize(frame.to_ndarray(format="rgb24"), box))
                if len(clip) == FRAMES:
                    return np.stack(clip)
    raise RuntimeError(f"{path}: the window at frame {window[0]} has {len(clip)} of {FRAMES} frames")


def clip_opencv(path, window, rng):
    video = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    count, width, height = (int(video.get(p)) for p in (7, 3, 4))
    if window is None:
        window = random_window(count, rng)
    video.set(cv2.CAP_PROP_POS_FRAMES, window[0])
    box = random_box(height, width, rng)
    clip = []
    for i in range(window[0], window[-1] + 1):
        video.grab()
        if i == window[len(clip)]:
            _, image = video.retrieve()
            top, left, h, w = box
            clip.append(crop_resize(cv2.cvtColor(image[top : top + h, left : left + w], cv2.COLOR_BGR2RGB), (0, 0, h, w)))
    video.release()
    return np.stack(clip)


@functools.cache
def frame_mappings(path):
    with av.open(path) as container:
        packets = [packet for packet in container.demux(video=0) if packet.pts is not None]
    packets.sort(key=lambda packet: packet.pts)
    frames = [{"pts": p.pts, "duration": p.duration, "key_frame": int(p.is_keyframe)} for p in packets]
    return json.dumps({"frames": frames})


def clip_torchcodec(mode):
    def clip(path, window, rng):
        from torchcodec.decoders import VideoDecoder

        seek = {"custom_frame_mappings": frame_mappings(path)} if mode == "mapped" else {"seek_mode": mode}
        video = VideoDecoder(path, num_ffmpeg_threads=1, dimension_order="NHWC", **seek)
        if window is None:
            window = random_window(len(video), rng)
        images = video.get_frames_at([int(i) for i in window]).data.numpy()
        box = random_box(*images.shape[1:3], rng)
        return np.stack([crop_resize(image, box) for image in images])

    return clip


CLIPS = {"pyav": clip_pyav, "opencv": clip_opencv}
CLIPS.update({f"torchcodec-{mode}": clip_torchcodec(mode) for mode in ("exact", "approximate", "mapped")})


def work(library, path, files, windows, seed, ready, results):
    """One worker: a clip to get warm, then, all workers together, its share of the clips."""
    cv2.setNumThreads(1)
    if library.startswith("torchcodec"):
        import torch

        torch.set_num_threads(1)
    clip, rng = CLIPS[library], random.Random(seed)
    clip(path, windows[0], rng)
    ready.wait()
    began, cpu = time.monotonic(), time.process_time()
    for file, window in zip(files, windows):
        clip(file, window, rng)
    results.put((began, time.monotonic(), time.process_time() - cpu))


def measure(library, path, files, windows, workers, seed):
    ready, results = multiprocessing.Barrier(workers), multiprocessing.Queue()
    processes = [
        multiprocessing.Process(
            target=work, args=(library, path, files[i::workers], windows[i::workers], seed + i, ready, results)
        )
        for i in range(workers)
    ]
    for process in processes:
        process.start()
    began, ended, cpu = zip(*(results.get() for _ in processes))
    for process in processes:
        process.join()
    return {
        "library": library,
        "workers": workers,
        "clips_per_second": round(len(windows) / (max(ended) - min(began)), 3),
        "cpu_ms_per_clip": round(1000 * sum(cpu) / len(windows), 1),
    }


def decoding_speed(path):
    """Milliseconds a frame of decoding a whole file by one thread, without conversion: what no reader can be faster than."""
    began, frames = time.monotonic(), 0
    with av.open(path) as container:
        container.streams.video[0].codec_context.thread_count = 1
        for _ in container.decode(video=0):
            frames += 1
    return 1000 * (time.monotonic() - began) / frames


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("video")
    parser.add_argument("--library", choices=list(CLIPS), help="default: both, one after the other")
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--windows")
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--speed", action="store_true", help="only the decoder's own speed")
    arguments = parser.parse_args()
    if arguments.speed:
        print(json.dumps({"decode_ms_per_frame": round(decoding_speed(arguments.video), 3)}))
        return
    windows = [None] * arguments.clips
    if arguments.windows:
        with open(arguments.windows) as file:
            windows = json.load(file)[: arguments.clips]
    for library in [arguments.library] if arguments.library else list(CLIPS):
        with tempfile.TemporaryDirectory() as folder:
            files = [arguments.video] * len(windows)
            if arguments.cold:
                files = [os.path.join(folder, f"{i}{os.path.splitext(arguments.video)[1]}") for i in range(len(windows))]
                for file in files:
                    shutil.copy(arguments.video, file)
            print(json.dumps(measure(library, arguments.video, files, windows, arguments.workers, arguments.seed)), flush=True)


if __name__ == "__main__":
    main()
