"""Writes models.truth.json: what small models give, computed without ONNX Runtime.

The models are put together here with onnx.helper and evaluated by onnx.reference, which is written in NumPy; the tests put
the same models together with src/onnx/build-model.ts and run them through each backend. ONNX Runtime in Python has to agree,
or this script fails.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 onnx==1.23.1 onnxruntime==1.30.0
    venv/bin/python test/references/inference/make.py

real-models.truth.json holds, for models that are too large or not ours to commit, a digest of what ONNX Runtime in Python gives
for inputs that a test can make again:

    venv/bin/python test/references/inference/make.py FOLDER_WITH_MODELS
"""
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(1)


def floats(*shape):
    # Rounded, so that the file is short and the numbers are the same in float32.
    return np.round(random.normal(size=shape), 3).astype(np.float32)


def made(nodes, inputs, outputs, weights=(), opset=17, ir=8):
    initializers = [numpy_helper.from_array(value, name) for name, value in weights]
    return h.make_model(h.make_graph(nodes, "graph", inputs, outputs, initializers), opset_imports=[h.make_opsetid("", opset)], ir_version=ir)


def info(name, dtype, *shape):
    return h.make_tensor_value_info(name, dtype, list(shape))


def written(value):
    value = np.asarray(value)
    data = value.view(np.uint16) if value.dtype == np.float16 else value
    flat = [int(x) if data.dtype.kind in "iub" else repr_float(x) for x in data.reshape(-1)]
    return {"dtype": str(value.dtype), "shape": list(value.shape), "data": flat}


def repr_float(x):
    return "NaN" if np.isnan(x) else "Infinity" if x == np.inf else "-Infinity" if x == -np.inf else float(x)


def evaluate(model, inputs):
    names = [output.name for output in model.graph.output]
    values = ReferenceEvaluator(model).run(None, inputs)
    values = [np.asarray(value, dtype=h.tensor_dtype_to_np_dtype(o.type.tensor_type.elem_type)) for value, o in zip(values, model.graph.output)]
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for name, value, other in zip(names, values, session.run(None, inputs)):
        assert value.shape == np.shape(other), (name, value.shape, np.shape(other))
        np.testing.assert_allclose(value.astype(np.float64), np.asarray(other).astype(np.float64), rtol=1e-5, atol=1e-6, err_msg=name)
    return dict(zip(names, values))


def case(model, **inputs):
    inputs = {name: value for name, value in inputs.items()}
    outputs = evaluate(model, inputs)
    return {"inputs": {k: written(v) for k, v in inputs.items()}, "outputs": {k: written(v) for k, v in outputs.items()}}


def entry(cases, weights=()):
    return {"weights": {name: written(value) for name, value in weights}, "cases": cases}


def small_models():
    w, b = floats(4, 3), floats(3)
    linear = made(
        [h.make_node("MatMul", ["x", "w"], ["xw"]), h.make_node("Add", ["xw", "b"], ["z"]), h.make_node("Relu", ["z"], ["y"])],
        [info("x", T.FLOAT, "N", 4)], [info("y", T.FLOAT, "N", 3)], [("w", w), ("b", b)])
    with_nan = floats(3, 4)
    with_nan[1, 2], with_nan[2, 0] = np.nan, np.inf
    nan_model = made([h.make_node("Add", ["x", "b"], ["y"])], [info("x", T.FLOAT, "N", 4)], [info("y", T.FLOAT, "N", 4)], [("b", floats(4))])

    k = floats(3, 2, 3, 3)
    convolution = made(
        [h.make_node("Conv", ["x", "k"], ["c"], pads=[1, 1, 1, 1]), h.make_node("Sigmoid", ["c"], ["y"])],
        [info("x", T.FLOAT, "N", 2, "H", "W")], [info("y", T.FLOAT, "N", 3, "H", "W")], [("k", k)])

    nonzero = made([h.make_node("NonZero", ["x"], ["y"])], [info("x", T.FLOAT, 6)], [info("y", T.INT64, 1, "found")])

    types = ["FLOAT16", "DOUBLE", "INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32", "INT64", "UINT64", "BOOL"]
    casts = made([h.make_node("Cast", ["x"], [t], to=getattr(T, t)) for t in types],
                 [info("x", T.FLOAT, "N")], [info(t, getattr(T, t), "N") for t in types])

    scalars = made(
        [h.make_node("Cast", ["rate"], ["factor"], to=T.FLOAT), h.make_node("Mul", ["x", "factor"], ["y"]), h.make_node("Add", ["rate", "one"], ["next"])],
        [info("x", T.FLOAT, "N"), info("rate", T.INT64)], [info("y", T.FLOAT, "N"), info("next", T.INT64)], [("one", np.array(1, np.int64))])

    empty = made(
        [h.make_node("ReduceSum", ["x", "axes"], ["sum"], keepdims=0), h.make_node("Mul", ["x", "x"], ["square"])],
        [info("x", T.FLOAT, "N", 4)], [info("sum", T.FLOAT, 4), info("square", T.FLOAT, "N", 4)], [("axes", np.array([0], np.int64))])

    names = made(
        [h.make_node("Add", ["serving:0", "model/in/1"], ["2"]), h.make_node("Sub", ["serving:0", "model/in/1"], ["größe/ü:1"])],
        [info("serving:0", T.FLOAT, 2), info("model/in/1", T.FLOAT, 2)], [info("2", T.FLOAT, 2), info("größe/ü:1", T.FLOAT, 2)])

    passed = made(
        [h.make_node("Identity", ["x"], ["same"]), h.make_node("Identity", ["c"], ["constant"]), h.make_node("Neg", ["x"], ["negated"])],
        [info("x", T.FLOAT, "N")], [info("same", T.FLOAT, "N"), info("constant", T.FLOAT, 3), info("negated", T.FLOAT, "N")], [("c", floats(3))])

    two = np.array([1.5, -2.25], np.float32)
    return {
        "linear": entry([case(linear, x=floats(n, 4)) for n in (1, 2, 3, 4, 5)], [("w", w), ("b", b)]),
        "notNumbers": entry([case(nan_model, x=with_nan)], [("b", numpy_helper.to_array(nan_model.graph.initializer[0]))]),
        "convolution": entry([case(convolution, x=floats(*s)) for s in ((1, 2, 5, 5), (2, 2, 4, 7))], [("k", k)]),
        "nonzero": entry([case(nonzero, x=np.array(x, np.float32)) for x in ([0, 1, 0, 2, 0, 0], [0, 3, 0, 4, 0, 0], [1, 1, 1, 0, 1, 1], [0] * 6)]),
        "casts": entry([case(casts, x=np.array([0, 1, 2.5, 100.75], np.float32))]),
        "scalars": entry([case(scalars, x=two, rate=np.array(16000, np.int64)), case(scalars, x=two, rate=np.array(2**40, np.int64))]),
        "empty": entry([case(empty, x=floats(0, 4)), case(empty, x=floats(2, 4))]),
        "names": entry([case(names, **{"serving:0": two, "model/in/1": floats(2)})]),
        "passed": entry([case(passed, x=two)], [("c", numpy_helper.to_array(passed.graph.initializer[0]))]),
    }


def ramp(shape, dtype, low, high):
    """What the test makes again: a ramp with steps that share no factor with sizes of pictures."""
    count = int(np.prod(shape))
    values = (np.arange(count, dtype=np.int64) * 7919) % 1009
    return (low + values * ((high - low) / 1008)).astype(dtype).reshape(shape)


def digest(value):
    flat = np.asarray(value).reshape(-1).astype(np.float64)
    picks = np.unique(np.linspace(0, flat.size - 1, min(flat.size, 24)).astype(int))
    return {"shape": list(np.shape(value)), "sum": float(flat.sum()), "absolute": float(np.abs(flat).sum()),
            "picks": [[int(i), float(flat[i])] for i in picks]}


def real_models(folder):
    models = {
        "yolox_nano_416.onnx": [("ramp", 0, 255)],
        "yunet_n_320.onnx": [("ramp", 0, 255)],
        "shufflenet_v2_int8.onnx": [("ramp", -2, 2)],
        "silero_vad.onnx": None,
    }
    result = {}
    for file, ramps in models.items():
        session = onnxruntime.InferenceSession(str(folder / file), providers=["CPUExecutionProvider"])
        inputs, written_inputs = {}, {}
        for one in session.get_inputs():
            if one.type == "tensor(int64)":
                inputs[one.name] = np.array(16000, np.int64)
                written_inputs[one.name] = {"value": 16000}
                continue
            sizes = {"silero_vad.onnx": {"input": [1, 512], "state": [2, 1, 128]}}.get(file, {})
            shape = sizes.get(one.name) or [size if isinstance(size, int) else 1 for size in one.shape]
            low, high = (-0.5, 0.5) if ramps is None else ramps[0][1:]
            dtype = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}[one.type]
            inputs[one.name] = ramp(shape, dtype, low, high)
            written_inputs[one.name] = {"shape": shape, "dtype": str(np.dtype(dtype)), "low": low, "high": high}
        outputs = session.run(None, inputs)
        result[file] = {"inputs": written_inputs, "outputs": {o.name: digest(v) for o, v in zip(session.get_outputs(), outputs)}}
    return result


def save(name, value):
    lines = ",\n".join(f"{json.dumps(k, ensure_ascii=False)}: {json.dumps(v, ensure_ascii=False)}" for k, v in value.items())
    (HERE / name).write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if len(sys.argv) > 1:
    save("real-models.truth.json", real_models(pathlib.Path(sys.argv[1])))
else:
    save("models.truth.json", small_models())
