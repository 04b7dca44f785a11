#include "tests/backends/plugin/hostile/obedient.hpp"

#include "backends/reference/reference.hpp"

namespace assay::hostile {
namespace {

class Obedient final : public Backend {
 public:
  explicit Obedient(const char* name) : name_(name) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  Enumeration enumerate(std::string_view part) override { return reference_->enumerate(part); }
  std::unique_ptr<Device> open(std::string_view ordinal) override {
    return reference_->open(ordinal);
  }

 private:
  const char* name_;
  std::unique_ptr<Backend> reference_ = make_reference();
};

}  // namespace

std::unique_ptr<Backend> make_obedient(const char* name) {
  return std::make_unique<Obedient>(name);
}

assay_plugin obedient_table(const char* name, std::int32_t (*create)(assay_backend**)) {
  return plugin::table(name, "does as it is told, but for one thing", "1", create);
}

}  // namespace assay::hostile
