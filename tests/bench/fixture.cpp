#include "fixture.hpp"

#include "kernels/kernel.hpp"

namespace assay {
namespace {

Record row(const std::string& problem, const std::string& device) {
  Record record;
  record.problem = parse_problem(problem);
  record.name = problem + "@" + device;
  const std::size_t plus = device.find('+');
  record.device = device.substr(0, plus);
  record.backend = device.substr(0, device.find(':'));
  if (plus != std::string::npos) record.variant = device.substr(plus + 1);
  record.work = kernel_of(record.problem).work(record.problem);
  record.repro = "assay run '" + record.name + "'";
  if (record.backend == "onednn") {
    record.device_name = "Example CPU 9000";
    record.vendor = "ExampleCorp";
    record.hardware = "cpu:Example CPU 9000";
  } else {
    record.device_name = "GPU \"Zwölf\", rev. <2> | A&B";
    record.vendor = "O'Vendor, Inc.";
    record.hardware = "gpu:0000:01:00.0";
  }
  return record;
}

Launch launch(std::int64_t index, double ns) {
  Launch l;
  l.index = index;
  // Above 2^53, where readers of JSON numbers begin to round.
  l.seed = 0xfedcba9876543210U + static_cast<std::uint64_t>(index);
  l.samples_ns = {ns * 1.01, ns, ns * 0.98, ns * 1.03, ns * 0.995};
  l.calls_per_sample = 8;
  l.host_call_ns = ns * 1.1;
  l.cpu_ns = ns * 2;
  l.pack_ms = 0.75;
  l.first_call_ms = 3.5;
  l.ring = 22;
  l.checked = "full";
  l.error = 0.125;
  l.max_abs_error = 1e-5;
  return l;
}

Record measured(const std::string& problem, const std::string& device, double ns,
                std::int64_t launches) {
  Record record = row(problem, device);
  record.status = Status::ok;
  for (std::int64_t i = 0; i < launches; ++i) {
    record.launches.push_back(launch(i, ns * (1 + 0.01 * static_cast<double>(i))));
  }
  return record;
}

Record settled(const std::string& problem, const std::string& device, Status status,
               const std::string& reason) {
  Record record = row(problem, device);
  record.status = status;
  record.reason = reason;
  return record;
}

std::vector<Record> matmuls() {
  const std::string problem = "matmul/dtype:bf16/m:512/n:4096/k:4096";
  Record cpu = measured(problem, "onednn:0", 12.345e6, 5);
  cpu.implementation = "brg_matmul:avx512_core_bf16";
  Record graph = measured(problem, "onednn:0+graph-sdpa", 14.2e6, 3);
  graph.implementation = "an_implementation_with_a_rather_long_name:avx512_core_bf16_amx_and_more";
  graph.labels = {"fallback", "noisy", "untuned"};
  Record gpu = measured(problem, "opencl:0.0", 0.456e6, 5);
  gpu.implementation = "packed_8x32:fma";
  gpu.labels = {"untuned"};
  for (Launch& each : cpu.launches) {
    each.ceilings.alu = {"bf16.dot", "onednn:0", {1.5e12, 1.45e12, 1.49e12}, 0};
    each.ceilings.memory = {"dram", "onednn:0", {60e9, 61e9}, 0};
  }
  cpu.launches[1].ceilings.memory->disturbed = true;
  for (Launch& each : gpu.launches) {
    each.device_ns = 0.44e6;
    each.compile_ms = 812.5;
    each.checked = "sampled(4096)+freivalds";
    each.energy = Energy{0.0123, 310.5, "nvml", ""};
  }
  cpu.launches.front().energy = Energy{0, 0, "", "the system counts no energy"};
  return {cpu, graph, gpu};
}

std::vector<Record> without_numbers() {
  const std::string half = "matmul/dtype:f16/m:1/n:4096/k:4096";
  Record crashed =
      settled("matmul/dtype:s8/m:64/n:64/k:64/out:s32", "opencl:0.0", Status::failed, "signal 11");
  crashed.detail = "line one <of> the log\nline two\x1b[31m & \"more\"\xff\n";
  crashed.launches = {launch(0, 2e3)};
  Record wrong =
      settled("attention/dtype:f32/batch:1/heads:32/kv_heads:8/q:128/kv:128/d:128/causal:1",
              "opencl:0.0", Status::wrong, "");
  wrong.implementation = "flash";
  Launch bad = launch(0, 1);
  bad.samples_ns.clear();
  bad.error = 31.4;
  wrong.launches = {bad};
  return {
      settled(half, "onednn:0", Status::unsupported, "no f16 on this CPU (needs avx512_fp16)"),
      settled(half, "opencl:0.1", Status::skipped,
              "needs 3.1 GiB, the device has 2.0 GiB of which 1.5 GiB can be one buffer, | and the "
              "rest of this reason is long enough to be wrapped <twice> & more"),
      crashed,
      wrong,
  };
}

}  // namespace

RunDocument fixture() {
  RunDocument document;
  document.context = {
      {"date", "2024-05-01T12:00:00+02:00"},
      {"host_name", "example"},
      {"num_cpus", 16},
      {"library_version", "assay 0.1.0"},
      {"json_schema_version", 1},
      {"assay",
       {{"processor", {{"model", "Example CPU 9000"}}},
        {"kernel", {{"system", "Linux"}, {"release", "6.1.0"}}},
        {"devices",
         {{{"device", "onednn:0"}, {"name", "Example CPU 9000"}, {"driver", "oneDNN 3.7.1"}},
          {{"device", "opencl:0.0"},
           {"name", "GPU \"Zwölf\", rev. <2> | A&B"},
           {"platform", "Example OpenCL 3.0"},
           {"driver", "not measurable here"}}}}}}};
  document.records = matmuls();
  for (Record& record : without_numbers()) document.records.push_back(std::move(record));
  Record decode = measured("attention/dtype:f32/batch:1/heads:32/kv_heads:8/q:1/kv:4096/d:128",
                           "onednn:0", 845.2e3, 2);
  decode.implementation = "flash:avx512";
  for (Launch& each : decode.launches) {
    each.ceilings.alu = {"f32.fma", "onednn:0", {480e9}, 0};
    each.ceilings.memory = {"cache", "opencl:0.0", {55e9, 45e9, 50e9}, 41943040};
  }
  document.records.push_back(decode);
  // Out of order: devices of one problem stand beneath each other all the same.
  Record second = measured("matmul/dtype:f16/m:1/n:4096/k:4096", "opencl:0.0", 999.97e3, 1);
  second.implementation = "gemv";
  second.launches.front().ceilings.memory = {"dram", "opencl:0.0", {40e9}, 0};
  document.records.push_back(second);
  return document;
}

}  // namespace assay
