"""Train the detector on a cache of drawn scenes.

    python train.py --scenes CACHE/train --steps 10000 --seed 1 --out CACHE/shapes.pt

The saved weights are the moving average of the trained ones; they are saved every 1000 steps.
"""

import argparse
import copy
import math
import queue
import threading
import time

import numpy as np
import torch
from losses import detection_loss
from network import Detector, anchors_of
from scenes import SIZE
from shapes import LABELS


def _augment(rng, picture, boxes):
    """Mirror, turn and recolour; every shape keeps its class under all of these."""
    boxes = boxes.copy()
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
        boxes[:, [1, 3]] = SIZE - boxes[:, [3, 1]]
    if rng.random() < 0.5:
        picture = picture[::-1]
        boxes[:, [2, 4]] = SIZE - boxes[:, [4, 2]]
    if rng.random() < 0.25:
        picture = picture.transpose(1, 0, 2)
        boxes = boxes[:, [0, 2, 1, 4, 3]]
    if rng.random() < 0.5:
        picture = picture[:, :, rng.permutation(3)]
    return picture, boxes


def batches(path, size, seed):
    """Endless batches: pictures uint8 [B, H, W, 3], labels int64 [B, N], boxes float32 [B, N, 4]."""
    images = np.load(f"{path}.images.npy", mmap_mode="r")
    boxes = np.load(f"{path}.boxes.npy")
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(images))
        for start in range(0, len(order) - size + 1, size):
            rows = [_augment(rng, images[i], boxes[i]) for i in order[start : start + size]]
            pictures = torch.from_numpy(np.stack([picture for picture, _ in rows]))
            truth = torch.from_numpy(np.stack([box for _, box in rows]))
            # The rows in use come first, so the columns that nobody uses can go.
            width = max(1, int((truth[..., 0] >= 0).sum(1).max()))
            yield pictures, truth[:, :width, 0].long(), truth[:, :width, 1:]


def ahead(source, depth=6):
    """Run a generator in a thread of its own, a few items ahead."""
    waiting = queue.Queue(depth)

    def fill():
        for item in source:
            waiting.put(item)

    threading.Thread(target=fill, daemon=True).start()
    while True:
        yield waiting.get()


def rate_at(step, steps, peak, warmup=300):
    if step < warmup:
        return peak * (step + 1) / warmup
    along = (step - warmup) / max(1, steps - warmup)
    return peak * (0.01 + 0.99 * (1 + math.cos(math.pi * along)) / 2)


@torch.no_grad()
def follow(average, model, step):
    """Move the average towards the model, quickly at first."""
    keep = 0.9995 * (1 - math.exp(-(step + 1) / 1000))
    for slow, now in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if slow.dtype.is_floating_point:
            slow.lerp_(now, 1 - keep)
        else:
            slow.copy_(now)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=10000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    model = Detector(len(LABELS)).to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=options.rate, betas=(0.9, 0.99))
    points, strides = anchors_of(SIZE)
    source = ahead(batches(options.scenes, options.batch, options.seed))

    begun, sums = time.time(), np.zeros(4)
    for step in range(options.steps):
        pictures, labels, truth = next(source)
        images = pictures.permute(0, 3, 1, 2).float().div_(255).contiguous(memory_format=torch.channels_last)
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, options.steps, options.rate)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits, distributions = model(images)
        total, parts = detection_loss(logits.float(), distributions.float(), points, strides, labels, truth)
        optimizer.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10)
        optimizer.step()
        follow(average, model, step)
        sums += (float(total.detach()), *parts)
        if (step + 1) % 100 == 0:
            loss, naming, overlap, siding = sums / 100
            spent = time.time() - begun
            print(
                f"step {step + 1} loss {loss:.3f} class {naming:.3f} ciou {overlap:.3f} sides {siding:.3f} {spent:.0f} s",
                flush=True,
            )
            sums[:] = 0
        if (step + 1) % 1000 == 0 or step + 1 == options.steps:
            torch.save({"step": step + 1, "seed": options.seed, "weights": average.state_dict()}, options.out)


if __name__ == "__main__":
    main()
