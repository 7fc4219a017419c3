"""Makes the reference data for the decoders: every family of detectors, every kind of suppression, classification.

Everything is written out plainly with NumPy, number by number, from the papers and exporters that the sources name; nothing is
shared with the programs that are tested. Run with: python make.py (needs numpy). The seeds are fixed.
"""
import base64
import json
import math
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
THRESHOLD = 0.3
PICTURE = (64, 48)  # width, height
# From the source frame to the picture that the model saw, as a letterbox gives it.
FRAME = (200, 130)
AFFINE = dict(sx=0.32, sy=0.32, tx=0.0, ty=3.2)
STRIDES = (8, 16)
CELLS = sum((PICTURE[0] // s) * (PICTURE[1] // s) for s in STRIDES)


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x)) if x > -700 else 0.0


def softmax(row):
    row = [x if math.isfinite(x) else -math.inf for x in row]
    top = max(row)
    powers = [math.exp(x - top) for x in row]
    return [p / sum(powers) for p in powers]


def encode(array):
    array = np.ascontiguousarray(array)
    return dict(dtype=str(array.dtype), shape=list(array.shape[1:]), data=base64.b64encode(array.tobytes()).decode())


def best_of(scores):
    """The first class with the highest finite score."""
    best = -1
    for c, score in enumerate(scores):
        if math.isfinite(score) and (best < 0 or score > scores[best]):
            best = c
    return best


def corners(x, y, w, h):
    return [x - w / 2, y - h / 2, x + w / 2, y + h / 2]


def place(box, units):
    """Boxes of the model's picture in the source frame, cut at its edges; None when nothing is left."""
    x1, y1, x2, y2 = box
    if units == "normalised":
        x1, x2, y1, y2 = x1 * PICTURE[0], x2 * PICTURE[0], y1 * PICTURE[1], y2 * PICTURE[1]
    x1, x2 = (x1 - AFFINE["tx"]) / AFFINE["sx"], (x2 - AFFINE["tx"]) / AFFINE["sx"]
    y1, y2 = (y1 - AFFINE["ty"]) / AFFINE["sy"], (y2 - AFFINE["ty"]) / AFFINE["sy"]
    x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, FRAME[0]), min(y2, FRAME[1])
    return [x1, y1, x2, y2] if x2 > x1 and y2 > y1 else None


def finish(found, units):
    """(box, score, class) of an item, in order."""
    result = []
    for box, score, cls in found:
        placed = place(box, units)
        if placed is not None and score >= THRESHOLD and cls >= 0:
            result.append([*placed, min(score, 1.0), int(cls)])
    return sorted(result, key=lambda r: (-r[4], r[5], *r[:4]))


CASES = []


def case(name, kind, outputs, decode, measure, labels, items=2, **decoder):
    """outputs: name -> (role, axes, array with the batch first). decode(item) -> found."""
    expected = [finish(decode({k: v[2][i].astype(np.float64) for k, v in outputs.items()}), measure) for i in range(items)]
    assert all(len(e) > 0 for e in expected), f"{name}: nothing to compare"
    for e in expected:
        for row in e:
            assert abs(row[4] - THRESHOLD) > 1e-4, f"{name}: a score too near the threshold; take another seed"
    CASES.append(
        dict(
            name=name,
            decoder=dict(type=kind, scoreThreshold=THRESHOLD, **decoder),
            labels=labels,
            outputs={k: dict(role=role, axes=axes, **encode(array)) for k, (role, axes, array) in outputs.items()},
            expected=[[[round(x, 6) for x in row] for row in e] for e in expected],
        )
    )


def random_scores(rng, shape, sparse=0.15):
    """Probabilities, most of them small."""
    return np.where(rng.random(shape) < sparse, rng.random(shape), rng.random(shape) * 0.25).astype(np.float32)


def random_cxcywh(rng, n):
    w, h = rng.uniform(4, 30, n), rng.uniform(4, 24, n)
    return np.stack([rng.uniform(-2, PICTURE[0] + 2, n), rng.uniform(-2, PICTURE[1] + 2, n), w, h], 1).astype(np.float32)


def random_xyxy(rng, n):
    b = random_cxcywh(rng, n)
    return np.stack([b[:, 0] - b[:, 2] / 2, b[:, 1] - b[:, 3] / 2, b[:, 0] + b[:, 2] / 2, b[:, 1] + b[:, 3] / 2], 1).astype(np.float32)


def spoil(rng, array, count):
    """A few numbers that are none."""
    flat = array.reshape(-1)
    for at, value in zip(rng.choice(flat.size, count, replace=False), [math.nan, math.inf, -math.inf] * count):
        flat[at] = value
    return array


def yolov8(name, seed, labels, columns, dtype=np.float32, bad=0, units="pixels", extra=0):
    rng = np.random.default_rng(seed)
    n = CELLS
    items = []
    for _ in range(2):
        box = random_cxcywh(rng, n)
        if units == "normalised":
            box = box / np.array([PICTURE[0], PICTURE[1]] * 2, np.float32)
        scores = spoil(rng, random_scores(rng, (n, labels)), bad)
        rest = rng.normal(0, 3, (n, extra)).astype(np.float32)
        items.append(np.concatenate([box, scores, rest], 1))
    rows = np.stack(items).astype(dtype)

    def decode(item):
        table = item["out"].T if columns else item["out"]
        for row in table:
            scores = list(row[4 : 4 + labels])
            c = best_of(scores)
            if c >= 0:
                yield corners(*row[:4]), scores[c], c

    out = rows.transpose(0, 2, 1) if columns else rows
    axes = ["batch", "attribute", "anchor"] if columns else ["batch", "anchor", "attribute"]
    more = dict(extraAttributes=extra) if extra else {}
    case(name, "yolov8", dict(out=("detections", axes, out)), decode, units, labels, **({} if units == "pixels" else dict(units=units)), **more)


def yolov5_decoded(seed, labels):
    rng = np.random.default_rng(seed)
    n = 60
    objectness = random_scores(rng, (2, n, 1), 0.5)
    out = np.concatenate([np.stack([random_cxcywh(rng, n) for _ in range(2)]), objectness, random_scores(rng, (2, n, labels), 0.5)], 2)

    def decode(item):
        for row in item["out"]:
            c = best_of(list(row[5:]))
            yield corners(*row[:4]), row[4] * row[5 + c], c

    case("yolov5, decoded in the model", "yolov5", dict(out=("detections", [], out)), decode, "pixels", labels)


def yolov5_raw(kind, seed, labels, anchors, folded, explicit):
    """Raw heads: for each of two levels 3 × height × width × (5 + classes), or the attributes folded into the channels."""
    rng = np.random.default_rng(seed)
    outputs, shapes = {}, {}
    for level, stride in enumerate(STRIDES if len(anchors) == 2 else (8, 16, 16)):
        w, h = PICTURE[0] // stride, PICTURE[1] // stride
        raw = rng.normal(0, 1, (2, 3, h, w, 5 + labels)).astype(np.float32)
        raw[..., 4:] = rng.normal(-1.2, 1.6, raw[..., 4:].shape)
        shapes[f"head{level}"] = (stride, w, h, anchors[level])
        array = raw.transpose(0, 1, 4, 2, 3).reshape(2, 3 * (5 + labels), h, w) if folded else raw
        # The coarse head stands first: their order must not matter.
        outputs = {f"head{level}": ("detections", [], array), **outputs}

    def decode(item):
        for name, (stride, w, h, sizes) in shapes.items():
            raw = item[name]
            if folded:
                raw = raw.reshape(3, 5 + labels, h, w).transpose(0, 2, 3, 1)
            for a in range(3):
                for j in range(h):
                    for i in range(w):
                        t = [sigmoid(v) for v in raw[a, j, i]]
                        c = best_of(t[5:])
                        x, y = (2 * t[0] - 0.5 + i) * stride, (2 * t[1] - 0.5 + j) * stride
                        bw, bh = (2 * t[2]) ** 2 * sizes[2 * a], (2 * t[3]) ** 2 * sizes[2 * a + 1]
                        yield corners(x, y, bw, bh), t[4] * t[5 + c], c

    form = "attributes in the channels" if folded else "attributes last"
    case(f"{kind}, raw heads, {form}", kind, outputs, decode, "pixels", labels, **(dict(anchors=anchors) if explicit else {}))


def yolox(seed, labels):
    rng = np.random.default_rng(seed)
    cells = [(i, j, s) for s in STRIDES for j in range(PICTURE[1] // s) for i in range(PICTURE[0] // s)]
    n = len(cells)
    parts = [rng.uniform(0, 1, (2, n, 2)), rng.uniform(-1, 1.5, (2, n, 2)), random_scores(rng, (2, n, 1), 0.5), random_scores(rng, (2, n, labels), 0.5)]
    out = np.concatenate(parts, 2).astype(np.float32)

    def decode(item):
        for (i, j, s), row in zip(cells, item["out"]):
            c = best_of(list(row[5:]))
            box = corners((row[0] + i) * s, (row[1] + j) * s, math.exp(row[2]) * s, math.exp(row[3]) * s)
            yield box, row[4] * row[5 + c], c

    case("yolox", "yolox", dict(out=("detections", [], out)), decode, "pixels", labels, strides=list(STRIDES))


ROWS = {
    "yolov10": ["x1", "y1", "x2", "y2", "score", "class"],
    "yolov7-end2end": ["batch", "x1", "y1", "x2", "y2", "class", "score"],
    "pp-yoloe": ["class", "score", "x1", "y1", "x2", "y2"],
    "detection-output": ["batch", "class", "score", "x1", "y1", "x2", "y2"],
}


def rows(kind, seed, labels, dtype=np.float32, first=0, units="pixels", count=None):
    rng = np.random.default_rng(seed)
    n, names = 12, ROWS[kind]
    out = np.zeros((2, n, len(names)), dtype)
    for item in range(2):
        box = random_xyxy(rng, n)
        if units == "normalised":
            box = box / np.array([PICTURE[0], PICTURE[1]] * 2, np.float32)
        for k in range(n):
            values = dict(zip(["x1", "y1", "x2", "y2"], box[k]), score=rng.random(), **{"class": first + k % labels, "batch": item})
            out[item, k] = [values[name] for name in names]
    out[1, n - 1] = 0
    out[1, n - 1, names.index("class")] = -1
    outputs = dict(out=("detections", [], out))
    if count is not None:
        outputs["num"] = ("count", [], np.array(count, np.int32).reshape(2, 1))

    def decode(item):
        for row in item["out"][: None if count is None else int(item["num"][0])]:
            value = dict(zip(names, row))
            yield [value["x1"], value["y1"], value["x2"], value["y2"]], value["score"], round(value["class"]) - first

    case(f"{kind}{'' if dtype == np.float32 else ', float16'}", kind, outputs, decode, units, labels)


def normalised_cxcywh(rng, n):
    return (random_cxcywh(rng, n) / np.array([PICTURE[0], PICTURE[1]] * 2)).astype(np.float32)


def detr(name, seed, labels, kind, made_by, nothing, bad=0, roles=("boxes", "logits"), transposed=False, **decoder):
    rng = np.random.default_rng(seed)
    n, width = 40, labels + (nothing != "none")
    boxes = np.stack([normalised_cxcywh(rng, n) for _ in range(2)])
    logits = rng.normal(-1.0 if made_by == "sigmoid" else 0.0, 2, (2, n, width)).astype(np.float32)
    if made_by == "none":
        logits = random_scores(rng, logits.shape)
    logits = spoil(rng, logits, bad)

    def decode(item):
        scores = item["scores"].T if transposed else item["scores"]
        for box, row in zip(item["boxes"], scores):
            values = softmax(list(row)) if made_by == "softmax" else [sigmoid(v) if math.isfinite(v) else v for v in row] if made_by == "sigmoid" else list(row)
            real = values[1:] if nothing == "first" else values[:-1] if nothing == "last" else values
            raw = list(row[1:] if nothing == "first" else row[:-1] if nothing == "last" else row)
            c = best_of(raw)
            if c >= 0:
                yield corners(*box), real[c], c

    scores = logits.transpose(0, 2, 1) if transposed else logits
    case(name, kind, dict(scores=(roles[1], [], scores), boxes=(roles[0], [], boxes)), decode, "normalised", labels, **decoder)


def rtdetr_single(seed, labels):
    rng = np.random.default_rng(seed)
    out = np.stack([np.concatenate([normalised_cxcywh(rng, 40), random_scores(rng, (40, labels))], 1) for _ in range(2)])

    def decode(item):
        for row in item["out"]:
            c = best_of(list(row[4:]))
            yield corners(*row[:4]), row[4 + c], c

    case("rtdetr, one output", "rtdetr", dict(out=("detections", [], out)), decode, "normalised", labels)


def prior_boxes(rule):
    boxes = []
    for k, step in enumerate(rule["steps"]):
        for j in range(math.ceil(PICTURE[1] / step)):
            for i in range(math.ceil(PICTURE[0] / step)):
                x, y = (i + 0.5) * step, (j + 0.5) * step
                for m, small in enumerate(rule["minSizes"][k]):
                    sizes = [(small, small)]
                    if m < len(rule["maxSizes"][k]):
                        sizes.append((math.sqrt(small * rule["maxSizes"][k][m]),) * 2)
                    for ratio in rule["aspectRatios"][k]:
                        sizes.append((small * math.sqrt(ratio), small / math.sqrt(ratio)))
                        sizes.append((small / math.sqrt(ratio), small * math.sqrt(ratio)))
                    for w, h in sizes:
                        box = np.array(corners(x / PICTURE[0], y / PICTURE[1], w / PICTURE[0], h / PICTURE[1]))
                        if rule.get("clip"):
                            box = np.clip(box, 0, 1)
                        boxes.append([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]])
    return boxes


def ssd(name, seed, labels, priors, boxes, factors, made_by, nothing="first", **decoder):
    rng = np.random.default_rng(seed)
    n = len(boxes)
    deltas = rng.normal(0, 1.5, (2, n, 4)).astype(np.float32)
    logits = rng.normal(0, 2, (2, n, labels + 1)).astype(np.float32)
    if made_by == "none":
        logits = np.array([[softmax(list(r)) for r in item] for item in logits.astype(np.float64)], np.float32)

    def decode(item):
        for prior, d, row in zip(boxes, item["loc"], item["conf"]):
            values = softmax(list(row)) if made_by == "softmax" else list(row)
            real = values[1:] if nothing == "first" else values[:-1]
            c = best_of(real)
            x, y = prior[0] + d[0] * factors[0] * prior[2], prior[1] + d[1] * factors[0] * prior[3]
            yield corners(x, y, prior[2] * math.exp(d[2] * factors[1]), prior[3] * math.exp(d[3] * factors[1])), real[c], c

    case(name, "ssd", dict(loc=("boxes", [], deltas), conf=("scores", [], logits)), decode, "normalised", labels, priors=priors, **decoder)


def after_nms(kind, seed, labels, fmt, units, first, class_dtype, count=None):
    rng = np.random.default_rng(seed)
    n = 15
    box = np.stack([random_xyxy(rng, n) for _ in range(2)])
    if units == "normalised":
        box = (box / np.array([PICTURE[0], PICTURE[1]] * 2)).astype(np.float32)
    written = box[..., [1, 0, 3, 2]] if fmt == "yxyx" else box
    outputs = dict(
        boxes=("boxes", [], written),
        scores=("scores", [], np.sort(rng.random((2, n)))[:, ::-1].astype(np.float32)),
        classes=("classes", [], (rng.integers(0, labels, (2, n)) + first).astype(class_dtype)),
    )
    if count is not None:
        outputs["num"] = ("count", [], np.array(count, np.int32).reshape(2, 1))

    def decode(item):
        for k in range(n if count is None else int(item["num"][0])):
            a, b, c, d = item["boxes"][k]
            yield ([b, a, d, c] if fmt == "yxyx" else [a, b, c, d]), item["scores"][k], round(item["classes"][k]) - first

    case(kind, kind, outputs, decode, units, labels)


def onnx_nms(seed, labels):
    rng = np.random.default_rng(seed)
    n = 30
    box = random_xyxy(rng, n)[None]
    scores = random_scores(rng, (1, labels, n), 0.4)
    chosen = [[0, c, b] for c in range(labels) for b in range(n) if scores[0, c, b] > 0.2][::3] + [[-1, -1, -1]]
    outputs = dict(
        selected=("classes", [], np.array([chosen], np.int64)),
        boxes=("boxes", [], box),
        scores=("scores", [], scores),
    )

    def decode(item):
        for i, c, b in item["selected"].astype(int):
            if i == 0:
                yield list(item["boxes"][b]), item["scores"][c, b], c

    case("onnx-nms", "onnx-nms", outputs, decode, "pixels", labels, items=1, format="xyxy")


V5 = [[10, 13, 16, 30, 33, 23], [30, 61, 62, 45, 59, 119]]
V7 = [[12, 16, 19, 36, 40, 28], [36, 75, 76, 55, 72, 146]]
RULE = dict(steps=[16, 32], minSizes=[[10], [20, 28]], maxSizes=[[20], [28, 40]], aspectRatios=[[2], [2, 3]])
EXPLICIT = [[0.25, 0.25, 0.3, 0.4], [0.5, 0.5, 0.5, 0.5], [0.75, 0.6, 0.2, 0.3], [0.4, 0.7, 0.6, 0.3], [0.6, 0.2, 0.3, 0.2]] * 3

yolov8("yolov8, attributes first", 1, 5, True)
yolov8("yolov8, anchors first", 2, 5, False)
yolov8("yolov8, float16", 3, 6, True, np.float16)
yolov8("yolov8, anchors first, float16", 4, 3, False, np.float16)
yolov8("yolov8, with numbers that are none", 5, 4, True, bad=40)
yolov8("yolov8, anchors first, with numbers that are none", 6, 4, False, bad=40)
yolov8("yolov8, normalised", 7, 5, True, units="normalised")
yolov8("yolov8, with mask coefficients", 8, 4, True, extra=7)
yolov8("yolov8, one class", 9, 1, True)
yolov5_decoded(10, 4)
yolov5_raw("yolov5", 11, 3, V5, False, True)
yolov5_raw("yolov5", 12, 3, V5, True, True)
yolov5_raw("yolov7", 13, 2, V7, True, True)
yolox(14, 4)
rows("yolov10", 15, 4)
rows("yolov10", 16, 4, np.float16)
rows("yolov7-end2end", 17, 4)
rows("pp-yoloe", 18, 4, count=[9, 4])
rows("detection-output", 19, 4, first=1, units="normalised")
detr("detr", 20, 5, "detr", "softmax", "last")
detr("detr, with numbers that are none", 21, 5, "detr", "softmax", "last", bad=12)
detr("detr, classes first, background first", 22, 5, "detr", "softmax", "first", transposed=True, background="first")
detr("detr, softmax without background", 23, 5, "detr", "softmax", "none", background="none")
detr("rtdetr, logits", 24, 5, "rtdetr", "sigmoid", "none", bad=6)
detr("rtdetr, scores", 25, 5, "rtdetr", "none", "none", roles=("boxes", "scores"), activation="none")
detr("rtdetr, without roles", 26, 6, "rtdetr", "sigmoid", "none", roles=("tensor", "tensor"))
rtdetr_single(27, 5)
ssd("ssd, priors by rule", 28, 3, RULE, prior_boxes(RULE), (0.1, 0.2), "softmax")
ssd("ssd, priors clipped, background last", 29, 3, dict(RULE, clip=True), prior_boxes(dict(RULE, clip=True)), (0.1, 0.2), "softmax", "last", background="last")
ssd("ssd, priors one by one, other variances", 30, 3, EXPLICIT, EXPLICIT, (0.2, 0.3), "none", activation="none", variances=[0.2, 0.3])
after_nms("efficient-nms", 31, 4, "xyxy", "pixels", 0, np.int32, count=[15, 6])
after_nms("torchvision", 32, 4, "xyxy", "pixels", 1, np.int64)
after_nms("tensorflow", 33, 4, "yxyx", "normalised", 1, np.float32, count=[7, 15])
onnx_nms(34, 4)


# Suppression


def iou(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def key(d):
    return (-d[4], d[5], *d[:4])


def clusters(rng, count, classes):
    found = []
    for _ in range(count):
        x, y, w, h = rng.uniform(0, 400), rng.uniform(0, 300), rng.uniform(20, 120), rng.uniform(20, 120)
        c = int(rng.integers(classes))
        for _ in range(int(rng.integers(1, 7))):
            dx, dy, dw, dh = rng.normal(0, 9, 4)
            other = c if rng.random() < 0.75 else int(rng.integers(classes))
            found.append([float(v) for v in np.round((x + dx, y + dy, x + w + max(dw, -10), y + h + max(dh, -10), rng.random()), 4)] + [other])
    return found


def suppression(items, method, agnostic=False, iouThreshold=0.45, classThresholds={}, sigma=0.5, minScore=0.05, fusedScore="max",
                minWidth=0, minHeight=0, maxWidth=math.inf, maxHeight=math.inf, topKBefore=1000, topKAfter=300):
    def limit(c):
        return classThresholds.get(str(c), iouThreshold)

    items = [d for d in items if minWidth <= d[2] - d[0] <= maxWidth and minHeight <= d[3] - d[1] <= maxHeight]
    items = sorted(items, key=key)[:topKBefore]
    groups = [items] if agnostic else [[d for d in items if d[5] == c] for c in sorted({d[5] for d in items})]
    result = []
    for group in groups:
        if method == "hard":
            kept = []
            for d in group:
                if not any(iou(k, d) > limit(d[5]) for k in kept):
                    kept.append(d)
        elif method in ("linear", "gaussian"):
            left, kept = [list(d) for d in group if d[4] >= minScore], []
            while left:
                left.sort(key=key)
                best = left.pop(0)
                kept.append(best)
                for d in left:
                    overlap = iou(best, d)
                    if method == "gaussian":
                        d[4] *= math.exp(-overlap**2 / sigma)
                    elif overlap > limit(d[5]):
                        d[4] *= 1 - overlap
                left = [d for d in left if d[4] >= minScore]
        else:
            fused = []
            for d in group:
                overlaps = [iou(box, d) for box, _ in fused]
                at = int(np.argmax(overlaps)) if overlaps else -1
                if at < 0 or overlaps[at] <= limit(d[5]):
                    fused.append((d[:4], [d]))
                    continue
                members = fused[at][1] + [d]
                weights = np.array([m[4] for m in members])
                fused[at] = ((weights[:, None] * np.array([m[:4] for m in members])).sum(0) / weights.sum(), members)
            kept = [[*map(float, box), max(m[4] for m in members) if fusedScore == "max" else float(np.mean([m[4] for m in members])), members[0][5]]
                    for box, members in fused]
        result += kept
    return sorted(result, key=key)[:topKAfter]


NMS = []
for seed, (method, more) in enumerate(
    [
        ("hard", {}),
        ("hard", dict(agnostic=True)),
        ("hard", dict(iouThreshold=0.2, classThresholds={"0": 0.7, "2": 0.05})),
        ("hard", dict(minWidth=40, minHeight=35, maxWidth=110, maxHeight=100)),
        ("hard", dict(topKBefore=30, topKAfter=7)),
        ("linear", {}),
        ("linear", dict(agnostic=True, iouThreshold=0.3, minScore=0.2)),
        ("gaussian", {}),
        ("gaussian", dict(sigma=0.2, minScore=0.001, agnostic=True)),
        ("weighted", {}),
        ("weighted", dict(fusedScore="mean", iouThreshold=0.55)),
        ("weighted", dict(agnostic=True)),
    ]
):
    items = clusters(np.random.default_rng(100 + seed), 14, 4)
    expected = suppression(items, method, **more)
    assert 0 < len(expected) < len(items)
    NMS.append(dict(props=dict(method=method, **more), items=items, expected=[[round(x, 6) for x in d] for d in expected]))


# Classification

CLASSES = []
for seed, (activation, top, threshold, dtype) in enumerate(
    [("softmax", 5, 0.0, np.float32), ("softmax", 3, 0.05, np.float16), ("sigmoid", 10, 0.5, np.float32), ("none", 4, 0.1, np.float32)]
):
    rng = np.random.default_rng(200 + seed)
    logits = rng.normal(0, 2, (2, 37)).astype(dtype)
    if activation == "none":
        logits = np.array([softmax(list(r)) for r in logits.astype(np.float64)], dtype)
    expected = []
    for row in logits.astype(np.float64):
        scores = softmax(list(row)) if activation == "softmax" else [sigmoid(x) for x in row] if activation == "sigmoid" else list(row)
        order = sorted(range(len(scores)), key=lambda c: (-scores[c], c))
        expected.append([[c, round(scores[c], 6)] for c in order if scores[c] >= threshold][:top])
    CLASSES.append(dict(activation=activation, topK=top, scoreThreshold=threshold, **encode(logits), expected=expected))


def write(name, value):
    (HERE / name).write_text(json.dumps(value, separators=(",", ":")) + "\n")
    print(name, (HERE / name).stat().st_size, "bytes")


write("detections.json", dict(picture=PICTURE, frame=FRAME, affine=AFFINE, cases=CASES))
write("nms.json", NMS)
write("classifications.json", CLASSES)
