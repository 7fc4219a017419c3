#!/usr/bin/env python3
"""Makes what the picture kernel is compared with: pictures that OpenCV has scaled and converted. Needs numpy and
opencv-python-headless (made with 5.0.0).

Each case is one line of cases.json: source format and size, crop, target size, interpolation, and where source and result lie in
data.bin, as bytes. The sources are smooth with edges and some noise, so that every weight matters.
"""

import json
import pathlib

import cv2
import numpy as np

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(7)
cv2.setNumThreads(1)
data = bytearray()
cases = []


def put(array):
    start = len(data)
    data.extend(np.ascontiguousarray(array).tobytes())
    return {"offset": start, "bytes": len(data) - start}


def picture(width, height, channels):
    y, x = np.mgrid[0:height, 0:width].astype(float)
    planes = [127 + 90 * np.sin(x / (5 + c) + c) * np.cos(y / (4 + c)) + 30 * ((x + y) % 11 < 4) for c in range(channels)]
    noisy = np.stack(planes, -1) + random.normal(0, 9, (height, width, channels))
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8).squeeze()


def scaling(source_size, target_size, crop, name, flag):
    """INTER_LINEAR and INTER_AREA on float pictures: OpenCV's integer paths round weights to 11 bits, which is its choice and
    not the definition. INTER_NEAREST_EXACT as it is."""
    for channels, form in ((1, "GRAY8"), (3, "RGB")):
        source = picture(*source_size, channels)
        x, y, width, height = crop or (0, 0, *source_size)
        part = source[y : y + height, x : x + width]
        if name != "nearest":
            part = part.astype(np.float32)
        result = cv2.resize(part, target_size, interpolation=flag).astype(np.float32)
        cases.append(
            {
                "what": f"{name} {form} {width}x{height} to {target_size[0]}x{target_size[1]}" + (" of a crop" if crop else ""),
                "format": form,
                "size": source_size,
                "crop": crop,
                "target": target_size,
                "interpolation": name,
                "source": put(source),
                "result": put(result),
            }
        )


FLAGS = {"bilinear": cv2.INTER_LINEAR, "area": cv2.INTER_AREA, "nearest": cv2.INTER_NEAREST_EXACT}
for name, flag in FLAGS.items():
    scaling((61, 47), (23, 19), None, name, flag)
    scaling((61, 47), (20, 16), (7, 5, 40, 32), name, flag)
    scaling((60, 48), (20, 16), None, name, flag)
for name in ("bilinear", "nearest"):
    scaling((17, 13), (45, 37), None, name, FLAGS[name])
    scaling((61, 13), (20, 40), None, name, FLAGS[name])

# Conversion alone. OpenCV's YUV is BT.601 of limited range, and I420 takes the chroma of the pixel two by two, unsmoothed: the
# same as ours with `nearest`.
WIDTH, HEIGHT = 32, 24
luma = picture(WIDTH, HEIGHT, 1)
chroma = [picture(WIDTH // 2, HEIGHT // 2, 1) for _ in range(2)]
i420 = np.concatenate([plane.reshape(-1) for plane in (luma, *chroma)])
nv12 = np.concatenate([luma.reshape(-1), np.stack(chroma, -1).reshape(-1)])
for form, source, code in (("I420", i420, cv2.COLOR_YUV2RGB_I420), ("NV12", nv12, cv2.COLOR_YUV2RGB_NV12)):
    result = cv2.cvtColor(source.reshape(HEIGHT * 3 // 2, WIDTH), code)
    cases.append(
        {
            "what": f"{form} to RGB",
            "format": form,
            "size": (WIDTH, HEIGHT),
            "crop": None,
            "target": (WIDTH, HEIGHT),
            "interpolation": "nearest",
            "source": put(source),
            "result": put(result.astype(np.float32)),
        }
    )

rgb = picture(WIDTH, HEIGHT, 3)
grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
yuv = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420).reshape(-1)
common = {"format": "RGB", "size": (WIDTH, HEIGHT), "crop": None, "target": (WIDTH, HEIGHT), "interpolation": "nearest", "source": put(rgb)}
cases.append({"what": "RGB to grey", **common, "to": "GRAY", "result": put(grey.astype(np.float32))})
cases.append({"what": "RGB to luma", **common, "to": "luma", "result": put(yuv[: WIDTH * HEIGHT].astype(np.float32))})

(HERE / "data.bin").write_bytes(bytes(data))
(HERE / "cases.json").write_text(json.dumps({"opencv": cv2.__version__, "cases": cases}, indent=1) + "\n")
print(len(cases), "cases,", len(data), "bytes")
