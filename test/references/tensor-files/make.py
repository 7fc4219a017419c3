"""Makes the arrays in this folder with numpy, and what has to come out of them (made with numpy 2.4.6).

    python3 -m venv venv && venv/bin/pip install numpy && venv/bin/python make.py

`arrays.json` says of each file its dtype, its shape, and its bytes in C order, lowest byte first, in hexadecimal.
"""
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

here = Path(__file__).parent
rng = np.random.default_rng(3)
expected = {}


def note(name, array):
    little = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    expected[name] = {"dtype": array.dtype.name, "shape": list(array.shape), "bytes": little.tobytes().hex()}


def save(name, array, version=(1, 0)):
    with open(here / name, "wb") as file:
        npy.write_array(file, array, version=version)
    note(name, array)


dtypes = "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1".split()
for dtype in dtypes:
    array = (rng.random((3, 2, 2)) * 200 - (0 if dtype[0] in "ub" else 100)).astype(dtype)
    if dtype == "b1":
        array = rng.random((3, 2, 2)) > 0.5
    save(f"{dtype}.npy", array)
for dtype in ("f2", "f4", "f8", "i2", "u4", "i8"):
    save(f"big-{dtype}.npy", (rng.random((3, 4)) * 90).astype(f">{dtype}"))
pictures = rng.integers(0, 255, (4, 3, 5, 2), dtype=np.uint8)
save("version-2.npy", pictures, (2, 0))
save("version-3.npy", pictures, (3, 0))
save("fortran-2.npy", np.asfortranarray(rng.random((3, 4), dtype=np.float32)))
save("fortran-4.npy", np.asfortranarray(rng.integers(-9, 9, (2, 3, 4, 5)).astype(">i2")))
save("fortran-1.npy", np.asfortranarray(np.arange(5, dtype=np.float64)))
save("scalar.npy", np.array(2.5, dtype=np.float32))
save("numbers.npy", np.arange(4, dtype=np.int16))
save("none.npy", np.zeros((0, 3), dtype=np.float32))
np.save(here / "complex.npy", np.zeros(2, dtype=np.complex64))
np.save(here / "text.npy", np.array(["a", "bc"]))
np.save(here / "record.npy", np.zeros(2, dtype=[("a", "f4"), ("b", "i2")]))
np.save(here / "object.npy", np.array([{}, []], dtype=object), allow_pickle=True)

one, two = rng.random((6, 7), dtype=np.float32), np.arange(60, dtype=np.int32).reshape(5, 3, 4)
np.savez(here / "stored.npz", one=one, two=two)
np.savez_compressed(here / "deflated.npz", one=one, two=two)
np.savez_compressed(here / "only.npz", two)
for archive in ("stored.npz", "deflated.npz"):
    note(f"{archive}:one", one)
    note(f"{archive}:two", two)
note("only.npz", two)

# The same archive with sizes and places of 64 bits, as those beyond 4 GiB have, written by hand.
body = io.BytesIO()
npy.write_array(body, two)
body, name, full = body.getvalue(), b"two.npy", 0xFFFFFFFF

crc = zlib.crc32(body)
local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 0, crc, full, full, len(name), 20) + name
local += struct.pack("<HHQQ", 1, 16, len(body), len(body)) + body
entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 0, 0, 0, crc, full, full, len(name), 28, 0, 0, 0, 0, full)
entry += name + struct.pack("<HHQQQ", 1, 24, len(body), len(body), 0)
end64 = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 1, 1, len(entry), len(local))
locator = struct.pack("<IIQI", 0x07064B50, 0, len(local) + len(entry), 1)
end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, full, full, 7) + b"comment"
(here / "wide.npz").write_bytes(local + entry + end64 + locator + end)
with np.load(here / "wide.npz") as check:
    assert (check["two"] == two).all()
note("wide.npz", two)

(here / "arrays.json").write_text(json.dumps(expected, indent=1) + "\n")
