"""Brings 1080p I420 to a letterboxed, normalised 640x640 tensor with OpenCV, on one thread.

python preprocess.py planes|picture COUNT
planes: the fastest way we know: the planes are scaled first, the small picture is converted, and what is written of the tensor
  is its middle; the bars stay from the time before.
picture: the usual way: resize, copyMakeBorder and blobFromImage, on RGB that somebody else has made from I420.
Prints the CPU time of one, in ms, and the mean of the tensor. Eight frames take turns.
"""

import json
import sys
import time

import cv2
import numpy as np

way, count = sys.argv[1], int(sys.argv[2])
cv2.setNumThreads(1)


def plane(p, width, height, frame):
    y, x = np.mgrid[0:height, 0:width]
    return (((p + 2) * x + 3 * y + 31 * frame) & 255).astype(np.uint8)


yuv = [(plane(0, 1920, 1080, f), plane(1, 960, 540, f), plane(2, 960, 540, f)) for f in range(8)]
rgb = []
if way == "picture":
    for y, u, v in yuv:
        stacked = np.concatenate([y.reshape(-1), u.reshape(-1), v.reshape(-1)]).reshape(1620, 1920)
        rgb.append(cv2.cvtColor(stacked, cv2.COLOR_YUV2RGB_I420))

small = np.empty((540, 640), np.uint8)
luma = small[:360]
u_small = small.reshape(-1)[640 * 360 : 640 * 450].reshape(180, 320)
v_small = small.reshape(-1)[640 * 450 :].reshape(180, 320)
picture = np.empty((360, 640, 3), np.uint8)
channels = [np.empty((360, 640), np.uint8) for _ in range(3)]
tensors = [np.full((3, 640, 640), 114 / 255, np.float32) for _ in range(4)]


def planes(i):
    y, u, v = yuv[i % 8]
    cv2.resize(y, (640, 360), dst=luma, interpolation=cv2.INTER_LINEAR)
    cv2.resize(u, (320, 180), dst=u_small, interpolation=cv2.INTER_LINEAR)
    cv2.resize(v, (320, 180), dst=v_small, interpolation=cv2.INTER_LINEAR)
    cv2.cvtColor(small, cv2.COLOR_YUV2RGB_I420, dst=picture)
    cv2.split(picture, channels)
    tensor = tensors[i % 4]
    for c in range(3):
        np.multiply(channels[c], np.float32(1 / 255), out=tensor[c, 140:500], dtype=np.float32, casting="unsafe")
    return tensor


def whole(i):
    fitted = cv2.resize(rgb[i % 8], (640, 360), interpolation=cv2.INTER_LINEAR)
    padded = cv2.copyMakeBorder(fitted, 140, 140, 0, 0, cv2.BORDER_CONSTANT, value=(114, 114, 114))
    return cv2.dnn.blobFromImage(padded, 1 / 255)


step = planes if way == "planes" else whole
for i in range(100):
    step(i)
start = time.process_time()
for i in range(count):
    step(i)
cpu = (time.process_time() - start) * 1000 / count
print(json.dumps({"cpuMs": cpu, "mean": float(step(0).mean(dtype=np.float64)), "version": f"OpenCV {cv2.__version__}"}))
