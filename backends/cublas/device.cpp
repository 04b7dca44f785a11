#include "backends/cublas/device.hpp"

#include <algorithm>
#include <array>

#include "backends/cublas/matmul.hpp"
#include "backends/hardware.hpp"
#include "kernels/error.hpp"

namespace assay::cublas {
namespace {

// Events around everything between two waits; the stream runs in order.
class StreamQueue final : public Queue {
 public:
  explicit StreamQueue(const Gpu& gpu) : gpu_(gpu) {
    gpu_.activate();
    try {
      check(gpu_.driver, gpu_.driver.create_stream(&stream_, CU_STREAM_NON_BLOCKING),
            "cuStreamCreate");
      check(gpu_.driver, gpu_.driver.create_event(&first_, CU_EVENT_DEFAULT), "cuEventCreate");
      check(gpu_.driver, gpu_.driver.create_event(&last_, CU_EVENT_DEFAULT), "cuEventCreate");
    } catch (...) {
      release();
      throw;
    }
  }
  ~StreamQueue() override { release(); }
  StreamQueue(const StreamQueue&) = delete;
  StreamQueue& operator=(const StreamQueue&) = delete;

  void submit(std::span<Bound* const> ring, std::int64_t calls) override {
    gpu_.activate();
    if (!submitted_) record(first_);
    const auto size = static_cast<std::int64_t>(ring.size());
    for (std::int64_t i = 0; i < calls; ++i) {
      static_cast<const StreamBound*>(ring[static_cast<std::size_t>(i % size)])->start(stream_);
    }
    record(last_);
    submitted_ = true;
  }

  std::optional<double> wait() override {
    gpu_.activate();
    check(gpu_.driver, gpu_.driver.synchronize(stream_), "cuStreamSynchronize");
    if (!std::exchange(submitted_, false)) return std::nullopt;
    float milliseconds = 0;
    const CUresult status = gpu_.driver.elapsed_time(&milliseconds, first_, last_);
    if (status != CUDA_SUCCESS || milliseconds <= 0) return std::nullopt;
    return static_cast<double>(milliseconds) * 1e6;
  }

 private:
  void record(CUevent event) {
    check(gpu_.driver, gpu_.driver.record_event(event, stream_), "cuEventRecord");
  }
  void release() {
    if (first_ != nullptr) (void)gpu_.driver.destroy_event(first_);
    if (last_ != nullptr) (void)gpu_.driver.destroy_event(last_);
    if (stream_ != nullptr) (void)gpu_.driver.destroy_stream(stream_);
  }

  const Gpu& gpu_;
  CUstream stream_ = nullptr;
  CUevent first_ = nullptr;
  CUevent last_ = nullptr;
  bool submitted_ = false;
};

class CublasDevice final : public Device {
 public:
  CublasDevice(const Libraries& libraries, CUdevice device, int ordinal)
      : info_(describe(libraries, device, ordinal)), gpu_(libraries, device) {}

  [[nodiscard]] const DeviceInfo& info() const override { return info_; }

  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    if (problem.kernel != "matmul") return Support::no("cuBLASLt has no " + problem.kernel);
    if (!variant.empty()) {
      return Support::no("unknown variant '" + std::string(variant) + "': cublas has none");
    }
    return supports_matmul(gpu_, info_, problem);
  }

  std::unique_ptr<Buffer> allocate(std::size_t bytes) override {
    return std::make_unique<Memory>(gpu_, bytes);
  }

  void copy_in(Buffer& buffer, std::span<const std::byte> data) override {
    if (data.empty()) return;
    gpu_.activate();
    check(gpu_.driver,
          gpu_.driver.copy_in(static_cast<Memory&>(buffer).get(), data.data(), data.size()),
          "cuMemcpyHtoD");
  }

  void copy_out(const Buffer& buffer, std::span<std::byte> data) override {
    if (data.empty()) return;
    gpu_.activate();
    check(gpu_.driver,
          gpu_.driver.copy_out(data.data(), static_cast<const Memory&>(buffer).get(), data.size()),
          "cuMemcpyDtoH");
  }

  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    if (const Support support = supports(problem, variant); !support) {
      throw Error(Error::Kind::device, "unsupported: " + support.reason);
    }
    return prepare_matmul(gpu_, problem);
  }

  std::unique_ptr<Queue> queue() override { return std::make_unique<StreamQueue>(gpu_); }

 private:
  DeviceInfo info_;
  Gpu gpu_;
};

}  // namespace

Gpu::Gpu(const Libraries& opened, CUdevice on) : driver(opened.driver), lt(opened.lt), device(on) {
  check(driver, driver.retain_context(&context, device), "cuDevicePrimaryCtxRetain");
  try {
    activate();
    check(lt, lt.create(&handle), "cublasLtCreate");
  } catch (...) {
    (void)driver.release_context(device);
    throw;
  }
}

Gpu::~Gpu() {
  (void)lt.destroy(handle);
  (void)driver.release_context(device);
}

void Gpu::activate() const { check(driver, driver.set_context(context), "cuCtxSetCurrent"); }

Memory::Memory(const Gpu& gpu, std::size_t bytes) : gpu_(gpu), size_(bytes) {
  gpu_.activate();
  // An allocation of no bytes is an error in CUDA.
  const CUresult status = gpu_.driver.allocate(&address_, std::max<std::size_t>(bytes, 1));
  if (status == CUDA_ERROR_OUT_OF_MEMORY) {
    throw Error(Error::Kind::memory,
                "can't allocate " + std::to_string(bytes) + " bytes on the GPU: out of memory");
  }
  check(gpu_.driver, status, "cuMemAlloc");
}

Memory::~Memory() { (void)gpu_.driver.free(address_); }

DeviceInfo describe(const Libraries& libraries, CUdevice device, int ordinal) {
  const Driver& driver = libraries.driver;
  const auto attribute = [&](CUdevice_attribute which) {
    int value = 0;
    check(driver, driver.device_attribute(&value, which, device), "cuDeviceGetAttribute");
    return value;
  };
  DeviceInfo info;
  info.ordinal = std::to_string(ordinal);
  std::array<char, 256> name{};
  check(driver, driver.device_name(name.data(), name.size() - 1, device), "cuDeviceGetName");
  info.name = name.data();
  info.vendor = "NVIDIA Corporation";
  CUuuid uuid{};
  check(driver, driver.device_uuid(&uuid, device), "cuDeviceGetUuid");
  std::array<unsigned char, 16> bytes{};
  std::ranges::copy(uuid.bytes, reinterpret_cast<char*>(bytes.data()));
  info.hardware =
      bytes != std::array<unsigned char, 16>{}
          ? gpu_of_uuid(bytes)
          : gpu_of_pci(static_cast<unsigned>(attribute(CU_DEVICE_ATTRIBUTE_PCI_DOMAIN_ID)),
                       static_cast<unsigned>(attribute(CU_DEVICE_ATTRIBUTE_PCI_BUS_ID)),
                       static_cast<unsigned>(attribute(CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID)), 0);
  const std::size_t version = libraries.lt.version();
  info.platform = "cuBLASLt " + std::to_string(version / 10000) + "." +
                  std::to_string(version / 100 % 100) + "." + std::to_string(version % 100);
  int cuda = 0;
  check(driver, driver.version(&cuda), "cuDriverGetVersion");
  info.driver = "CUDA " + std::to_string(cuda / 1000) + "." + std::to_string(cuda / 10 % 100);
  const int major = attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  const int minor = attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  info.isa = "sm_" + std::to_string(major) + std::to_string(minor);
  info.compute_units = attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  info.cache_bytes = attribute(CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
  std::size_t memory = 0;
  check(driver, driver.device_memory(&memory, device), "cuDeviceTotalMem");
  info.memory_bytes = static_cast<std::int64_t>(memory);
  info.dtypes = {DType::f32, DType::f16};
  if (major >= 8) info.dtypes.push_back(DType::bf16);
  if (major * 10 + minor >= 72) info.dtypes.push_back(DType::s8);
  info.notes.emplace_back("clock MHz",
                          std::to_string(attribute(CU_DEVICE_ATTRIBUTE_CLOCK_RATE) / 1000));
  return info;
}

std::unique_ptr<Device> make_device(const Libraries& libraries, CUdevice device, int ordinal) {
  return std::make_unique<CublasDevice>(libraries, device, ordinal);
}

}  // namespace assay::cublas
