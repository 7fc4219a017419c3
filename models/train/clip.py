"""Draw the bundled demo clip and its ground truth.

    python clip.py ../../media
"""

import argparse
import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
from shapes import LABELS, MIN_VISIBLE, Look, Shape, extent_of, paint, visible_shares

WIDTH, HEIGHT, RATE, FRAMES = 640, 360, 25, 300
SEED = 25

PALETTE = {
    "coral": (244, 110, 98),
    "amber": (250, 186, 84),
    "mint": (104, 208, 168),
    "sky": (96, 172, 240),
    "violet": (164, 130, 232),
    "rose": (240, 130, 176),
    "cream": (248, 234, 206),
    "teal": (44, 150, 160),
}

# label, colour, size, start (x, y), velocity (pixels a second), turn (radians a second), fullness
RESIDENTS = [
    ("square", "sky", 104, (150, 250), (46, -38), 0.35, 0.5),
    ("ring", "amber", 112, (470, 120), (-58, 44), 0.0, 0.45),
    ("star", "coral", 118, (330, 90), (62, 54), -0.6, 0.6),
    ("cross", "mint", 88, (540, 270), (-74, -50), 0.8, 0.6),
    ("circle", "violet", 76, (90, 90), (82, 60), 0.0, 0.5),
]

# The same, but they cross the frame once: the last number is the second at which they stand at `start`.
VISITORS = [
    ("triangle", "cream", 96, (-70, 210), (140, -6), 0.5, 0.5, 0.4),
    ("ring", "rose", 62, (700, 60), (-150, 34), 0.0, 0.7, 1.8),
    ("star", "teal", 70, (-50, 70), (150, 40), 1.0, 0.4, 4.4),
    ("triangle", "rose", 84, (710, 300), (-140, -24), -0.7, 0.5, 5.4),
    ("square", "amber", 60, (240, 420), (38, -104), -0.9, 0.5, 7.6),
    ("circle", "cream", 58, (-50, 300), (130, -30), 0.0, 0.5, 8.6),
]


def mix(colour, other, share):
    return tuple(round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))


def look_for(colour_name, size):
    colour = PALETTE[colour_name]
    return Look(
        fill=mix(colour, (255, 255, 255), 0.22),
        shade=mix(colour, (30, 24, 70), 0.16),
        shade_angle=1.1,
        edge=mix(colour, (30, 20, 60), 0.5),
        edge_width=2.0 if size < 80 else 2.5,
        shadow=0.38,
    )


def bounce(start, velocity, seconds, low, high):
    """A point that moves between `low` and `high` and turns back at both."""
    span = high - low
    phase = (start - low + velocity * seconds) % (2 * span)
    return low + (phase if phase <= span else 2 * span - phase)


def cast():
    """Every object of the clip as (id, look, function from seconds to Shape), the farthest first."""
    members = []
    for label, colour, size, (x, y), (vx, vy), turn, fullness in RESIDENTS:

        def place(t, label=label, size=size, x=x, y=y, vx=vx, vy=vy, turn=turn, fullness=fullness):
            now = size * (1 + 0.07 * np.sin(1.3 * t + x))
            reach = size * 0.56
            px = bounce(x, vx, t, reach, WIDTH - reach)
            py = bounce(y, vy, t, reach, HEIGHT - reach)
            return Shape(label, px, py, now, now, turn * t + x * 0.01, fullness)

        members.append((look_for(colour, size), place))
    for label, colour, size, (x, y), (vx, vy), turn, fullness, since in VISITORS:

        def cross(t, label=label, size=size, x=x, y=y, vx=vx, vy=vy, turn=turn, fullness=fullness, since=since):
            past = t - since
            sway = 14 * np.sin(1.7 * past)
            return Shape(label, x + vx * past, y + vy * past + sway, size, size, turn * past, fullness)

        members.append((look_for(colour, size), cross))
    # Visitors pass both behind and in front of the residents.
    order = np.random.default_rng(SEED).permutation(len(members))
    return [(number + 1, *members[index]) for number, index in enumerate(order)]


class Backdrop:
    """A dusk sky over layers of hills that drift at their own speeds."""

    LAYERS = [(0.60, 34, 5, (122, 92, 146)), (0.72, 26, 11, (84, 72, 130)), (0.85, 22, 20, (52, 54, 104))]

    def __init__(self):
        rng = np.random.default_rng(SEED)
        rows = np.linspace(0, 1, HEIGHT)
        stops = np.float32([(58, 70, 138), (140, 104, 170), (236, 152, 150), (250, 202, 160)])
        sky = np.stack([np.interp(rows, (0, 0.35, 0.62, 0.9), stops[:, c]) for c in range(3)], axis=1)
        self.sky = np.repeat(sky[:, None].astype(np.float32), WIDTH, axis=1)
        self.clouds = self._cloud_band(rng, WIDTH * 2)
        self.grain = rng.normal(0, 2.2, (FRAMES // 30, HEIGHT, WIDTH, 1)).astype(np.float32)
        self.leaves = cv2.GaussianBlur(rng.normal(0, 1, (HEIGHT, WIDTH * 2)).astype(np.float32), (0, 0), 2.2) * 34
        self.phases = rng.uniform(0, 2 * np.pi, (len(self.LAYERS), 4))

    @staticmethod
    def _cloud_band(rng, width):
        total = np.zeros((HEIGHT, width), np.float32)
        for cells, weight in ((6, 0.5), (14, 0.3), (40, 0.2)):
            coarse = rng.uniform(0, 1, (cells, cells * 3)).astype(np.float32)
            total += weight * cv2.resize(coarse, (width, HEIGHT), interpolation=cv2.INTER_CUBIC)
        fade = np.interp(np.arange(HEIGHT), (0, 40, 190, 240), (0.7, 1, 0.8, 0))[:, None]
        return (np.clip((total - 0.46) * 3.2, 0, 1) * fade * 0.55).astype(np.float32)

    def draw(self, index):
        t = index / RATE
        canvas = self.sky.copy()
        shift = 6 * t
        clouds = cv2.warpAffine(self.clouds, np.float32([[1, 0, -shift], [0, 1, 0]]), (WIDTH, HEIGHT))
        canvas += (np.float32((255, 226, 214)) - canvas) * clouds[..., None]
        columns = np.arange(WIDTH)
        rows = np.arange(HEIGHT)[:, None]
        for (level, height, speed, colour), phase in zip(self.LAYERS, self.phases, strict=True):
            where = (columns + speed * t) / WIDTH
            waves = sum(np.sin(where * f * 2 * np.pi + p) / f**0.7 for f, p in zip((1, 2.3, 4.1, 9.7), phase))
            crest = level * HEIGHT - height * waves * 0.5
            inside = np.clip(rows - crest + 0.5, 0, 1).astype(np.float32)[..., None]
            leaves = cv2.warpAffine(self.leaves, np.float32([[1, 0, -speed * t], [0, 1, 0]]), (WIDTH, HEIGHT))
            depth = np.clip((rows - crest) / HEIGHT, 0, 1)[..., None].astype(np.float32)
            hill = np.float32(colour) * (1.12 - depth * 0.9) + leaves[..., None]
            canvas += (hill - canvas) * inside
        return canvas + self.grain[index % len(self.grain)]


def draw_frames():
    """Yield (RGB picture, truth boxes) for every frame."""
    backdrop = Backdrop()
    members = cast()
    for index in range(FRAMES):
        canvas = backdrop.draw(index)
        painted, boxes = [], []
        for number, look, place in members:
            shape = place(index / RATE)
            painted.append(paint(canvas, shape, look))
            boxes.append((number, shape.label, extent_of(shape, look)))
        truth = []
        for (number, label, box), visible in zip(boxes, visible_shares(painted, WIDTH, HEIGHT), strict=True):
            if visible >= MIN_VISIBLE:
                clipped = np.clip(box, 0, (WIDTH, HEIGHT, WIDTH, HEIGHT))
                corners = [round(float(v), 1) for v in clipped]
                truth.append({"id": number, "label": label, "box": corners, "visible": round(visible, 3)})
        yield np.clip(np.round(canvas), 0, 255).astype(np.uint8), truth


def encoder(path):
    """An ffmpeg process that takes raw RGB frames; single-threaded, so that a run repeats byte for byte."""
    size = f"{WIDTH}x{HEIGHT}"
    colour = "bt709"
    return subprocess.Popen(
        ["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(RATE)]
        + ["-i", "-", "-vf", "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int"]
        + ["-c:v", "libx264", "-profile:v", "high", "-preset", "slow", "-crf", "23", "-bf", "3", "-g", "50"]
        + ["-threads", "1", "-pix_fmt", "yuv420p", "-colorspace", colour, "-color_primaries", colour]
        + ["-color_trc", colour, "-color_range", "tv", "-movflags", "+faststart", "-fflags", "+bitexact"]
        + ["-flags:v", "+bitexact", "-map_metadata", "-1", str(path)],
        stdin=subprocess.PIPE,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where shapes.mp4 and shapes.truth.json go")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    process = encoder(folder / "shapes.mp4")
    lines = []
    for index, (picture, boxes) in enumerate(draw_frames()):
        process.stdin.write(picture.tobytes())
        frame = {"index": index, "ptsUs": index * 1_000_000 // RATE, "boxes": boxes}
        lines.append(json.dumps(frame, separators=(",", ":")))
    process.stdin.close()
    if process.wait() != 0:
        raise SystemExit("ffmpeg failed")
    head = {"version": 1, "width": WIDTH, "height": HEIGHT, "frameRate": RATE, "labels": list(LABELS)}
    opening = json.dumps(head, separators=(",", ":"))[:-1]
    (folder / "shapes.truth.json").write_text(f'{opening},"frames":[\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
