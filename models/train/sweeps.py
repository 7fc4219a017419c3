"""Makes media/sweeps: four sweeps of a scanner that turns in a room in which a box passes by, a format each.

    python3 sweeps.py ../../media/sweeps

Nothing but Python. x points ahead, y to the left, z up, in metres; intensity is 0..1, 0.9 on the box and 0.3 elsewhere.
"""
import math
import struct
import sys
from pathlib import Path

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
RINGS, STEPS, HEIGHT = 6, 72, 1.5


def hit(dx, dy, dz, box):
    """How far a ray goes from the scanner to the room or the box."""
    nearest, intensity = math.inf, 0.3
    for axis, low, high in ((0, -8, 8), (1, -6, 6), (2, -HEIGHT, 1.5)):
        d = (dx, dy, dz)[axis]
        if d:
            nearest = min(nearest, (high if d > 0 else low) / d)
    near, far = 0, nearest
    for d, low, high in ((dx, box - 0.5, box + 0.5), (dy, 2, 3), (dz, -HEIGHT, -0.3)):
        if d == 0:
            if not low <= 0 <= high:
                return nearest, intensity
            continue
        a, b = sorted((low / d, high / d))
        near, far = max(near, a), min(far, b)
    return (near, 0.9) if 0 < near < far else (nearest, intensity)


def sweep(box):
    for ring in range(RINGS):
        pitch = math.radians(-24 + 6 * ring)
        for step in range(STEPS):
            yaw = 2 * math.pi * step / STEPS
            ray = (math.cos(pitch) * math.cos(yaw), math.cos(pitch) * math.sin(yaw), math.sin(pitch))
            distance, intensity = hit(*ray, box)
            yield (*(round(distance * d, 3) for d in ray), intensity)


def pcd(points, data):
    n = len(points)
    return (
        f"# .PCD v0.7\nVERSION 0.7\nFIELDS x y z intensity\nSIZE 4 4 4 4\nTYPE F F F F\nCOUNT 1 1 1 1\n"
        f"WIDTH {n}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {n}\nDATA {data}\n"
    ).encode()


def floats(points, mark="<"):
    return b"".join(struct.pack(f"{mark}4f", *p) for p in points)


sweeps = [list(sweep(box)) for box in (-1.5, -0.5, 0.5, 1.5)]
(folder / "0.bin").write_bytes(floats(sweeps[0]))
(folder / "1.pcd").write_bytes(pcd(sweeps[1], "binary") + floats(sweeps[1]))
text = "".join(" ".join(f"{v:g}" for v in p) + "\n" for p in sweeps[2])
(folder / "2.pcd").write_bytes(pcd(sweeps[2], "ascii") + text.encode())
head = f"ply\nformat binary_big_endian 1.0\nelement vertex {len(sweeps[3])}\n"
head += "".join(f"property float {name}\n" for name in ("x", "y", "z", "intensity")) + "end_header\n"
(folder / "3.ply").write_bytes(head.encode() + floats(sweeps[3], ">"))
