"""Draw scenes of shapes with their true boxes, each from (seed, index) alone.

    python scenes.py --seed 1 --count 20000 --out CACHE/train

A cache is two files: CACHE/train.images.npy, uint8 [count, 320, 320, 3] RGB, and CACHE/train.boxes.npy,
float32 [count, 16, 5] rows of (class, x1, y1, x2, y2); a class of -1 fills the unused rows.
"""

import argparse
import multiprocessing
import time
from pathlib import Path

import cv2
import numpy as np
from backgrounds import background, colour, octaves
from shapes import LABELS, MIN_VISIBLE, Look, Shape, extent_of, motion_kernel, paint, visible_shares

SIZE = 320
MAX_OBJECTS = 16
BAR_GREY = 114
LETTERBOXED_SHARE = 0.35
FRAMES = ((320, 180), (320, 180), (320, 180), (320, 240), (320, 200), (180, 320))


def _pick_fill(rng, around):
    """A colour that the eye can tell from its surroundings."""
    for _ in range(12):
        fill = colour(rng)
        if np.abs(np.subtract(fill, around)).sum() > 110:
            break
    return fill


def _random_look(rng, around, size):
    fill = _pick_fill(rng, around)
    shade, edge, width = fill, fill, 0.0
    if rng.random() < 0.6:
        lighter_or_darker = rng.choice([0, 255]) if rng.random() < 0.7 else np.array(colour(rng))
        shade = tuple(np.array(fill) + (lighter_or_darker - np.array(fill)) * rng.uniform(0.1, 0.45))
    style = rng.random()
    if style < 0.5:
        edge = tuple(np.array(fill) * rng.uniform(0.25, 0.75)) if rng.random() < 0.7 else colour(rng)
        width = rng.choice([1.0, 1.5, 2.0, 2.5, 3.0])
    elif style < 0.7:
        # An edge in the fill's own colour rounds the corners off.
        width = round(rng.uniform(1, max(1.5, size * 0.12)) * 2) / 2
    pattern = None
    if rng.random() < 0.15:
        pattern = octaves(rng, 32, 32, finest=16) * np.float32(rng.uniform(5, 25))
    return Look(
        fill=fill,
        shade=shade,
        shade_angle=rng.uniform(0, 2 * np.pi),
        edge=edge,
        edge_width=min(width, size / 8),
        opacity=rng.uniform(0.75, 1) if rng.random() < 0.15 else 1.0,
        shadow=rng.uniform(0.15, 0.5) if rng.random() < 0.35 else 0.0,
        smear=int(rng.integers(2, max(3, min(8, size * 0.14) + 1))) if rng.random() < 0.15 else 0,
        smear_angle=rng.uniform(0, np.pi),
        pattern=pattern,
    )


def _random_shape(rng, width, height, earlier, scale):
    size = np.exp(rng.uniform(np.log(18), np.log(min(120, height * 0.62)))) * scale
    aspect = np.exp(rng.normal(0, 0.1))
    if earlier and rng.random() < 0.4:
        # Near another object, so that the two often overlap.
        other = earlier[rng.integers(len(earlier))]
        angle = rng.uniform(0, 2 * np.pi)
        distance = rng.uniform(0.3, 0.75) * (size + other.width) / 2 * rng.uniform(0.9, 1.5)
        x, y = other.x + np.cos(angle) * distance, other.y + np.sin(angle) * distance
    else:
        x, y = rng.uniform(-0.03, 1.03) * width, rng.uniform(-0.03, 1.03) * height
    label = LABELS[rng.integers(len(LABELS))]
    return Shape(label, x, y, size * aspect, size / aspect, rng.uniform(0, 2 * np.pi), rng.uniform(0, 1))


def _degrade(rng, picture):
    """What a camera and a codec do to a picture; takes and returns uint8."""
    picture = picture.astype(np.float32)
    if rng.random() < 0.5:
        gain, offset = rng.uniform(0.65, 1.3), rng.uniform(-25, 25)
        picture = (picture - 128) * np.float32(gain) + np.float32(128 + offset)
    if rng.random() < 0.25:
        if rng.random() < 0.5:
            picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.5))
        else:
            picture = cv2.filter2D(picture, -1, motion_kernel(int(rng.integers(2, 7)), rng.uniform(0, np.pi)))
    if rng.random() < 0.5:
        noise = rng.standard_normal(picture.shape[:2] + (rng.choice([1, 3]),), dtype=np.float32)
        picture += noise * np.float32(rng.uniform(2, 14))
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = int(rng.integers(25, 92))
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))[1], cv2.IMREAD_COLOR)
    return picture


def _draw_frame(rng, width, height, scale):
    """One picture without bars, and its boxes."""
    canvas = background(rng, width, height)
    count = int(rng.choice(np.arange(0, 13), p=np.array([2, 6, 10, 13, 14, 14, 12, 10, 8, 5, 3, 2, 1]) / 100))
    shapes, painted, extents = [], [], []
    for _ in range(count):
        shape = _random_shape(rng, width, height, shapes, scale)
        x, y = int(np.clip(shape.x, 0, width - 1)), int(np.clip(shape.y, 0, height - 1))
        around = canvas[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4].mean(axis=(0, 1))
        look = _random_look(rng, around, min(shape.width, shape.height))
        shapes.append(shape)
        painted.append(paint(canvas, shape, look))
        extents.append(extent_of(shape, look))
    rows = []
    for shape, box, visible in zip(shapes, extents, visible_shares(painted, width, height), strict=True):
        if visible >= MIN_VISIBLE:
            clipped = np.clip(box, 0, (width, height, width, height))
            rows.append((LABELS.index(shape.label), *clipped))
    picture = _degrade(rng, np.clip(canvas, 0, 255).astype(np.uint8))
    return picture, np.array(rows, np.float32).reshape(-1, 5)


def draw_scene(seed, index):
    """The picture (uint8 RGB) and its boxes, rows of (class, x1, y1, x2, y2) in pixels."""
    rng = np.random.default_rng((seed, index))
    if rng.random() >= LETTERBOXED_SHARE:
        return _draw_frame(rng, SIZE, SIZE, 1)
    width, height = FRAMES[rng.integers(len(FRAMES))]
    scale = int(rng.choice([1, 2]))
    picture, rows = _draw_frame(rng, width * scale, height * scale, scale)
    if scale > 1:
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
        rows[:, 1:] /= scale
    left, top = (SIZE - width) // 2, (SIZE - height) // 2
    boxed = np.full((SIZE, SIZE, 3), BAR_GREY, np.uint8)
    boxed[top : top + height, left : left + width] = picture
    rows[:, 1:] += (left, top, left, top)
    return boxed, rows


def _fill_slice(seed, out, start, stop):
    cv2.setNumThreads(1)
    images = np.load(f"{out}.images.npy", mmap_mode="r+")
    boxes = np.load(f"{out}.boxes.npy", mmap_mode="r+")
    for index in range(start, stop):
        picture, rows = draw_scene(seed, index)
        images[index] = picture
        boxes[index, :, 0] = -1
        boxes[index, : len(rows)] = rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", required=True, help="path of the cache, without an ending")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    Path(options.out).parent.mkdir(parents=True, exist_ok=True)
    new = np.lib.format.open_memmap
    new(f"{options.out}.images.npy", "w+", np.uint8, (options.count, SIZE, SIZE, 3)).flush()
    new(f"{options.out}.boxes.npy", "w+", np.float32, (options.count, MAX_OBJECTS, 5)).flush()
    begun = time.time()
    slices = [(at, min(at + 250, options.count)) for at in range(0, options.count, 250)]
    with multiprocessing.Pool(options.workers) as pool:
        pool.starmap(_fill_slice, [(options.seed, options.out, *part) for part in slices], chunksize=1)
    print(f"drew {options.count} scenes in {time.time() - begun:.0f} s")


if __name__ == "__main__":
    main()
