#include "backends/opencl/queue.hpp"

namespace assay::opencl {
namespace {

// Of all events only the first and the last since the previous wait() are kept: what lies between
// needs none, and an event a call would cost memory and time.
class EventQueue final : public Queue {
 public:
  explicit EventQueue(const Session& session) : session_(session), queue_(make_queue(session)) {}

  void submit(std::span<Bound* const> ring, std::int64_t calls) override {
    const auto size = static_cast<std::int64_t>(ring.size());
    for (std::int64_t i = 0; i < calls; ++i) {
      const auto& launches =
          static_cast<const Launches*>(ring[static_cast<std::size_t>(i % size)])->launches();
      for (const Launch& launch : launches) {
        const bool last = i == calls - 1 && &launch == &launches.back();
        cl_event event = nullptr;
        enqueue(session_, queue_.get(), launch, !first_ || last ? &event : nullptr);
        if (event == nullptr) continue;
        Handle<cl_event> owned(event, {session_.api.clReleaseEvent});
        (first_ ? last_ : first_) = std::move(owned);
      }
    }
    check(session_.api.clFlush(queue_.get()), "clFlush");
  }

  std::optional<double> wait() override {
    check(session_.api.clFinish(queue_.get()), "clFinish");
    const Handle<cl_event> first = std::move(first_);
    const Handle<cl_event> last = std::move(last_);
    if (!first) return std::nullopt;
    const auto start = time(first.get(), CL_PROFILING_COMMAND_START);
    const auto end = time(last ? last.get() : first.get(), CL_PROFILING_COMMAND_END);
    if (!start || !end || *end <= *start) return std::nullopt;
    return static_cast<double>(*end - *start);
  }

 private:
  [[nodiscard]] std::optional<cl_ulong> time(cl_event event, cl_profiling_info what) const {
    cl_ulong nanoseconds = 0;
    const cl_int code = session_.api.clGetEventProfilingInfo(event, what, sizeof nanoseconds,
                                                             &nanoseconds, nullptr);
    return code == CL_SUCCESS ? std::optional(nanoseconds) : std::nullopt;
  }

  const Session& session_;
  Handle<cl_command_queue> queue_;
  Handle<cl_event> first_;
  Handle<cl_event> last_;
};

}  // namespace

void enqueue(const Session& session, cl_command_queue queue, const Launch& launch,
             cl_event* event) {
  check(session.api.clEnqueueNDRangeKernel(queue, launch.kernel.get(), 3, nullptr,
                                           launch.global.data(), launch.local.data(), 0, nullptr,
                                           event),
        "clEnqueueNDRangeKernel");
}

void run_now(const Session& session, const std::vector<Launch>& launches) {
  for (const Launch& launch : launches) enqueue(session, session.copies.get(), launch, nullptr);
  check(session.api.clFinish(session.copies.get()), "clFinish");
}

std::unique_ptr<Queue> make_event_queue(const Session& session) {
  return std::make_unique<EventQueue>(session);
}

}  // namespace assay::opencl
