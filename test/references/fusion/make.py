"""Crops of one frame as OpenCV makes them, for test/elements/fusion/crop-by-boxes.test.ts.

python3 -m venv venv && venv/bin/pip install numpy opencv-python-headless && venv/bin/python test/references/fusion/make.py
"""
import json
import pathlib

import cv2
import numpy as np

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 96, 72
SIZE = 24, 20
# Larger than a crop, smaller, of its size, with broken edges, over the edge of the frame.
BOXES = [[8, 6, 56, 46], [70, 50, 82, 60], [0, 0, 24, 20], [30.2, 11.7, 58.9, 40.1], [-10, 60, 30, 90]]


def frame() -> np.ndarray:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [127 + 100 * np.sin(x / 9 + c) * np.cos(y / 7 - c) + 20 * np.sin((x + y) / 3) for c in range(3)]
    return np.clip(np.stack(waves, axis=-1), 0, 255).astype(np.uint8)


def crop(picture: np.ndarray, box: list[float]) -> np.ndarray:
    left, top = max(0, int(np.floor(box[0]))), max(0, int(np.floor(box[1])))
    right, bottom = min(WIDTH, int(np.ceil(box[2]))), min(HEIGHT, int(np.ceil(box[3])))
    return cv2.resize(picture[top:bottom, left:right], SIZE, interpolation=cv2.INTER_LINEAR)


picture = frame()
crops = [crop(picture, box) for box in BOXES]
(HERE / "crops.bin").write_bytes(picture.tobytes() + b"".join(one.tobytes() for one in crops))
text = json.dumps({"width": WIDTH, "height": HEIGHT, "size": SIZE, "boxes": BOXES})
(HERE / "crops.json").write_text(text + "\n")
