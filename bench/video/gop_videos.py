"""Videos of three sizes and three distances between key frames, out of one, for bench/video/pairs.mjs.

    python bench/video/gop_videos.py SOURCE FOLDER

Writes 340x256, 960x540 and 1920x1080 with key frames every 12, 250 and 600 frames, 720 frames each (SOURCE over again where it is
shorter), as x264 encodes by itself. Needs av.
"""

import argparse
import fractions
import itertools
import os

import av

FRAMES, RATE = 720, 30


def frames_of(path):
    while True:
        with av.open(path) as container:
            yield from container.decode(video=0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("folder")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    for (width, height), gop in itertools.product([(340, 256), (960, 540), (1920, 1080)], [12, 250, 600]):
        path = os.path.join(arguments.folder, f"{height}p-gop{gop}.mp4")
        with av.open(path, "w") as container:
            # Scene cuts would bring key frames of their own.
            options = {"x264-params": f"keyint={gop}:min-keyint={gop}:scenecut=0"}
            stream = container.add_stream("libx264", rate=RATE, width=width, height=height, pix_fmt="yuv420p", options=options)
            for number, frame in enumerate(itertools.islice(frames_of(arguments.source), FRAMES)):
                image = frame.reformat(width=width, height=height, format="yuv420p", interpolation="BICUBIC")
                image.pts, image.time_base, image.pict_type = number, fractions.Fraction(1, RATE), 0
                container.mux(stream.encode(image))
            container.mux(stream.encode())
        print(path, os.path.getsize(path))


if __name__ == "__main__":
    main()
