"""Clips per second of a torch DataLoader over torchcodec, to be read beside bench/video/loader-pairs.mjs.

    python bench/video/python_loader.py VIDEO… [--workers 1] [--clips 64] [--seek exact|approximate]

The training batch that bench/video/clips.mjs makes: 4 clips of 16 frames over a random 64-frame window, one random crop each,
224x224 RGB bytes. Needs torch, torchcodec, av, opencv-python-headless, numpy.
"""

import argparse
import json
import random
import time

import cv2
import torch
from python_clips import clip_torchcodec

BATCH = 4


class Clips(torch.utils.data.Dataset):
    def __init__(self, videos, clips, seek):
        self.videos, self.clips, self.clip = videos, clips, clip_torchcodec(seek)

    def __len__(self):
        return self.clips

    def __getitem__(self, i):
        return torch.from_numpy(self.clip(self.videos[i % len(self.videos)], None, random.Random(i)))


def one_thread(_):
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("videos", nargs="+")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--clips", type=int, default=64)
    parser.add_argument("--seek", choices=["exact", "approximate"], default="exact")
    arguments = parser.parse_args()
    # As many batches as the workers have begun by then go before the clock starts.
    warm = 4 * arguments.workers
    loader = torch.utils.data.DataLoader(
        Clips(arguments.videos, arguments.clips + warm * BATCH, arguments.seek),
        batch_size=BATCH,
        num_workers=arguments.workers,
        worker_init_fn=one_thread,
    )
    clips = 0
    for number, batch in enumerate(loader):
        if number == warm - 1:
            began = time.monotonic()
        elif number >= warm:
            clips += len(batch)
    seconds = time.monotonic() - began
    library = f"torchcodec-{arguments.seek}, DataLoader"
    print(json.dumps({"library": library, "workers": arguments.workers, "clips_per_second": round(clips / seconds, 3)}))


if __name__ == "__main__":
    main()
