"""Write the trained weights as an ONNX model, and its manifest.

    python export.py CACHE/shapes.pt ../shapes
    python evaluate.py ../shapes --clip ../../media
    python export.py --manifest ../shapes

The second form of the call only writes the manifest anew, with the digest and the metrics as they now are.
"""

import argparse
import hashlib
import json
from pathlib import Path

from scenes import BAR_GREY, SIZE
from shapes import LABELS

VERSION = "1.0.0"
OPSET = 17
TRAINING_SEED = 1


def export(weights_path, folder):
    import onnx
    import torch
    from network import Detector, Exported

    saved = torch.load(weights_path)
    detector = Detector(len(LABELS))
    detector.load_state_dict(saved["weights"])
    model = Exported(detector, SIZE).eval()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "shapes.onnx"
    torch.onnx.export(
        model,
        (torch.zeros(2, 3, SIZE, SIZE),),
        str(path),
        dynamo=False,
        opset_version=OPSET,
        input_names=["images"],
        output_names=["predictions"],
        dynamic_axes={"images": {0: "batch"}, "predictions": {0: "batch"}},
    )
    graph = onnx.load(path)
    graph.producer_name, graph.producer_version, graph.doc_string = "leat shapes", VERSION, ""
    # Only the batch is dynamic, but the exporter names the other two sizes as well.
    _, attributes, anchors = graph.graph.output[0].type.tensor_type.shape.dim
    attributes.dim_value, anchors.dim_value = 4 + len(LABELS), model.anchors
    onnx.checker.check_model(graph, full_check=True)
    onnx.save(graph, path)
    print(f"{path.name}: {path.stat().st_size} bytes, {len(graph.graph.node)} nodes, step {saved['step']}")


def write_manifest(folder):
    from network import anchors_of

    anchors = anchors_of(SIZE)[0].shape[1]
    scale = 1 / 255
    manifest = {
        "$schema": "../../schemas/model.schema.json",
        "manifestVersion": 1,
        "name": "shapes",
        "version": VERSION,
        "description": "Finds circles, squares, triangles, stars, crosses and rings in 320x320 pictures.",
        "licence": "MIT",
        "origin": f"models/train (seed {TRAINING_SEED})",
        "file": "shapes.onnx",
        "sha256": hashlib.sha256((folder / "shapes.onnx").read_bytes()).hexdigest(),
        "inputs": {
            "images": {
                "role": "image",
                "dtype": "float32",
                "axes": ["batch", "channel", "height", "width"],
                "shape": ["batch", 3, SIZE, SIZE],
                "preprocess": {
                    "fit": "letterbox",
                    "anchor": "center",
                    "padValue": BAR_GREY,
                    "interpolation": "bilinear",
                    "channelOrder": "RGB",
                    "mean": [0, 0, 0],
                    "scale": [scale, scale, scale],
                },
            }
        },
        "outputs": {
            "predictions": {
                "role": "detections",
                "dtype": "float32",
                "axes": ["batch", "attribute", "anchor"],
                "shape": ["batch", 4 + len(LABELS), anchors],
            }
        },
        "decoder": {"type": "yolov8", "scoreThreshold": 0.35, "iouThreshold": 0.5},
        "labels": list(LABELS),
    }
    metrics_path = folder / "metrics.json"
    if metrics_path.exists():
        held_out = json.loads(metrics_path.read_text())["heldOut"]
        manifest["metrics"] = {
            "map50": held_out["map50"],
            "map5095": held_out["map5095"],
            "evaluatedOn": f"{held_out['pictures']} scenes, seed {held_out['seed']}",
        }
    (folder / "model.json").write_text(json.dumps(manifest, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", nargs="?", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--manifest", action="store_true", help="only write the manifest")
    options = parser.parse_args()
    if not options.manifest:
        if options.weights is None:
            parser.error("give the weights, or --manifest")
        export(options.weights, options.folder)
    write_manifest(options.folder)


if __name__ == "__main__":
    main()
