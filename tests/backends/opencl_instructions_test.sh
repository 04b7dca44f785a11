#!/bin/sh
# opencl_instructions_test.sh CLANG PTXAS FOLDER: kernels whose instructions no device here has, compiled
# for the chips that have them, as far as tools are there. PTXAS may be empty: then NVIDIA's inline
# assembly is only carried along, not read. Exit status 77: no compiler for them.
clang=$1 ptxas=$2 sources=$3
work=$(mktemp -d) || exit 70
trap 'rm -rf "$work"' EXIT
opencl="$clang -x cl -cl-std=CL1.2 -Xclang -finclude-default-header -Xclang -cl-ext=+cl_khr_fp16 -Werror=implicit-function-declaration -w -O3 -I $sources"
echo '__kernel void f(void) {}' >"$work/empty.cl"
$opencl --target=nvptx64-nvidia-nvcl -S "$work/empty.cl" -o "$work/x" 2>/dev/null || {
  echo "$clang compiles no OpenCL for NVIDIA's chips"
  exit 77
}
failed=0
fail() { echo "FAILED: $*"; failed=1; }

# What the driver's own library gives, so that the assembler finds everything.
cat >"$work/library.cl" <<'CL'
#define OVER __attribute__((overloadable))
float OVER vload_half(size_t i, const __global half *p) { return 0; }
float OVER vload_half(size_t i, const __local half *p) { return 0; }
void OVER vstore_half_rte(float x, size_t i, __global half *p) {}
int OVER isnan(float x) { return 0; }
float OVER fma(float a, float b, float c) { return a * b + c; }
#ifdef ENABLE_HALF
half OVER fma(half a, half b, half c) { return a * b + c; }
#endif
uint OVER convert_uint(ushort x) { return x; }
float OVER convert_float(char x) { return x; }
float OVER convert_float(uchar x) { return x; }
float OVER max(float a, float b) { return a > b ? a : b; }
int OVER convert_int_rte(float x) { return x; }
float OVER convert_float(int x) { return x; }
float OVER mad(float a, float b, float c) { return a * b + c; }
int OVER min(int a, int b) { return a < b ? a : b; }
uint4 OVER vload4(size_t i, const __global uint *p) { return 0; }
size_t OVER get_local_id(uint d) { return __nvvm_read_ptx_sreg_tid_x(); }
size_t OVER get_group_id(uint d) { return __nvvm_read_ptx_sreg_ctaid_x(); }
size_t OVER get_global_id(uint d) { return __nvvm_read_ptx_sreg_ctaid_z(); }
float OVER vload_half(size_t i, const __private half *p) { return ((const ushort *)p)[i]; }
float4 OVER vload_half4(size_t i, const __private half *p) { return *(const float *)p; }
float4 OVER vloada_half4(size_t i, const __global half *p) { return *(const __global float *)p; }
void OVER vstore4(uint4 x, size_t i, __private uint *p) { *(__private uint4 *)p = x; }
float4 OVER vload4(size_t i, const __private float *p) { return *(const __private float4 *)p; }
uint4 OVER convert_uint4(ushort4 x) { return (uint4)(x.x, x.y, x.z, x.w); }
float4 OVER convert_float4(char4 x) { return x.x; }
float4 OVER convert_float4(uchar4 x) { return x.x; }
float OVER native_exp2(float x) { return x; }
float OVER fmax(float a, float b) { return a > b ? a : b; }
int OVER clamp(int x, int a, int b) { return x < a ? a : x > b ? b : x; }
size_t OVER get_num_groups(uint d) { return __nvvm_read_ptx_sreg_nctaid_x(); }
size_t OVER get_global_size(uint d) { return __nvvm_read_ptx_sreg_nctaid_y(); }
void OVER barrier(uint flags) { __nvvm_bar_sync(0); }
CL

# nvidia NAME CHIP PTX FILE DEFINITIONS...
nvidia() {
  name=$1 chip=$2 ptx=$3 file=$4
  shift 4
  cat "$sources/$file" "$work/library.cl" >"$work/kernel.cl"
  $opencl --target=nvptx64-nvidia-nvcl -Xclang -target-cpu -Xclang "$chip" -Xclang -target-feature \
    -Xclang "+ptx$ptx" "$@" -S "$work/kernel.cl" -o "$work/kernel.ptx" || { fail "$name"; return; }
  [ -n "$ptxas" ] || return
  "$ptxas" -v "-arch=$chip" "$work/kernel.ptx" -o "$work/kernel.cubin" >"$work/log" 2>&1 || {
    cat "$work/log"
    fail "$name: assembler"
  }
  # Registers kept in memory would cost more than the instruction gains.
  if grep -Eq '[1-9][0-9]* bytes spill' "$work/log"; then fail "$name: spills registers"; fi
}
# lanes NAME FILE DEFINITIONS...: a kernel that is bound by memory, which is read 16 bytes an item at a
# time.
lanes() {
  name=$1 file=$2
  shift 2
  nvidia "$name" sm_80 70 "$file" -DUSE_FMA=1 "$@"
  grep -q 'ld.global.v4.u32' "$work/kernel.ptx" || fail "$name: no loads of 16 bytes"
}
# amd NAME CHIP INSTRUCTION FILE DEFINITIONS...
amd() {
  name=$1 chip=$2 instruction=$3 file=$4
  shift 4
  $opencl --target=amdgcn-amd-amdhsa "-mcpu=$chip" -nogpulib "$@" -S "$sources/$file" -o "$work/kernel.s" ||
    { fail "$name"; return; }
  grep -q "$instruction" "$work/kernel.s" || fail "$name: no $instruction"
}

product="-DUSE_FMA=1 -DOUT_IS_S32=0 -DOUT_TYPE=f32 -DSCALES=0 -DBIAS=0 -DACTIVATION=0 -DGROUPED=0
  -DTM=128 -DTN=128 -DSPLITS=0"
attention="-DUSE_FMA=1 -DKV_BYTES=2 -DKV_SCALED=0 -DCAUSAL=1 -DPATH_NVIDIA_MMA=1 -DVW=4 -DNV=1 -DTEAMS=4"
for type in f16 bf16 s8; do
  integer=0
  [ $type = s8 ] && integer=1
  nvidia "mma $type" sm_80 70 probe_fragment.cl -DPATH_NVIDIA_MMA=1 -DFRAGMENT_TYPE=$type
  nvidia "wmma $type" sm_80 70 probe_fragment.cl -DPATH_NVIDIA_WMMA=1 -DFRAGMENT_TYPE=$type
  nvidia "mma $type chains" sm_80 70 alu_matrix.cl -DPATH_NVIDIA_MMA=1 -DFRAGMENT_TYPE=$type \
    -DSUB_GROUPS=4 -DACCUMULATORS=8
  nvidia "mma $type product" sm_80 70 matmul_fragment.cl $product -DINTEGER=$integer -DSTAGES=3 \
    -DGROUPS_M=2 -DGROUPS_N=2 \
    -DPATH_NVIDIA_MMA=1 -DFRAGMENT_TYPE=$type
  nvidia "wmma $type product" sm_80 70 matmul_fragment.cl $product -DINTEGER=$integer -DSTAGES=2 \
    -DGROUPS_M=2 -DGROUPS_N=4 -DPATH_NVIDIA_WMMA=1 -DFRAGMENT_TYPE=$type
  amd "amd.wmma $type" gfx1100 v_wmma_ probe_fragment.cl -DPATH_AMD_WMMA=1 -DFRAGMENT_TYPE=$type
  amd "amd.mfma $type" gfx942 v_mfma_ probe_fragment.cl -DPATH_AMD_MFMA=1 -DFRAGMENT_TYPE=$type
done
for type in f16 bf16; do
  for d in 64 128; do
    nvidia "mma $type attention of $d" sm_80 70 attention_fragment.cl $attention -DROW_TILES=1 -DKB=32 \
      -DQ_TYPE=$type -DKV_TYPE=$type -DFRAGMENT_TYPE=$type -DD=$d
  done
done
# Chains of multiply-adds, all of them there: two steps a turn, and as many again for the last block.
chains() {
  name=$1 instruction=$2
  shift 2
  nvidia "$name" sm_80 70 alu.cl -DWIDTH=1 -DACCUMULATORS=12 "$@"
  # The kernel alone: the library's functions hold some too.
  count=$(sed -n '/\.entry alu/,/^}/p' "$work/kernel.ptx" | grep -c "$instruction")
  [ "$count" -ge 24 ] && [ $((count % 24)) -eq 0 ] || fail "$name: $count of $instruction, not a multiple of 24"
}
chains "chains of f32" 'fma\.rn\.f32' -DREAL=float -DFACTOR=float -DSTEP=fma
chains "chains of f32 with loads" 'fma\.rn\.f32' -DREAL=float -DFACTOR=float -DSTEP=fma -DLOADS=1
chains "chains of f16" 'fma\.rn\.f16' -DREAL=half -DFACTOR=half -DSTEP=fma -DENABLE_HALF=1
chains "chains of dp4a" 'dp4a' -DREAL=int -DFACTOR=uint -DDOT=1 -DPATH_NVIDIA_DP4A=1 -DVW=1 -DA_SIGNED=1
for signed in 0 1; do
  nvidia "dp4a $signed" sm_75 63 probe_tile.cl -DPATH_NVIDIA_DP4A=1 -DVW=1 -DA_SIGNED=$signed
  amd "amd.sudot4 $signed" gfx1100 v_dot4_i32_iu8 probe_tile.cl -DPATH_AMD_SDOT4=1 \
    -DPATH_AMD_SUDOT4=1 -DVW=1 -DA_SIGNED=$signed
done
rows="-DOUT_TYPE=f32 -DSCALES=0 -DBIAS=0 -DACTIVATION=0 -DSPLITS=0 -DVW=1
  -DA_TRANSPOSED=0 -DA_WIDE=4 -DB_SIGNED=1 -DGROUP=128 -DUNIT_IN_GROUP=1 -DMR=2 -DCOLUMNS=1 -DLANES=8
  -DNR=8 -DSLICES=32 -DDEPTH=4 -DCHUNK=128"
floats="-DOUT_IS_S32=0 -DINTEGER=0 -DNIBBLES=0 -DFRACTIONS=0"
for type in f16 bf16; do
  f16=0
  [ $type = f16 ] && f16=1
  lanes "rows $type" matmul_rows.cl $rows $floats -DGROUPED=0 -DA_TYPE=$type -DA_BITS=16 \
    -DA_IS_F16=$f16 -DB_TYPE=$type -DB_BYTES=2 -DB_IS_F16=$f16 -DUNIT=8
  lanes "attention of few rows $type" attention_lanes.cl -DQ_TYPE=$type -DKV_TYPE=$type -DKV_BYTES=2 \
    -DKV_SCALED=0 -DKV_IS_F16=$f16 -DCAUSAL=0 -DD=128 -DLANES=512 -DVE=8 -DKEYS=4 -DRT=8 -DRR=4 -DDIRECT=0
done
lanes "rows f32" matmul_rows.cl $rows $floats -DGROUPED=0 -DA_TYPE=f32 -DA_BITS=32 -DB_TYPE=f32 \
  -DB_BYTES=4 -DUNIT=4
lanes "rows s8 weights" matmul_rows.cl $rows $floats -DGROUPED=1 -DA_TYPE=bf16 -DA_BITS=16 \
  -DB_TYPE=s8 -DB_BYTES=1 -DUNIT=16
lanes "rows s4 weights" matmul_rows.cl $rows -DOUT_IS_S32=0 -DINTEGER=0 -DNIBBLES=1 -DFRACTIONS=1 \
 -DGROUPED=1 -DA_TYPE=bf16 -DA_BITS=16 -DB_TYPE=s4 -DB_BYTES=0 -DUNIT=32
lanes "rows dp4a" matmul_rows.cl $rows -DOUT_IS_S32=1 -DINTEGER=1 -DNIBBLES=0 -DFRACTIONS=0 -DGROUPED=0 -DA_TYPE=s8 \
  -DA_BITS=8 -DB_TYPE=s8 -DB_BYTES=1 -DUNIT=16 -DPATH_NVIDIA_DP4A=1 -DA_SIGNED=1
amd "amd.sdot4" gfx942 v_dot4 probe_tile.cl -DPATH_AMD_SDOT4=1 -DVW=1 -DA_SIGNED=1
exit $failed
