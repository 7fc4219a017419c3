#!/usr/bin/env python3
"""Makes the clips that pixel formats and rotation are tested with, from pictures of known numbers. Needs numpy and FFmpeg.

Each clip holds one lossless picture of 64x48 pixels. Those of pixel formats have four flat quadrants, so that what every
quadrant must become can be worked out by hand (the tests do) and does not depend on how chroma is resampled. Those of
rotation hold a picture in which every quadrant differs, plus the upright I420 picture that FFmpeg's command line makes.
"""
import pathlib
import subprocess

import numpy as np

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 64, 48
# Quadrants from top left, row by row, as Y, U, V of 8 bits in limited range; and as R, G, B.
YUV = [(81, 90, 240), (145, 54, 34), (41, 240, 110), (200, 128, 128)]
RGB = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (180, 120, 60)]


def plane(values, width, height, dtype=np.uint8):
    out = np.zeros((height, width), dtype)
    for i, value in enumerate(values):
        y, x = divmod(i, 2)
        out[y * height // 2:(y + 1) * height // 2, x * width // 2:(x + 1) * width // 2] = value
    return out.tobytes()


def ffmpeg(raw, pixel_format, name, *output):
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", pixel_format, "-s", f"{WIDTH}x{HEIGHT}", "-r", "25", "-i", "-",
               *output, "-fflags", "+bitexact", str(HERE / name)]
    subprocess.run(command, input=raw, check=True)


def yuv(subsample_x, subsample_y, bits=8):
    scale, dtype = 1 << (bits - 8), np.uint8 if bits == 8 else np.uint16
    sizes = [(WIDTH, HEIGHT)] + 2 * [(WIDTH >> subsample_x, HEIGHT >> subsample_y)]
    return b"".join(plane([color[i] * scale for color in YUV], *size, dtype) for i, size in enumerate(sizes))


FFV1 = ("-c:v", "ffv1", "-level", "3", "-g", "1")
ffmpeg(yuv(1, 1), "yuv420p", "yuv420p.mkv", *FFV1)
ffmpeg(yuv(1, 1, 10), "yuv420p10le", "yuv420p10le.mkv", *FFV1)
ffmpeg(yuv(1, 0), "yuv422p", "yuv422p.mkv", *FFV1)
ffmpeg(yuv(1, 0, 10), "yuv422p10le", "yuv422p10le.mkv", *FFV1)
ffmpeg(yuv(0, 0), "yuv444p", "yuv444p.mkv", *FFV1)
ffmpeg(yuv(0, 0, 12), "yuv444p12le", "yuv444p12le.mkv", *FFV1)
ffmpeg(yuv(2, 2), "yuv410p", "yuv410p.mkv", *FFV1)
ffmpeg(plane([c[0] for c in YUV], WIDTH, HEIGHT), "gray", "gray.mkv", *FFV1)
bgr0 = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
for i, (r, g, b) in enumerate(RGB):
    y, x = divmod(i, 2)
    bgr0[y * HEIGHT // 2:(y + 1) * HEIGHT // 2, x * WIDTH // 2:(x + 1) * WIDTH // 2] = (b, g, r, 0)
ffmpeg(bgr0.tobytes(), "bgr0", "bgr0.mkv", *FFV1)
ffmpeg(yuv(1, 1), "yuv420p", "nv12.mkv", "-c:v", "rawvideo", "-pix_fmt", "nv12")

upright = yuv(1, 1)
ffmpeg(upright, "yuv420p", "turn0.mp4", "-c:v", "libx264", "-qp", "0", "-preset", "ultrafast")
for degrees in (90, 180, 270):
    # The tag counts clockwise turns that the player has to make.
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", HERE / "turn0.mp4", "-c", "copy", "-metadata:s:v:0", f"rotate={degrees}",
                    "-fflags", "+bitexact", HERE / f"turn{degrees}.mp4"], check=True)
for degrees in (0, 90, 180, 270):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", HERE / f"turn{degrees}.mp4", "-frames:v", "1", "-pix_fmt", "yuv420p",
                    "-f", "rawvideo", HERE / f"turn{degrees}.i420"], check=True)
