"""Backgrounds of many kinds, as float32 RGB pictures (0..255)."""

import cv2
import numpy as np


def colour(rng):
    """A colour of any kind: vivid, pastel, dark or grey."""
    hue, saturation, value = rng.uniform(0, 6), rng.uniform(0, 1) ** 0.7, rng.uniform(0.05, 1) ** 0.8
    if rng.random() < 0.15:
        saturation = 0.0
    phase = (hue + np.array([5, 3, 1])) % 6
    rgb = value - value * saturation * np.clip(np.minimum(phase, 4 - phase), 0, 1)
    return tuple(float(v) for v in rgb * 255)


def _stretch(coarse, width, height, interpolation=cv2.INTER_CUBIC):
    return cv2.resize(coarse.astype(np.float32), (width, height), interpolation=interpolation)


def octaves(rng, width, height, finest=64):
    """Grey value noise from coarse to fine, about -1..1."""
    total = np.zeros((height, width), np.float32)
    cells, weight, persistence = 3, 1.0, rng.uniform(0.4, 0.75)
    while cells <= finest:
        total += _stretch(rng.uniform(-1, 1, (cells, cells)), width, height) * np.float32(weight)
        cells, weight = cells * 2, weight * persistence
    return total


def gradient(rng, width, height):
    cells = rng.integers(2, 5, 2)
    corners = np.array([colour(rng) for _ in range(cells.prod())]).reshape(*cells, 3)
    return _stretch(corners, width, height)


def texture(rng, width, height):
    first, second = np.float32(colour(rng)), np.float32(colour(rng))
    noise = octaves(rng, width, height, finest=rng.choice([8, 32, 128]))
    share = np.clip(noise * rng.uniform(0.3, 1.2) + 0.5, 0, 1)[..., None]
    return first + (second - first) * share


def stripes(rng, width, height):
    """Parallel bands, or two sets of them that cross to a check."""
    first, second = np.float32(colour(rng)), np.float32(colour(rng))
    if rng.random() < 0.5:
        second = first + (second - first) * np.float32(rng.uniform(0.15, 0.5))
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    angle, period = rng.uniform(0, np.pi), rng.uniform(8, 70)
    edge = np.float32(rng.uniform(0.6, 8))
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * (2 * np.pi / period)) * edge
    share = np.clip(wave + 0.5, 0, 1)
    if rng.random() < 0.3:
        other = np.sin((y * np.cos(angle) - x * np.sin(angle)) * (2 * np.pi / period)) * edge
        share = share * 0.5 + np.clip(other + 0.5, 0, 1) * 0.5
    return first + (second - first) * share[..., None].astype(np.float32)


def hills(rng, width, height):
    """A sky over a few wavy layers."""
    picture = gradient(rng, width, height)
    columns, rows = np.arange(width) / width, np.arange(height)[:, None]
    for level in np.sort(rng.uniform(0.25, 1, rng.integers(1, 5))):
        crest = np.full(width, level * height)
        for frequency in (1.3, 3.1, 7.9):
            crest += height * rng.uniform(0, 0.08) * np.sin(columns * frequency * 2 * np.pi + rng.uniform(0, 6.3))
        inside = np.clip(rows - crest + 0.5, 0, 1).astype(np.float32)[..., None]
        layer = np.float32(colour(rng)) + octaves(rng, width, height)[..., None] * np.float32(rng.uniform(0, 25))
        picture += (layer - picture) * inside
    return picture


def _clutter_piece(rng, picture, reach):
    """One thing that is none of the six shapes: a line, a curve, a stick, a blob, an arc or a word."""
    height, width = picture.shape[:2]
    paint = colour(rng)
    at = rng.uniform(0, 1, 2) * (width, height)
    kind = rng.integers(6)
    thickness = int(rng.integers(1, 7))
    if kind == 0:
        end = rng.uniform(0, 1, 2) * (width, height)
        cv2.line(picture, at.astype(int).tolist(), end.astype(int).tolist(), paint, thickness, cv2.LINE_AA)
    elif kind == 1:
        curve = at + np.cumsum(rng.normal(0, reach / 3, (8, 2)), axis=0)
        cv2.polylines(picture, [curve.astype(np.int32)], False, paint, thickness, cv2.LINE_AA)
    elif kind == 2:
        long, short = rng.uniform(0.6, 2.0) * reach, rng.uniform(0.06, 0.2) * reach
        corners = cv2.boxPoints((at.tolist(), (long, short), rng.uniform(0, 180)))
        cv2.fillPoly(picture, [corners.astype(np.int32)], paint, cv2.LINE_AA)
    elif kind == 3:
        angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
        radii = rng.uniform(0.25, 1, 9) * reach * 0.6
        blob = at + np.stack([np.cos(angles) * radii, np.sin(angles) * radii], axis=1)
        cv2.fillPoly(picture, [blob.astype(np.int32)], paint, cv2.LINE_AA)
    elif kind == 4:
        radii = (rng.uniform(0.2, 0.7, 2) * reach).astype(int) + 2
        start = rng.uniform(0, 360)
        span = rng.uniform(40, 200)
        cv2.ellipse(picture, at.astype(int).tolist(), radii.tolist(), 0, start, start + span, paint, thickness, cv2.LINE_AA)
    else:
        word = "".join(rng.choice(list("ABCEFGHJKLMNPRSTUVWYZ23457"), rng.integers(1, 6)))
        size = float(rng.uniform(0.4, 1.6))
        cv2.putText(picture, word, at.astype(int).tolist(), cv2.FONT_HERSHEY_SIMPLEX, size, paint, thickness, cv2.LINE_AA)


def clutter(rng, width, height):
    """Something like a photograph of a crowded place: many overlapping things, some out of focus."""
    base = (gradient, texture, hills)[rng.integers(3)](rng, width, height)
    picture = np.clip(base, 0, 255).astype(np.uint8)
    for depth in range(2):
        for _ in range(rng.integers(4, 22)):
            _clutter_piece(rng, picture, reach=rng.uniform(15, 110))
        if rng.random() < 0.6 - 0.3 * depth:
            picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.8, 5))
    return picture


def background(rng, width, height):
    kinds = (gradient, texture, stripes, hills, clutter)
    picture = kinds[rng.choice(len(kinds), p=(0.18, 0.18, 0.14, 0.18, 0.32))](rng, width, height)
    if rng.random() < 0.3:
        picture = picture + octaves(rng, width, height, finest=128)[..., None] * np.float32(rng.uniform(3, 20))
    return np.ascontiguousarray(np.clip(picture, 0, 255), dtype=np.float32)
