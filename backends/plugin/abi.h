/* The binary contract between assay and a backend in a shared library. C99, plain data, opaque
 * handles. C++ authors needn't read it: export.hpp makes this table from backends/backend.hpp,
 * function by function.
 *
 * A library exports one function, assay_plugin_entry, that returns a table of functions. Order of
 * calls, all from one thread of a process that loaded the library with RTLD_NOW | RTLD_LOCAL and
 * never closes it:
 *
 *   assay_plugin_entry
 *   create -> parts -> enumerate                           destroy
 *     open -> info, supports                               close_device
 *       allocate, copy_in, copy_out                        free_buffer
 *       prepare -> implementation                          release_prepared
 *         bind -> touched_bytes                            release_bound
 *       queue -> submit … wait …                           release_queue
 *
 * An object is released before what made it, and bounds before the buffers they are bound to; else
 * in any order. Releasing a queue first finishes what it was given.
 *
 * The host owns the loop, the process, logging and time: a plugin never repeats calls for timing,
 * prints, exits, installs signal handlers, or lets an exception escape. What it can't do is an
 * answer (of supports, of enumerate), what breaks is a code other than ASSAY_OK.
 *
 * Versions: this is ASSAY_PLUGIN_ABI 1. Every struct but the two pairs says its own size first.
 * Within a version fields are only ever appended; a reader takes a field only where `size` covers
 * it, and what lies beyond reads as 0. What version 1 began with must be there: a struct that is
 * smaller is refused. In structs that the caller makes (assay_strings, assay_enumeration,
 * assay_verdicts), write no field that `size` doesn't cover. Kernels, keys, dtypes and roles are
 * words, so a new one changes nothing here: answer unknown ones in supports with a reason.
 *
 * Strings are UTF-8, end with 0, and are one line. Counts and sizes are in elements and bytes.
 * Handles that a successful call returns are never null.
 */
#ifndef ASSAY_PLUGIN_ABI_H
#define ASSAY_PLUGIN_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ASSAY_PLUGIN_ABI 1u

/* What every int32_t function returns. */
enum {
  ASSAY_OK = 0,
  ASSAY_ERROR_INTERNAL = 1, /* a bug */
  ASSAY_ERROR_USAGE = 2,    /* asked for what doesn't exist: an ordinal, a variant */
  ASSAY_ERROR_DEVICE = 3,   /* a driver or library failed, or the problem is unsupported */
  ASSAY_ERROR_MEMORY = 4,   /* host or device memory ran out */
  ASSAY_ERROR_FILE = 5,     /* a file can't be read or written */
  ASSAY_ERROR_PROGRAM = 6   /* a compiler refuses a program: asking again is of no use */
};

typedef struct assay_backend assay_backend;
typedef struct assay_device assay_device;
typedef struct assay_buffer assay_buffer;
typedef struct assay_prepared assay_prepared;
typedef struct assay_bound assay_bound;
typedef struct assay_queue assay_queue;

/* These two never change. */
typedef struct assay_integer {
  const char* key;
  int64_t value;
} assay_integer;
typedef struct assay_word {
  const char* key;
  const char* value;
} assay_word;

typedef struct assay_tensor {
  uint64_t size;
  const char* name;     /* "a", "b_scale": see the kernel's definition */
  const char* dtype;    /* f32 f16 bf16 s8 u8 s4 u4 s32; 4-bit: two a byte, the even one low */
  const char* role;     /* activation weight kv_cache output */
  const int64_t* shape; /* row-major, the last index is contiguous */
  uint64_t rank;
  uint64_t bytes;
} assay_tensor;

/* Valid during the call that it is an argument of. */
typedef struct assay_problem {
  uint64_t size;
  const char* kernel;            /* "matmul" */
  const assay_integer* integers; /* m, n, k, causal, … */
  uint64_t integer_count;
  const assay_word* words; /* dtype, layout, … */
  uint64_t word_count;
  const assay_tensor* const* tensors; /* the output is the last one */
  uint64_t tensor_count;
} assay_problem;

/* Strings may be null where unknown, but for ordinal and name. */
typedef struct assay_device_info {
  uint64_t size;
  const char* ordinal; /* "0": letters, digits and dots; what open takes */
  const char* name;    /* as the driver says it */
  const char* vendor;
  const char* hardware; /* identity of the chip: "cpu:<model>", "gpu:<uuid>", "npu:<serial>" */
  const char* platform; /* name and version of what stands between us and the device */
  const char* driver;
  const char* isa;
  int32_t software; /* 1: simulated on the CPU */
  int32_t cpu;      /* 1: shares the host's processor and memory */
  /* These four are 0 where unknown. What no device has (less than 0, more than 65536 units, 2^50
     bytes of memory or 2^40 of cache) is taken as unknown, and noted as "implausible". */
  int64_t compute_units;
  int64_t memory_bytes;         /* the host's for CPU devices */
  int64_t max_allocation_bytes; /* of one buffer; 0 also for no limit */
  int64_t cache_bytes;          /* last-level cache */
  const char* const* dtypes;    /* computed natively or by conversion */
  uint64_t dtype_count;
  const assay_word* notes; /* anything else worth recording */
  uint64_t note_count;
} assay_device_info;

typedef struct assay_strings {
  uint64_t size; /* set by the caller, as in assay_enumeration */
  const char* const* strings;
  uint64_t count;
} assay_strings;

/* An ordinal occurs once, whatever parts there are. */
typedef struct assay_enumeration {
  uint64_t size;
  const assay_device_info* const* devices;
  uint64_t device_count;
  const char* const* unavailable; /* why there are none, or not more: one reason each */
  uint64_t unavailable_count;
} assay_enumeration;

typedef struct assay_verdicts {
  uint64_t size;              /* set by the caller */
  const assay_word* verdicts; /* what was tried, and "works" or what is wrong */
  uint64_t count;
} assay_verdicts;

/* Every function must be there, but for what is said to be appended. */
typedef struct assay_plugin {
  uint32_t abi;        /* ASSAY_PLUGIN_ABI of the header it was compiled with */
  uint32_t size;       /* sizeof(assay_plugin), likewise */
  const char* name;    /* [a-z][a-z0-9_]*, at most 32: the word before the colon in "name:0" */
  const char* summary; /* one line for lists of backends */
  const char* version; /* the plugin's own */

  /* Of the last call on this thread that failed: one line, and a long text (a compiler's log) or
     "". Valid until the next call. */
  const char* (*last_error)(void);
  const char* (*last_detail)(void);

  int32_t (*create)(assay_backend** backend);
  void (*destroy)(assay_backend* backend);
  /* Parts that are enumerated apart, each in a process of its own, so that one broken driver can't
     hide the others; else the one part "". At most 64. Valid until the next call of parts, or
     destroy. */
  int32_t (*parts)(assay_backend* backend, assay_strings* parts);
  /* Valid until the next call of enumerate, or destroy. */
  int32_t (*enumerate)(assay_backend* backend, const char* part, assay_enumeration* found);

  /* A device may be open more than once, and all of them work. */
  int32_t (*open)(assay_backend* backend, const char* ordinal, assay_device** device);
  void (*close_device)(assay_device* device);
  /* What enumerate said of the ordinal. Valid until close_device. */
  int32_t (*info)(assay_device* device, const assay_device_info** info);
  /* `reason` is set to null for yes, to why not for no (valid until the next call). `variant` is
     the name of an implementation, "" for the default one. Asked often: must be cheap. */
  int32_t (*supports)(assay_device* device, const assay_problem* problem, const char* variant,
                      const char** reason);

  int32_t (*allocate)(assay_device* device, uint64_t bytes, assay_buffer** buffer);
  void (*free_buffer)(assay_buffer* buffer);
  /* Blocking copies of a whole buffer; `bytes` is what it was allocated with. The host's memory
     has any alignment. */
  int32_t (*copy_in)(assay_device* device, assay_buffer* buffer, const void* data, uint64_t bytes);
  int32_t (*copy_out)(assay_device* device, const assay_buffer* buffer, void* data, uint64_t bytes);

  /* Compiles; timed by the host as compile_ms. */
  int32_t (*prepare)(assay_device* device, const assay_problem* problem, const char* variant,
                     assay_prepared** prepared);
  void (*release_prepared)(assay_prepared* prepared);
  /* What will run: "brg_matmul:avx512_core_bf16"; never "". Valid until release_prepared. */
  int32_t (*implementation)(assay_prepared* prepared, const char** name);
  /* `buffers` in the order of the problem's tensors; `count` is their number. Packs tensors of role
     `weight` only, keeps the copies, and is complete when it returns; timed as pack_ms. Anything
     else may have new contents at each call: nothing of it may be read here. */
  int32_t (*bind)(assay_prepared* prepared, assay_buffer* const* buffers, uint64_t count,
                  assay_bound** bound);
  void (*release_bound)(assay_bound* bound);
  /* Device bytes that a call reads or writes (packed sizes): what a cold ring counts. At least the
     output's; the host takes no more than 16 times the problem's bytes, or 32 KiB. */
  int32_t (*touched_bytes)(const assay_bound* bound, uint64_t* bytes);

  int32_t (*queue)(assay_device* device, assay_queue** queue);
  void (*release_queue)(assay_queue* queue);
  /* Starts `calls` calls, the i-th on ring[i % size], in order, and returns without waiting where
     the device allows it. `calls` may be 0: nothing is done. The array needn't outlive the call. */
  int32_t (*submit)(assay_queue* queue, assay_bound* const* ring, uint64_t size, int64_t calls);
  /* Waits for everything submitted; returns at once where that is nothing. `device_ns`: nanoseconds
     that the device itself measured for what was submitted since the last wait, more than 0 where
     that was any call; -1 if it can't tell. */
  int32_t (*wait)(assay_queue* queue, double* device_ns);

  /* The instruction path that most of the arithmetic takes: "f32.fma", "bf16.dot", "s8.matrix" (see
     kernel alu); "" if unknown. Any other word counts as unknown. Valid until release_prepared. Appended later, as is all that
     follows: may be null, or beyond `size`. */
  int32_t (*path)(assay_prepared* prepared, const char** name);
  /* Words that every row of it bears: "untuned" where a tuner would choose and hasn't. Valid until
     release_prepared. */
  int32_t (*labels)(assay_prepared* prepared, assay_strings* labels);
  /* The choice that prepare makes for the problem where no variant is given. `key`: what the choice
     holds for, "" where there is none. `variants`: worth trying, or, with the `best` so far, its
     neighbours. Valid until the next call of tunable, or close_device. */
  int32_t (*tunable)(assay_device* device, const assay_problem* problem, const char* best,
                     const char** key, assay_strings* variants);
  /* Tries the device's special instructions, as its kernels do at first use. One that crashes the
     driver ends the process; after two such ends it must be left alone and reported. Valid until the
     next call of probe, or close_device. */
  int32_t (*probe)(assay_device* device, assay_verdicts* verdicts);
} assay_plugin;

/* The one exported function. `host_abi` is the host's ASSAY_PLUGIN_ABI, for libraries that hold
   tables of several versions. The table lives as long as the process. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const assay_plugin*
assay_plugin_entry(uint32_t host_abi);

#ifdef __cplusplus
}
#endif

#endif
