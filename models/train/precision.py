"""Average precision as COCO defines it: 101 recall points, IoU 0.50 to 0.95 in steps of 0.05."""

import numpy as np

THRESHOLDS = np.linspace(0.5, 0.95, 10)
_RECALLS = np.linspace(0, 1, 101)


def pairwise_iou(a, b):
    """IoU of corner boxes a [N, 4] with b [M, 4]."""
    near = np.maximum(a[:, None, :2], b[None, :, :2])
    far = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(far - near, 0, None).prod(2)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(1), (b[:, 2:] - b[:, :2]).prod(1)
    return shared / (area_a[:, None] + area_b[None] - shared + 1e-9)


def suppress(boxes, scores, threshold):
    """Greedy non-maximum suppression; the kept indices, the best first."""
    order = np.argsort(-scores, kind="stable")
    overlaps = pairwise_iou(boxes, boxes)
    kept = []
    while len(order):
        kept.append(order[0])
        order = order[1:][overlaps[order[0], order[1:]] <= threshold]
    return np.array(kept, int)


def _matches(boxes, truth):
    """Whether each detection (the best first) finds an object of its own, for each threshold [10, N]."""
    hits = np.zeros((len(THRESHOLDS), len(boxes)), bool)
    if len(boxes) == 0 or len(truth) == 0:
        return hits
    overlaps = pairwise_iou(boxes, truth)
    for level, threshold in enumerate(THRESHOLDS):
        free = np.ones(len(truth), bool)
        for index, row in enumerate(overlaps):
            best = int(np.argmax(np.where(free, row, -1)))
            if free[best] and row[best] >= threshold:
                free[best] = False
                hits[level, index] = True
    return hits


def average_precision(pictures, classes):
    """AP of every class at every threshold [classes, 10].

    `pictures` holds pairs of detections [N, 6] (x1, y1, x2, y2, score, class) and truth [M, 5] (class, box).
    """
    table = np.full((classes, len(THRESHOLDS)), np.nan)
    for label in range(classes):
        scores, hits, total = [], [], 0
        for detections, truth in pictures:
            mine = detections[detections[:, 5] == label]
            mine = mine[np.argsort(-mine[:, 4], kind="stable")]
            objects = truth[truth[:, 0] == label, 1:]
            total += len(objects)
            scores.append(mine[:, 4])
            hits.append(_matches(mine[:, :4], objects))
        if total == 0:
            continue
        order = np.argsort(-np.concatenate(scores), kind="stable")
        found = np.concatenate(hits, axis=1)[:, order]
        right = found.cumsum(axis=1)
        recall = right / total
        precision = right / np.arange(1, found.shape[1] + 1)
        # The best precision at this recall or a higher one.
        precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        for level in range(len(THRESHOLDS)):
            at = np.searchsorted(recall[level], _RECALLS, side="left")
            reached = at < found.shape[1]
            table[label, level] = np.where(reached, precision[level, np.minimum(at, found.shape[1] - 1)], 0).mean()
    return table
