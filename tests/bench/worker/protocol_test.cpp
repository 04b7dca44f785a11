#include "bench/worker/protocol.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace assay::protocol {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Protocol, WritesRequestsAsDocumented) {
  EXPECT_EQ(to_line(Message<Request>{7, Sample{2, 40}}),
            R"({"id":7,"request":"sample","n":2,"calls":40})");
  EXPECT_EQ(to_line(Message<Request>{1, Release{}}), R"({"id":1,"request":"release"})");
}

TEST(Protocol, ReadsWhatItWrote) {
  const std::vector<Request> requests = {Hello{1, "b"},
                                         Parts{"opencl"},
                                         Devices{"opencl", "1"},
                                         Supports{"c"},
                                         Probe{"opencl:0.0"},
                                         Tune{"c", "best"},
                                         Prepare{"c", 18446744073709551615U, Fill::zeros},
                                         Verify{true},
                                         WarmUp{0.5, 1e7},
                                         Sample{3, 4},
                                         Load{"/a/\"b\".so"},
                                         Conform{"case", "bind twice"},
                                         Release{},
                                         Quit{},
                                         Transfer{"case", 4096},
                                         Capacity{"null:0", 1 << 20, 4096, 3}};
  for (const Request& request : requests) {
    const std::string line = to_line(Message<Request>{5, request});
    const auto read = parse_request(line);
    EXPECT_EQ(read.id, 5U);
    EXPECT_EQ(read.body.index(), request.index());
    EXPECT_EQ(to_line(read), line);
  }
  Devices::Reply devices;
  DeviceInfo info;
  info.ordinal = "0.1";
  info.software = true;
  info.memory_bytes = std::int64_t{1} << 40U;
  info.dtypes = {DType::bf16, DType::s4};
  info.notes = {{"driver", "x"}, {"y", ""}};
  devices.enumeration = {{info, DeviceInfo{}}, {"no loader"}};
  const std::vector<Reply> replies = {Failure{Error::Kind::device, "m", "d"},
                                      Hello::Reply{1, "b"},
                                      Parts::Reply{{"0", "1"}},
                                      devices,
                                      Supports::Reply{Support::no("why")},
                                      Probe::Reply{{{"a bf16", "works"}, {"b", "wrong"}}},
                                      Tune::Reply{"key", {"a", "b"}},
                                      Prepare::Reply{"", "i", {"untuned"}, 1.5, 2, 3, 4, true},
                                      Verify::Reply{true, "full", "", 0.25, 1e-7, 12, 3, 0.5, 0.25},
                                      WarmUp::Reply{12.5, 20, 7, true, false},
                                      Sample::Reply{{1, 2}, {}, {3.25, 4}},
                                      Load::Reply{"chip", "a chip", "1.2"},
                                      Conform::Reply{true, false, "wrong"},
                                      Release::Reply{},
                                      Quit::Reply{},
                                      Transfer::Reply{1.5, 2},
                                      Capacity::Reply{4096, 1, true, "", "no more"}};
  for (const Reply& reply : replies) {
    const std::string line = to_line(Message<Reply>{6, reply});
    const auto read = parse_reply(line);
    EXPECT_EQ(read.body.index(), reply.index());
    EXPECT_EQ(to_line(read), line);
  }
}

TEST(Protocol, NeverWritesWhatJsonLacks) {
  Verify::Reply reply;
  reply.error = std::numeric_limits<double>::infinity();
  reply.max_abs_error = std::numeric_limits<double>::quiet_NaN();
  reply.reason = "bytes \xff\xfe of a driver";
  const auto read = parse_reply(to_line(Message<Reply>{1, reply}));
  EXPECT_EQ(std::get<Verify::Reply>(read.body).error, std::numeric_limits<double>::max());
}

TEST(Protocol, IgnoresFieldsOfTheFuture) {
  const auto read = parse_request(R"({"id":1,"request":"verify","timed":true,"more":[1,{}]})");
  EXPECT_TRUE(std::get<Verify>(read.body).timed);
}

TEST(Protocol, NamesWhatIsWrong) {
  const auto request = [](const char* line) { return [line] { (void)parse_request(line); }; };
  EXPECT_THAT(request(""), ThrowsMessage<Error>(HasSubstr("not a request: no JSON object")));
  EXPECT_THAT(request("[1]"), ThrowsMessage<Error>(HasSubstr("no JSON object")));
  EXPECT_THAT(request("{\"id\":1"), ThrowsMessage<Error>(HasSubstr("no JSON object")));
  EXPECT_THAT(request(R"({"request":"quit"})"), ThrowsMessage<Error>(HasSubstr("'id' is missing")));
  EXPECT_THAT(request(R"({"id":-1,"request":"quit"})"),
              ThrowsMessage<Error>(HasSubstr("'id' must be an integer from 0")));
  EXPECT_THAT(request(R"({"id":1,"request":"dance"})"),
              ThrowsMessage<Error>(HasSubstr("unknown message 'dance'")));
  EXPECT_THAT(request(R"({"id":1,"request":"sample","n":1.5,"calls":1})"),
              ThrowsMessage<Error>(HasSubstr("'n' must be an integer")));
  EXPECT_THAT(request(R"({"id":1,"request":"sample","n":18446744073709551615,"calls":1})"),
              ThrowsMessage<Error>(HasSubstr("'n' must be an integer")));
  EXPECT_THAT(request(R"({"id":1,"request":"prepare","case":"c","seed":1,"fill":"ones"})"),
              ThrowsMessage<Error>(HasSubstr("'fill' must be random or zeros")));
  EXPECT_THAT(
      [] { (void)parse_reply(R"({"id":1,"reply":"devices","devices":[1],"unavailable":[]})"); },
      ThrowsMessage<Error>(HasSubstr("'devices' must be an object")));
  EXPECT_THAT([] { (void)parse_reply(R"({"id":1,"reply":"sample","wall_ns":[1e999]})"); },
              testing::Throws<Error>());
}

}  // namespace
}  // namespace assay::protocol
