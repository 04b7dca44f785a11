#include "bench/npy.hpp"

#include <gmock/gmock.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "kernels/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

namespace fs = std::filesystem;

class Npy : public testing::Test {
 protected:
  // A file of format version 1 with this header and `bytes` of data.
  void write(const std::string& header, std::size_t bytes, char version = 1) {
    std::ofstream out(path_, std::ios::binary);
    out << "\x93NUMPY" << version << '\0' << static_cast<char>(header.size())
        << static_cast<char>(header.size() >> 8U);
    if (version > 1) out << '\0' << '\0';
    out << header << std::string(bytes, '\1');
  }
  void write_dict(const std::string& descr, const std::string& order, const std::string& shape,
                  std::size_t bytes) {
    write("{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n",
          bytes);
  }
  void read(const TensorSpec& spec) {
    data_.assign(spec.bytes(), std::byte{0});
    read_npy(path_, spec, data_);
  }

  const TemporaryFolder folder_;
  const fs::path path_ = folder_ / "a.npy";
  std::vector<std::byte> data_;
  const TensorSpec f32_ = {"a", {2, 3}, DType::f32, Role::activation};
};

TEST_F(Npy, EveryDtypeRoundTrips) {
  for (const DType dtype : all_dtypes()) {
    const TensorSpec spec = {"a", {3, 4}, dtype, Role::activation};
    std::vector<std::byte> data(spec.bytes());
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 37U);
    write_npy(path_, spec, data);
    read(spec);
    EXPECT_EQ(data_, data) << name(dtype);
    EXPECT_EQ((fs::file_size(path_) - data.size()) % 64, 0U);
  }
}

TEST_F(Npy, FourBitTensorsAreBytesOfHalfTheLastDimension) {
  const TensorSpec spec = {"b", {3, 8}, DType::s4, Role::weight};
  write_npy(path_, spec, std::vector<std::byte>(12));
  const TensorSpec bytes = {"b", {3, 4}, DType::u8, Role::weight};
  read(bytes);
  EXPECT_THAT([&] { read({"b", {3, 8}, DType::u8, Role::weight}); },
              ThrowsMessage<Error>(HasSubstr("shape is (3, 4), tensor b (u8) needs (3, 8)")));
}

TEST_F(Npy, FourBitTensorsOfOddLengthAreOneDimensionOfBytes) {
  for (const std::int64_t last : {1, 3}) {
    const TensorSpec spec = {"b_zero_point", {5, last}, DType::u4, Role::weight};
    const std::vector<std::byte> data(spec.bytes(), std::byte{0x21});
    ASSERT_EQ(data.size(), static_cast<std::size_t>((5 * last + 1) / 2));
    write_npy(path_, spec, data);
    read({"b_zero_point", {(5 * last + 1) / 2}, DType::u8, Role::weight});
    EXPECT_EQ(data_, data);
    read(spec);
    EXPECT_EQ(data_, data);
  }
}

TEST_F(Npy, ReadsWhatNumPyWrites) {
  for (const char version : {'\1', '\2', '\3'}) {
    write("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n", 24, version);
    EXPECT_NO_THROW(read(f32_)) << int{version};
  }
  write_dict("<V2", "False", "(4,)", 8);
  EXPECT_NO_THROW(read({"q", {4}, DType::bf16, Role::activation}));
  write_dict("<f4", "True", "(5,)", 20);
  EXPECT_NO_THROW(read({"a_scale", {5}, DType::f32, Role::activation}));
}

TEST_F(Npy, SaysWhatIsWrong) {
  const auto reading = [&] { read(f32_); };
  write_dict("<f4", "False", "(3, 2)", 24);
  EXPECT_THAT(reading, ThrowsMessage<Error>(AllOf(HasSubstr("a.npy"), HasSubstr("shape is (3, 2)"),
                                                  HasSubstr("tensor a (f32) needs (2, 3)"))));
  write_dict("<f8", "False", "(2, 3)", 48);
  EXPECT_THAT(reading,
              ThrowsMessage<Error>(HasSubstr("dtype is '<f8', tensor a (f32) needs '<f4'")));
  write_dict(">f4", "False", "(2, 3)", 24);
  EXPECT_THAT(reading, ThrowsMessage<Error>(HasSubstr("is big-endian")));
  write_dict("<f4", "True", "(2, 3)", 24);
  EXPECT_THAT(reading, ThrowsMessage<Error>(HasSubstr("Fortran order")));
  write_dict("<f4", "False", "(2, 3)", 23);
  EXPECT_THAT(reading, ThrowsMessage<Error>(HasSubstr("truncated: 23 of 24 bytes")));
  write_dict("<f4", "False", "(2, 3)", 25);
  EXPECT_THAT(reading, ThrowsMessage<Error>(HasSubstr("more than the 24 bytes")));
}

TEST_F(Npy, RejectsBadHeaders) {
  const auto reading = [&] { read(f32_); };
  EXPECT_THAT(reading, ThrowsMessage<Error>(HasSubstr("No such file")));
  std::ofstream(path_) << "PK\3\4 an archive";
  EXPECT_THAT(reading, ThrowsMessage<Error>(HasSubstr("is no .npy file")));
  std::ofstream(path_, std::ios::binary) << "\x93NUMPY\x01";
  EXPECT_THAT(reading, ThrowsMessage<Error>(HasSubstr("truncated in its header")));
  write("{}", 0, 9);
  EXPECT_THAT(reading, ThrowsMessage<Error>(HasSubstr("version 9")));
  for (const char* header :
       {"{}", "{'descr': '<f4'}", "{'descr': '<f4', 'descr': '<f4'}", "descr", "{'descr: 1}",
        "{'shape': (1, -2), }", "{'shape': (1 2)}", "{'fortran_order': Maybe}", "{'other': 1}"}) {
    write(header, 24);
    EXPECT_THAT(reading, ThrowsMessage<Error>(HasSubstr("bad header"))) << header;
  }
  write("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2, 3), }", 24);
  EXPECT_THAT(reading, ThrowsMessage<Error>(HasSubstr("structured array")));
}

TEST_F(Npy, AFullDiskIsAnErrorAndLeavesNothing) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  fs::create_symlink("/dev/full", path_.string() + ".part");
  EXPECT_THAT([&] { write_npy(path_, f32_, std::vector<std::byte>(24)); },
              ThrowsMessage<Error>(HasSubstr("No space left on device")));
  EXPECT_FALSE(fs::exists(path_));
}

}  // namespace
}  // namespace assay
