"""The six shapes: their outlines, their exact extents, and how they are painted onto a picture."""

from dataclasses import dataclass, field

import cv2
import numpy as np

LABELS = ("circle", "square", "triangle", "star", "cross", "ring")

# An object is ground truth only while at least this share of its full area can be seen.
MIN_VISIBLE = 0.3

_SUPERSAMPLE = 2
_SUBPIXEL_BITS = 4


@dataclass
class Shape:
    label: str
    x: float
    y: float
    width: float
    height: float
    angle: float = 0.0
    # What makes one star (cross, ring) differ from another: 0 is the thinnest form, 1 the fullest.
    fullness: float = 0.5


@dataclass
class Look:
    fill: tuple = (200, 80, 80)
    # The far end of the shading; the same as `fill` paints a flat surface.
    shade: tuple = (200, 80, 80)
    shade_angle: float = 0.8
    edge: tuple = (60, 20, 20)
    # Full width of the line drawn along the outline, in pixels; half of it lies outside.
    edge_width: float = 2.0
    opacity: float = 1.0
    shadow: float = 0.0
    # Length of the motion blur (pixels) and its direction.
    smear: int = 0
    smear_angle: float = 0.0
    pattern: np.ndarray | None = field(default=None, repr=False)


@dataclass
class Painted:
    """Where an object landed: its full coverage mask, and the canvas position of the mask's corner."""

    mask: np.ndarray
    left: int
    top: int


def _polar(angles, radii):
    return np.stack([np.cos(angles) * radii, np.sin(angles) * radii], axis=1)


def _unit_contours(label, fullness):
    """Closed contours of a shape inscribed in the square from -1 to 1."""
    turn = 2 * np.pi
    if label == "circle":
        return [_polar(np.linspace(0, turn, 64, endpoint=False), 1.0)]
    if label == "square":
        return [np.array([[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]])]
    if label == "triangle":
        return [_polar(np.array([-0.25, 1 / 12, 5 / 12]) * turn, 1.0)]
    if label == "star":
        points = np.arange(10)
        inner = 0.36 + 0.16 * fullness
        return [_polar((points / 10 - 0.25) * turn, np.where(points % 2 == 0, 1.0, inner))]
    if label == "cross":
        a = 0.24 + 0.16 * fullness
        quarter = np.array([[a, -1], [a, -a], [1, -a]])
        corners = [quarter @ np.array([[c, s], [-s, c]]) for c, s in ((1, 0), (0, 1), (-1, 0), (0, -1))]
        return [np.concatenate(corners)]
    if label == "ring":
        circle = _polar(np.linspace(0, turn, 64, endpoint=False), 1.0)
        return [circle, circle * (0.72 - 0.24 * fullness)]
    raise ValueError(f"unknown label {label!r}")


def contours_of(shape):
    """The shape's contours in canvas pixels; the pixel in row 0, column 0 spans 0..1 on both axes."""
    c, s = np.cos(shape.angle), np.sin(shape.angle)
    turn = np.array([[c, s], [-s, c]])
    half = np.array([shape.width, shape.height]) / 2
    return [contour * half @ turn + (shape.x, shape.y) for contour in _unit_contours(shape.label, shape.fullness)]


def extent_of(shape, look):
    """x1, y1, x2, y2 of the whole object, its edge line included."""
    outer = contours_of(shape)[0]
    margin = look.edge_width / 2
    return np.concatenate([outer.min(axis=0) - margin, outer.max(axis=0) + margin])


def _coverage(contours, edge_width, left, top, width, height):
    """Anti-aliased masks (0..1) of the whole object and of its edge line."""
    fixed = [
        np.round(((c - (left, top)) * _SUPERSAMPLE - 0.5) * (1 << _SUBPIXEL_BITS)).astype(np.int32) for c in contours
    ]
    size = (height * _SUPERSAMPLE, width * _SUPERSAMPLE)
    body = np.zeros(size, np.uint8)
    cv2.fillPoly(body, fixed, 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    line = np.zeros(size, np.uint8)
    thickness = round(edge_width * _SUPERSAMPLE)
    if thickness > 0:
        cv2.polylines(line, fixed, True, 255, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)
        body = np.maximum(body, line)
    scale = np.float32(1 / 255)
    body = cv2.resize(body, (width, height), interpolation=cv2.INTER_AREA) * scale
    line = cv2.resize(line, (width, height), interpolation=cv2.INTER_AREA) * scale
    return body, line


def _surface(look, width, height):
    """The object's fill: a ramp from `fill` to `shade`, under an optional pattern."""
    if look.fill == look.shade:
        surface = np.empty((height, width, 3), np.float32)
        surface[:] = look.fill
    else:
        along = np.linspace(-1, 1, width, dtype=np.float32) * np.float32(np.cos(look.shade_angle))
        down = np.linspace(-1, 1, height, dtype=np.float32) * np.float32(np.sin(look.shade_angle))
        ramp = np.clip((along[None, :] + down[:, None]) * 0.45 + 0.5, 0, 1)[..., None]
        surface = np.float32(look.fill) * (1 - ramp) + np.float32(look.shade) * ramp
    if look.pattern is not None:
        surface += cv2.resize(look.pattern, (width, height))[..., None]
    return surface


def motion_kernel(length, angle):
    """A normalised line of `length` pixels."""
    kernel = np.zeros((length, length), np.float32)
    middle = (length - 1) / 2
    offset = np.array([np.cos(angle), np.sin(angle)]) * middle
    start, end = np.round(middle - offset).astype(int), np.round(middle + offset).astype(int)
    cv2.line(kernel, start.tolist(), end.tolist(), 1.0)
    return kernel / kernel.sum()


def _blend(canvas, source, alpha, left, top):
    """Blend `source` (a patch or one colour) into the part of the canvas that it covers."""
    height, width = alpha.shape
    y1, y2 = max(0, -top), min(height, canvas.shape[0] - top)
    x1, x2 = max(0, -left), min(width, canvas.shape[1] - left)
    if y1 >= y2 or x1 >= x2:
        return
    target = canvas[top + y1 : top + y2, left + x1 : left + x2]
    patch = source[y1:y2, x1:x2] if isinstance(source, np.ndarray) else np.float32(source)
    target += (patch - target) * alpha[y1:y2, x1:x2, None]


def paint(canvas, shape, look):
    """Paint an object onto a float32 RGB canvas (0..255)."""
    x1, y1, x2, y2 = extent_of(shape, look)
    pad = 2 + look.smear
    left, top = int(np.floor(x1)) - pad, int(np.floor(y1)) - pad
    width, height = int(np.ceil(x2)) + pad - left, int(np.ceil(y2)) + pad - top
    body, line = _coverage(contours_of(shape), look.edge_width, left, top, width, height)
    surface = _surface(look, width, height)
    surface += (np.float32(look.edge) - surface) * line[..., None]
    alpha = body * np.float32(look.opacity)
    if look.smear > 1:
        alpha = cv2.filter2D(alpha, -1, motion_kernel(look.smear, look.smear_angle), borderType=cv2.BORDER_CONSTANT)
    if look.shadow > 0:
        reach = max(2, round(min(shape.width, shape.height) * 0.08))
        dark = cv2.copyMakeBorder(body, reach * 2, reach * 2, reach * 2, reach * 2, cv2.BORDER_CONSTANT, value=0)
        dark = cv2.GaussianBlur(dark, (0, 0), reach * 0.7) * np.float32(look.shadow)
        _blend(canvas, (8, 8, 24), dark, left - reach, top - reach)
    _blend(canvas, surface, alpha, left, top)
    return Painted(body > 0.5, left, top)


def visible_shares(painted, width, height):
    """The share of each object's full area that neither the frame's border nor a later object hides."""
    owner = np.full((height, width), -1, np.int16)
    windows = []
    for index, item in enumerate(painted):
        h, w = item.mask.shape
        y1, y2 = max(0, -item.top), min(h, height - item.top)
        x1, x2 = max(0, -item.left), min(w, width - item.left)
        window = (slice(item.top + y1, item.top + max(y1, y2)), slice(item.left + x1, item.left + max(x1, x2)))
        if y1 < y2 and x1 < x2:
            owner[window][item.mask[y1:y2, x1:x2]] = index
        else:
            window = (slice(0, 0), slice(0, 0))
        windows.append(window)
    return [
        float(np.count_nonzero(owner[window] == index)) / max(1, np.count_nonzero(item.mask))
        for index, (item, window) in enumerate(zip(painted, windows, strict=True))
    ]
