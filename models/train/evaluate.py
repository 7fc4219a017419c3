"""Measure an exported model through ONNX Runtime.

    python evaluate.py ../shapes --seed 2 --count 1000 --clip ../../media

Prints a table and writes metrics.json beside the model. Scenes are drawn here, so nothing but the model is needed.
"""

import argparse
import json
import multiprocessing
import time
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from precision import average_precision, suppress
from scenes import BAR_GREY, SIZE, draw_scene
from shapes import LABELS

# Low enough for the whole precision-recall curve; a program that shows boxes uses a higher one.
SCORE_FLOOR = 0.001
NMS_IOU = 0.5
MOST_CANDIDATES, MOST_DETECTIONS = 400, 100


def detect(session, picture):
    """Detections [N, 6] (x1, y1, x2, y2, score, class) in an RGB picture, suppressed within each class."""
    images = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32) / np.float32(255)
    prediction = session.run(["predictions"], {"images": images})[0][0]
    label, anchor = np.nonzero(prediction[4:] > SCORE_FLOOR)
    score = prediction[4 + label, anchor]
    best = np.argsort(-score, kind="stable")[:MOST_CANDIDATES]
    label, anchor, score = label[best], anchor[best], score[best]
    centre, half = prediction[:2, anchor].T, prediction[2:4, anchor].T / 2
    boxes = np.concatenate([centre - half, centre + half], axis=1)
    # Boxes of different classes must never meet: move each class to a place of its own.
    kept = suppress(boxes + label[:, None] * (SIZE * 4), score, NMS_IOU)[:MOST_DETECTIONS]
    return np.concatenate([boxes[kept], score[kept, None], label[kept, None]], axis=1)


def letterbox(picture):
    """The picture shrunk into the model's square, and how to carry a box along: scale, left, top."""
    height, width = picture.shape[:2]
    scale = min(SIZE / width, SIZE / height)
    inner = (round(width * scale), round(height * scale))
    left, top = (SIZE - inner[0]) // 2, (SIZE - inner[1]) // 2
    boxed = np.full((SIZE, SIZE, 3), BAR_GREY, np.uint8)
    boxed[top : top + inner[1], left : left + inner[0]] = cv2.resize(picture, inner, interpolation=cv2.INTER_LINEAR)
    return boxed, scale, left, top


def clip_frames(folder):
    """Every letterboxed frame of the clip with its true boxes."""
    truth = json.loads((folder / "shapes.truth.json").read_text())
    video = cv2.VideoCapture(str(folder / "shapes.mp4"))
    for frame in truth["frames"]:
        ok, picture = video.read()
        if not ok:
            raise SystemExit(f"the clip ends before frame {frame['index']}")
        boxed, scale, left, top = letterbox(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
        rows = [(LABELS.index(b["label"]), *(np.array(b["box"]) * scale + (left, top, left, top))) for b in frame["boxes"]]
        yield boxed, np.array(rows, np.float32).reshape(-1, 5)


def measure(session, scenes):
    pairs = [(detect(session, picture), truth) for picture, truth in scenes]
    table = average_precision(pairs, len(LABELS))
    return {
        "map50": round(float(np.nanmean(table[:, 0])), 4),
        "map75": round(float(np.nanmean(table[:, 5])), 4),
        "map5095": round(float(np.nanmean(table)), 4),
        "classes": {
            label: {"ap50": round(float(row[0]), 4), "ap5095": round(float(row.mean()), 4)}
            for label, row in zip(LABELS, table, strict=True)
        },
        "pictures": len(pairs),
        "objects": int(sum(len(truth) for _, truth in pairs)),
    }


def show(title, numbers):
    print(f"{title}: {numbers['pictures']} pictures, {numbers['objects']} objects")
    print(f"  {'class':10} {'AP50':>7} {'AP50-95':>8}")
    for label, row in numbers["classes"].items():
        print(f"  {label:10} {row['ap50']:7.4f} {row['ap5095']:8.4f}")
    print(f"  {'mean':10} {numbers['map50']:7.4f} {numbers['map5095']:8.4f}   (mAP75 {numbers['map75']:.4f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the folder that holds shapes.onnx")
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--clip", type=Path, help="the folder that holds shapes.mp4 and its truth")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(
        str(options.folder / "shapes.onnx"), settings, providers=["CPUExecutionProvider"]
    )
    with multiprocessing.Pool(options.threads) as pool:
        scenes = pool.map(partial(draw_scene, options.seed), range(options.count))
    held_out = measure(session, scenes)
    show(f"held-out scenes (seed {options.seed})", held_out)
    metrics = {"heldOut": {"seed": options.seed, **held_out}, "nmsIou": NMS_IOU, "scoreFloor": SCORE_FLOOR}
    if options.clip:
        metrics["clip"] = measure(session, clip_frames(options.clip))
        show("the clip", metrics["clip"])

    blank = np.zeros((1, 3, SIZE, SIZE), np.float32)
    times = []
    for _ in range(60):
        begun = time.perf_counter()
        session.run(None, {"images": blank})
        times.append(time.perf_counter() - begun)
    print(f"one picture: {np.median(times[10:]) * 1000:.2f} ms with {options.threads} threads")
    (options.folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")


if __name__ == "__main__":
    main()
