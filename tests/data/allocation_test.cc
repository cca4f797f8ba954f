// Gathering takes no memory once the buffers have their size; counted by the program's own operator new.
#include <numeric>

#include "carousel/data.h"
#include "data/testing.h"
#include "support/count_allocations.h"
#include "support/sequences.h"

namespace carousel {
namespace {

using testing::allocations;

void expect_none(const Dataset& data) {
  Batch batch;
  std::vector<std::int64_t> indices(16);
  std::iota(indices.begin(), indices.end(), 0);
  data.gather(indices, batch);
  const std::int64_t before = allocations;
  for (std::int64_t& index : indices) index += 3;
  data.gather(indices, batch);
  indices.resize(9);
  data.gather(indices, batch);
  EXPECT_EQ(allocations - before, 0);
}

TEST(Allocation, GatherTakesNoneAfterTheFirst) {
  std::vector<float> values(400);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(1 + i % 17);
  for (const SplitOrder order : {SplitOrder::time, SplitOrder::shuffled}) {
    const Prepared series =
        windows(Table({"a", "b"}, values),
                {.target = "a", .window = 5, .horizon = 2, .log = Log::on, .split = {.order = order}});
    expect_none(*series.train);
  }
  const std::vector<std::int32_t> labels(40, 1), lengths(40, 3);
  for (const Scale scale : {Scale::none, Scale::standard, Scale::sequence}) {
    ArrayOptions options = testing::sequences(values, 40, 5, 2);
    options.labels = labels;
    options.lengths = lengths;
    options.scale = scale;
    expect_none(*arrays(options).train);
  }
}

}  // namespace
}  // namespace carousel
