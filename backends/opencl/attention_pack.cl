// Keys and values as attention_packed.cl reads them, converted for the tile multiply-accumulate (tile.cl):
// the K_UNIT elements that it takes together stand side by side.
//   keys    panels of NR keys, each [DU][NR] units along d; zero beyond D. Beyond the last key they
//           repeat it: such scores are masked.
//   values  [ceil(kv_len / K_UNIT)][DP] units along the keys; zero beyond the last key and beyond D
// DU: D in units; DP: D rounded up to whole vectors.
#include "attention.cl"
#include "interleave.cl"
#include "units.cl"

// VW vectors of VW units turned round: lane j of vector i becomes lane i of vector j.
__attribute__((always_inline)) void transpose(b_unit *x) {
#pragma unroll
  for (int round = 1; round < VW; round *= 2) {
    b_unit y[VW];
#pragma unroll
    for (int i = 0; i < VW / 2; ++i) {
      y[2 * i] = FIRST_HALVES(b_unit, x[i], x[i + VW / 2]);
      y[2 * i + 1] = SECOND_HALVES(b_unit, x[i], x[i + VW / 2]);
    }
#pragma unroll
    for (int i = 0; i < VW; ++i) x[i] = y[i];
  }
}

// One unit of two elements.
a_unit make_unit(float first, float second) {
#if K_UNIT == 1
  return first;
#else
  a_unit units[VW];
  floatv x = (floatv)(0.0f);
  x.s0 = first;
  x.s1 = second;
  store_units(x, x, 0, units);
  return units[0];
#endif
}

// VW elements of a token from the i-th on.
floatv load_kv_vector(__global const void *p, __global const float *scale, ulong token, int i) {
  const floatv x = LOAD_VECTOR(KV_TYPE)(KV_AT(p, token * D + i), 0);
#if KV_SCALED
  return x * scale[token];
#else
  return x;
#endif
}

// VW units of a token from unit u on.
b_unit load_units(__global const void *p, __global const float *scale, ulong token, int u) {
#if K_UNIT == 1
  return load_kv_vector(p, scale, token, u);
#else
  a_unit units[VW];
  store_units(load_kv_vector(p, scale, token, 2 * u), load_kv_vector(p, scale, token, 2 * u + VW), 0,
              units);
  return vloadv(0, units);
#endif
}

float load_or_zero(__global const void *p, __global const float *scale, ulong token, int i) {
  return i < D ? load_kv(p, scale, token, i) : 0.0f;
}

// Global size: panels of a head, kv_heads * batch.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void pack_keys(
    __global const void *k, __global const float *k_scale, __global a_unit *out, int kv_len) {
  const int panel = (int)get_global_id(0);
  const ulong head = get_global_id(1);
  const ulong first = head * kv_len;
  const int whole = D / (K_UNIT * VW) * VW;  // units that come in vectors
  out += (head * get_global_size(0) + panel) * (DU * NR);
  for (int j = 0; j < NR; j += VW) {
    for (int u = 0; u < whole; u += VW) {
      b_unit rows[VW];
#pragma unroll
      for (int i = 0; i < VW; ++i) {
        rows[i] = load_units(k, k_scale, first + min(panel * NR + j + i, kv_len - 1), u);
      }
      transpose(rows);
#pragma unroll
      for (int i = 0; i < VW; ++i) vstorev(rows[i], 0, out + (u + i) * NR + j);
    }
    for (int u = whole; u < DU; ++u) {
      for (int i = 0; i < VW; ++i) {
        const ulong token = first + min(panel * NR + j + i, kv_len - 1);
        out[u * NR + j + i] = make_unit(load_or_zero(k, k_scale, token, u * K_UNIT),
                                        load_or_zero(k, k_scale, token, u * K_UNIT + 1));
      }
    }
  }
}

// Global size: chunks of VALUE_CHUNK rows of a head, kv_heads * batch.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void pack_values(
    __global const void *v, __global const float *v_scale, __global a_unit *out, int kv_len) {
  const ulong head = get_global_id(1);
  const int rows = (kv_len + K_UNIT - 1) / K_UNIT;
  const int begin = (int)get_global_id(0) * VALUE_CHUNK;
  out += head * rows * DP;
  for (int row = begin; row < min(begin + VALUE_CHUNK, rows); ++row) {
    const ulong token = head * kv_len + row * K_UNIT;
    const bool pair = K_UNIT == 2 && row * 2 + 1 < kv_len;
    __global a_unit *to = out + (ulong)row * DP;
    for (int i = 0; i + VW <= D; i += VW) {
      const floatv x = load_kv_vector(v, v_scale, token, i);
#if K_UNIT == 1
      vstorev(x, 0, to + i);
#else
      const floatv y = pair ? load_kv_vector(v, v_scale, token + 1, i) : (floatv)(0.0f);
      vstorev(bf16_bits(x) | bf16_bits(y) << 16, 0, to + i);
#endif
    }
    for (int i = D / VW * VW; i < DP; ++i) {
      to[i] = make_unit(load_or_zero(v, v_scale, token, i),
                        pair ? load_or_zero(v, v_scale, token + 1, i) : 0.0f);
    }
  }
}
