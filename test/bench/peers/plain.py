"""The plain way: OpenCV decodes, resizes and pads, ONNX Runtime runs, one frame after another, with the defaults of both.

python plain.py CLIP MODEL.onnx SIZE
Finding boxes in the output and writing them is left out, which is in its favour.
"""

import sys

import cv2
import numpy as np
import onnxruntime

clip, model, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
capture = cv2.VideoCapture(clip)
frames = 0
total = 0.0
while True:
    found, frame = capture.read()
    if not found:
        break
    height, width = frame.shape[:2]
    scale = min(size / width, size / height)
    w, h = round(width * scale), round(height * scale)
    left, top = (size - w) // 2, (size - h) // 2
    small = cv2.resize(frame, (w, h), interpolation=cv2.INTER_LINEAR)
    padded = cv2.copyMakeBorder(small, top, size - h - top, left, size - w - left, cv2.BORDER_CONSTANT, value=(114, 114, 114))
    blob = cv2.dnn.blobFromImage(padded, 1 / 255, swapRB=True)
    output = session.run(None, {name: blob})[0]
    total += float(output[0, 4].max())
    frames += 1
print(frames)
