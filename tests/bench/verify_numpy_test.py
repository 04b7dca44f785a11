"""assay verify against NumPy: inputs made here, outputs compared to plain float64 formulas.

verify_numpy_test.py PROGRAM: on every device that `assay devices` lists, but for null.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

random = np.random.default_rng(1)
# What one rounding of the output, and of inputs on the way, may change.
ROUNDOFF = {"f32": 2e-5, "f16": 2e-3, "bf16": 1.6e-2}


def to_bf16(x):
    """Round to nearest even; the upper halves as uint16."""
    bits = np.asarray(x, np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def encode(x, dtype):
    if dtype == "bf16":
        return to_bf16(x)
    return np.asarray(x, {"f32": np.float32, "f16": np.float16}[dtype])


def decode(x, dtype):
    if dtype == "bf16":
        return (x.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return x.astype(np.float64)


def normal(shape, dtype):
    return encode(random.standard_normal(shape), dtype)


def pack4(q):
    """[n, k] values -> [n, k / 2] bytes, even elements in the low nibble."""
    u = q.astype(np.int64) & 15
    return (u[..., 0::2] | (u[..., 1::2] << 4)).astype(np.uint8)


def float_matmul(dtype, layout):
    m, n, k = 5, 7, 24
    a = normal((k, m) if layout == "tn" else (m, k), dtype)
    b = normal((n, k) if layout == "nt" else (k, n), dtype)
    left = decode(a, dtype).T if layout == "tn" else decode(a, dtype)
    right = decode(b, dtype).T if layout == "nt" else decode(b, dtype)
    name = f"matmul/dtype:{dtype}/m:{m}/n:{n}/k:{k}/layout:{layout}"
    return name, {"a": a, "b": b}, left @ right, dtype


def integer_matmul(out):
    m, n, k = 4, 6, 33
    a = random.integers(-127, 128, (m, k)).astype(np.int8)
    b = random.integers(-127, 128, (n, k)).astype(np.int8)
    exact = a.astype(np.int64) @ b.astype(np.int64).T
    name = f"matmul/dtype:s8/m:{m}/n:{n}/k:{k}/out:{out}"
    if out == "s32":
        return name, {"a": a, "b": b}, exact, "s32"
    a_scale = np.array([0.02], np.float32)
    b_scale = random.uniform(0.01, 0.03, n).astype(np.float32)
    inputs = {"a": a, "b": b, "a_scale": a_scale, "b_scale": b_scale}
    return name, inputs, exact * a_scale.astype(np.float64) * b_scale.astype(np.float64), "f32"


def weight_only_matmul(weights, zero_points):
    m, n, k, group = 3, 5, 64, 16
    low, high = (-8, 8) if weights == "s4" else (0, 16)
    q = random.integers(low, high, (n, k))
    a = normal((m, k), "f32")
    scale = random.uniform(0.05, 0.2, (n, k // group)).astype(np.float16)
    inputs = {"a": a, "b": pack4(q), "b_scale": scale}
    name = f"matmul/dtype:f32/m:{m}/n:{n}/k:{k}/weights:{weights}/group:{group}"
    zero = np.zeros((n, k // group))
    if zero_points:
        inputs["b_zero_point"] = random.integers(0, 16, zero.shape).astype(np.uint8)
        zero = inputs["b_zero_point"]
        name += "/zero_points:u8"
    spread = lambda x: np.repeat(np.asarray(x, np.float64), group, axis=1)
    w = (q - spread(zero)) * spread(scale)
    return name, inputs, a.astype(np.float64) @ w.T, "f32"


def attention(dtype, q_len, kv_len, causal, quantised=False):
    batch, heads, kv_heads, d = 2, 4, 2, 16
    q = normal((batch, heads, q_len, d), dtype)
    inputs = {"q": q}
    values = {}
    for name in ("k", "v"):
        shape = (batch, kv_heads, kv_len, d)
        if quantised:
            inputs[name] = random.integers(-127, 128, shape).astype(np.int8)
            scale = random.uniform(0.01, 0.02, shape[:3]).astype(np.float32)
            inputs[name + "_scale"] = scale
            values[name] = inputs[name] * scale.astype(np.float64)[..., None]
        else:
            inputs[name] = normal(shape, dtype)
            values[name] = decode(inputs[name], dtype)
        values[name] = np.repeat(values[name], heads // kv_heads, axis=1)
    scores = decode(q, dtype) @ np.swapaxes(values["k"], -1, -2) / np.sqrt(d)
    if causal:
        seen = np.arange(kv_len)[None, :] <= np.arange(q_len)[:, None] + kv_len - q_len
        scores = np.where(seen, scores, -np.inf)
    top = scores.max(axis=-1, keepdims=True)
    weights = np.exp(scores - np.where(np.isfinite(top), top, 0))
    total = weights.sum(axis=-1, keepdims=True)
    expected = weights @ values["v"] / np.where(total > 0, total, 1)
    name = (
        f"attention/dtype:{dtype}/batch:{batch}/heads:{heads}/kv_heads:{kv_heads}"
        f"/q:{q_len}/kv:{kv_len}/d:{d}/causal:{int(causal)}"
    )
    return name + ("/kv_dtype:s8" if quantised else ""), inputs, expected, dtype


def cases():
    for dtype in ("f32", "f16", "bf16"):
        for layout in ("nt", "nn", "tn"):
            yield float_matmul(dtype, layout)
        yield attention(dtype, 7, 7, True)
        yield attention(dtype, 3, 9, True)
        yield attention(dtype, 9, 3, True)
        yield attention(dtype, 1, 33, False)
    yield attention("f32", 5, 11, True, quantised=True)
    yield integer_matmul("s32")
    yield integer_matmul("f32")
    yield weight_only_matmul("s4", False)
    yield weight_only_matmul("u4", True)


def verify(program, name, inputs, expected, dtype):
    """What went wrong, "unsupported: why", or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        for tensor, data in inputs.items():
            np.save(pathlib.Path(folder) / tensor, data)
        outputs = pathlib.Path(folder) / "out"
        command = [program, "verify", name, "--inputs", folder, "--outputs", outputs]
        done = subprocess.run(command, capture_output=True, text=True)
        if "unsupported:" in done.stdout:
            return done.stdout.strip().splitlines()[-1]
        if done.returncode != 0:
            return f"exit {done.returncode}: {done.stdout} {done.stderr}"
        if sorted(p.stem for p in outputs.iterdir()) != sorted([*inputs, "out"]):
            return f"wrote {sorted(outputs.iterdir())}"
        out = np.load(outputs / "out.npy")
        if dtype == "s32":
            return None if np.array_equal(out, expected) else "differs"
        allowed = ROUNDOFF[dtype] * (1 + np.abs(expected).max())
        worst = np.abs(decode(out, dtype) - expected).max()
        return None if worst <= allowed else f"differs by {worst}, allowed {allowed}"


def main(program):
    listed = subprocess.run(
        [program, "devices", "--format", "json"], capture_output=True, check=True
    )
    devices = [d["device"] for d in json.loads(listed.stdout)["devices"]]
    failures = compared = 0
    for name, inputs, expected, dtype in cases():
        for device in devices:
            if device.startswith("null"):
                continue
            problem = verify(program, f"{name}@{device}", inputs, expected, dtype)
            if problem is None:
                compared += 1
            else:
                print(f"{name}@{device}: {problem}")
                failures += not problem.startswith("unsupported")
    print(f"{compared} outputs agree with NumPy, {failures} don't")
    return 1 if failures or not compared else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
