"""Writes three small models for items of different lengths, and truth.json: what each item gives when it is alone.

masked.onnx takes items padded to one length, and a mask; every element attends to all elements of its item, so that padding which
were not masked would change everything. segments.onnx is the same for items that lie one behind the other, with the number of its
item for each element; offsets.onnx takes where each begins, and gives the mean of each item. The truth is computed in NumPy, item
by item, in double precision and without any of the models; ONNX Runtime in Python has to agree on items that are alone, or this
script fails.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 onnx==1.23.1 onnxruntime==1.30.0
    venv/bin/python test/references/lengths/make.py
"""
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(7)
FEATURES, OUT = 4, 3
w = np.round(random.normal(size=(FEATURES, OUT)), 3).astype(np.float32)
FAR = np.float32(1e9)


def info(name, dtype, *shape):
    return h.make_tensor_value_info(name, dtype, list(shape))


def save(name, nodes, inputs, outputs, constants):
    weights = [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()]
    model = h.make_model(h.make_graph(nodes, name, inputs, outputs, weights), opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, HERE / f"{name}.onnx")
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def attend(scores):
    """Nodes from scores, with what is not to be seen far below, to y = softmax(scores) x w."""
    return [h.make_node("Softmax", [scores], ["attention"], axis=-1), h.make_node("MatMul", ["attention", "x"], ["seen"]), h.make_node("MatMul", ["seen", "w"], ["y"])]


one, far = np.float32(1), FAR
masked = save(
    "masked",
    [
        h.make_node("Transpose", ["x"], ["xt"], perm=[0, 2, 1]),
        h.make_node("MatMul", ["x", "xt"], ["similar"]),
        h.make_node("Cast", ["mask"], ["m"], to=T.FLOAT),
        h.make_node("Sub", ["one", "m"], ["hidden"]),
        h.make_node("Mul", ["hidden", "far"], ["below"]),
        h.make_node("Unsqueeze", ["below", "axis1"], ["row"]),
        h.make_node("Sub", ["similar", "row"], ["scores"]),
        *attend("scores"),
        h.make_node("Unsqueeze", ["m", "axis2"], ["column"]),
        h.make_node("Mul", ["y", "column"], ["counted"]),
        h.make_node("ReduceSum", ["counted", "axis1"], ["sum"], keepdims=0),
        h.make_node("ReduceSum", ["m", "axis1"], ["count"], keepdims=1),
        h.make_node("Max", ["count", "one"], ["least"]),
        h.make_node("Div", ["sum", "least"], ["mean"]),
    ],
    [info("x", T.FLOAT, "N", "L", FEATURES), info("mask", T.INT64, "N", "L")],
    [info("y", T.FLOAT, "N", "L", OUT), info("mean", T.FLOAT, "N", OUT)],
    {"w": w, "one": one, "far": far, "axis1": np.array([1]), "axis2": np.array([2])},
)
segments = save(
    "segments",
    [
        h.make_node("Transpose", ["x"], ["xt"], perm=[1, 0]),
        h.make_node("MatMul", ["x", "xt"], ["similar"]),
        h.make_node("Unsqueeze", ["segments", "axis0"], ["across"]),
        h.make_node("Unsqueeze", ["segments", "axis1"], ["down"]),
        h.make_node("Equal", ["across", "down"], ["same"]),
        h.make_node("Cast", ["same"], ["m"], to=T.FLOAT),
        h.make_node("Sub", ["one", "m"], ["hidden"]),
        h.make_node("Mul", ["hidden", "far"], ["below"]),
        h.make_node("Sub", ["similar", "below"], ["scores"]),
        *attend("scores"),
    ],
    [info("x", T.FLOAT, "T", FEATURES), info("segments", T.INT32, "T")],
    [info("y", T.FLOAT, "T", OUT)],
    {"w": w, "one": one, "far": far, "axis0": np.array([0]), "axis1": np.array([1])},
)
offsets = save(
    "offsets",
    [
        h.make_node("MatMul", ["x", "w"], ["y"]),
        h.make_node("CumSum", ["y", "zero"], ["running"]),
        h.make_node("Concat", ["nothing", "running"], ["sums"], axis=0),
        h.make_node("Gather", ["sums", "offsets"], ["at"], axis=0),
        h.make_node("Slice", ["at", "from1", "end", "axis0"], ["ends"]),
        h.make_node("Slice", ["at", "from0", "minus1", "axis0"], ["starts"]),
        h.make_node("Sub", ["ends", "starts"], ["totals"]),
        h.make_node("Slice", ["offsets", "from1", "end", "axis0"], ["to"]),
        h.make_node("Slice", ["offsets", "from0", "minus1", "axis0"], ["from"]),
        h.make_node("Sub", ["to", "from"], ["lengths"]),
        h.make_node("Cast", ["lengths"], ["count"], to=T.FLOAT),
        h.make_node("Unsqueeze", ["count", "axis1"], ["column"]),
        h.make_node("Div", ["totals", "column"], ["mean"]),
    ],
    [info("x", T.FLOAT, "T", FEATURES), info("offsets", T.INT64, "M")],
    [info("y", T.FLOAT, "T", OUT), info("mean", T.FLOAT, "N", OUT)],
    {
        "w": w,
        "zero": np.int64(0),
        "nothing": np.zeros((1, OUT), np.float32),
        "axis0": np.array([0]),
        "axis1": np.array([1]),
        "from0": np.array([0]),
        "from1": np.array([1]),
        "minus1": np.array([-1]),
        "end": np.array([2**31]),
    },
)


def attention(x):
    scores = x @ x.T
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ x @ w.astype(np.float64)


truth = []
for length in [1, 2, 3, 5, 8, 13, 4, 7, 1, 6, 11, 2]:
    x = np.round(random.normal(size=(length, FEATURES)), 3).astype(np.float32)
    own = x.astype(np.float64)
    seen = attention(own)
    plain = own @ w.astype(np.float64)
    y, mean = masked.run(None, {"x": x[None], "mask": np.ones((1, length), np.int64)})
    np.testing.assert_allclose(y[0], seen, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(mean[0], seen.mean(axis=0), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(segments.run(None, {"x": x, "segments": np.zeros(length, np.int32)})[0], seen, rtol=1e-4, atol=1e-5)
    y, mean = offsets.run(None, {"x": x, "offsets": np.array([0, length])})
    np.testing.assert_allclose(y, plain, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(mean[0], plain.mean(axis=0), rtol=1e-4, atol=1e-5)
    listed = lambda value: [round(float(v), 7) for v in np.asarray(value).reshape(-1)]
    truth.append({
        "x": listed(x),
        "attention": {"y": listed(seen), "mean": listed(seen.mean(axis=0))},
        "plain": {"y": listed(plain), "mean": listed(plain.mean(axis=0))},
    })
lines = ",\n".join(json.dumps(item) for item in truth)
(HERE / "truth.json").write_text(f'{{"features": {FEATURES}, "items": [\n{lines}\n]}}\n')
