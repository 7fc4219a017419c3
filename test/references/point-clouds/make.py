"""Makes the files of points in this folder, with nothing but Python, and what has to come out of them.

    python3 make.py

`points.json` holds the points that all files but `columns.ply` and the `.bin` ones are made of, one list per point: x, y, z,
intensity (0..255), ring, and a time in float64; null is NaN. Coordinates are what float32 holds of them.
"""
import json
import math
import random
import struct
from pathlib import Path

here = Path(__file__).parent
random.seed(7)


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


points = []
for i in range(40):
    place = [f32(random.uniform(-80, 80)) for _ in range(3)]
    if i in (3, 17, 39):
        place = [math.nan] * 3
    # Runs of equal bytes give the compressor something to find.
    points.append((*place, (i // 10) * 60, i % 3, 1571255000.0 + i * 0.05))

(here / "points.json").write_text(
    json.dumps([[None if isinstance(v, float) and math.isnan(v) else v for v in p] for p in points]) + "\n"
)


def lzf(data):
    """LibLZF's format: the longest match at each place among the last 8192 bytes, by trial."""
    out = bytearray()
    literal = bytearray()

    def flush():
        for start in range(0, len(literal), 32):
            run = literal[start : start + 32]
            out.append(len(run) - 1)
            out.extend(run)
        literal.clear()

    at = 0
    while at < len(data):
        best, back = 0, 0
        for distance in range(1, min(at, 8192) + 1):
            length = 0
            while length < 264 and at + length < len(data) and data[at + length - distance] == data[at + length]:
                length += 1
            if length > best:
                best, back = length, distance
        if best < 3:
            literal.append(data[at])
            at += 1
            continue
        flush()
        length, offset = best - 2, back - 1
        if length < 7:
            out.append((length << 5) | (offset >> 8))
        else:
            out += bytes([(7 << 5) | (offset >> 8), length - 7])
        out.append(offset & 255)
        at += best
    flush()
    return bytes(out)


def pcd_head(data, fields="x y z intensity _ ring time", size="4 4 4 1 1 2 8", kind="F F F U U U F", count="1 1 1 1 3 1 1"):
    n = len(points)
    return (
        "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\n"
        f"FIELDS {fields}\nSIZE {size}\nTYPE {kind}\nCOUNT {count}\n"
        f"WIDTH {n}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {n}\nDATA {data}\n"
    ).encode()


def text(value):
    return "nan" if isinstance(value, float) and math.isnan(value) else repr(value)


lines = "".join(" ".join(text(v) for v in p) + "\n" for p in points).encode()
plain = dict(fields="x y z intensity ring time", size="4 4 4 1 2 8", kind="F F F U U F", count="1 1 1 1 1 1")
(here / "ascii.pcd").write_bytes(pcd_head("ascii", **plain) + lines)
(here / "crlf.pcd").write_bytes((pcd_head("ascii", **plain) + lines).replace(b"\n", b"\r\n"))
(here / "binary.pcd").write_bytes(pcd_head("binary") + b"".join(struct.pack("<fffB3xHd", *p) for p in points))
columns = b"".join(struct.pack(f"<{len(points)}{c}", *(p[i] for p in points)) for i, c in enumerate("fffBHd"))
packed = lzf(columns)
(here / "compressed.pcd").write_bytes(
    pcd_head("binary_compressed", **plain) + struct.pack("<II", len(packed), len(columns)) + packed
)


def ply_head(format, before="", after=""):
    return (
        f"ply\nformat {format} 1.0\ncomment made by make.py\n{before}element vertex {len(points)}\n"
        "property float x\nproperty float32 y\nproperty float z\nproperty uchar intensity\nproperty ushort ring\n"
        f"property double time\n{after}end_header\n"
    ).encode()


faces = "element face 1\nproperty list uchar int vertex_indices\n"
(here / "ascii.ply").write_bytes(ply_head("ascii", after=faces) + lines + b"3 0 1 2\n")
for name, mark in (("little", "<"), ("big", ">")):
    camera = "element camera 2\nproperty short a\nproperty double b\n"
    (here / f"{name}.ply").write_bytes(
        ply_head(f"binary_{name}_endian", before=camera, after=faces)
        + struct.pack(f"{mark}hdhd", 1, 2, 3, 4)
        + b"".join(struct.pack(f"{mark}fffBHd", *p) for p in points)
        + struct.pack(f"{mark}B3i", 3, 0, 1, 2)
    )

(here / "kitti.bin").write_bytes(b"".join(struct.pack("<4f", *p[:3], p[3] / 255) for p in points))
(here / "nuscenes.pcd.bin").write_bytes(b"".join(struct.pack("<5f", *p[:5]) for p in points))
