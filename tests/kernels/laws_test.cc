// Rung 5: laws of the sweep, bit for bit: rows, padding, chunks, direction, targets, modes, and the tape's
// phases.
#include <gtest/gtest.h>

#include <cmath>

#include "carousel/error.h"
#include "kernels/sweep_case.h"
#include "support/every_cell.h"

namespace carousel::kernels {
namespace {

class Laws : public ::testing::TestWithParam<cells::Kind> {};
INSTANTIATE_TEST_SUITE_P(Cells, Laws, ::testing::ValuesIn(carousel::testing::every_cell()),
                         [](const auto& which) { return carousel::testing::case_name(which.param); });

template <class T>
void expect_same_bits(const Results<T>& a, const Results<T>& b) {
  std::vector<std::pair<const char*, const std::vector<T>*>> parts;
  a.each([&](const char* name, const std::vector<T>& v) { parts.push_back({name, &v}); });
  std::size_t part = 0;
  b.each([&](const char* name, const std::vector<T>& v) {
    const std::vector<T>& other = *parts[part++].second;
    ASSERT_EQ(other.size(), v.size()) << name;
    for (std::size_t i = 0; i < v.size(); ++i)
      ASSERT_EQ(std::memcmp(&other[i], &v[i], sizeof(T)), 0)
          << name << "[" << i << "] " << other[i] << " and " << v[i];
  });
}

TEST_P(Laws, TargetsWithFusedProductsAgree) {
  for (const int H : {1, 5, 16, 33, 70})
    for (const int B : {1, 7, 66})
      for (const bool reverse : {false, true}) {
        const Case c{
            .cell = GetParam(), .T = 4, .B = B, .I = 11, .H = H, .reverse = reverse, .masked = H == 33};
        SCOPED_TRACE(name_of(c));
        const Inputs in = make_inputs(c);
        const Results<float> reference = run_case<float>(c, in, {.target = "scalar"});
        for (const std::string_view target : available_targets())
          if (target != "sse4")  // it has no fused product
            expect_same_bits(reference, run_case<float>(c, in, {.target = std::string(target)}));
      }
}

// Products of numbers whose squares are denormal: flushed alike on every target, however many lanes.
TEST_P(Laws, TargetsFlushDenormalsAlike) {
  const Case c{.cell = GetParam(), .T = 6, .B = 5, .I = 4, .H = 19, .bias = false, .initial = false};
  Inputs in = make_inputs(c);
  in.problem.bu.clear();
  for (auto* part : {&in.problem.x, &in.problem.W, &in.problem.U})
    for (double& v : *part) v = static_cast<float>(v * 3e-20);
  const Results<float> reference = run_case<float>(c, in, {.target = "scalar"});
  for (const std::string_view target : available_targets())
    if (target != "sse4")
      expect_same_bits(reference, run_case<float>(c, in, {.target = std::string(target)}));
  reference.each([](const char* name, const std::vector<float>& v) {
    for (const float x : v) ASSERT_TRUE(x == 0 || std::abs(x) >= std::numeric_limits<float>::min()) << name;
  });
}

template <class T>
std::vector<T> rows_of(const std::vector<T>& dense_array, int rows, int features, int row, int from, int to) {
  std::vector<T> out;
  for (int t = from; t < to; ++t) {
    const T* begin = dense_array.data() + (static_cast<std::size_t>(t) * rows + row) * features;
    out.insert(out.end(), begin, begin + features);
  }
  return out;
}

// Each row of a ragged batch alone, without padding, gives its part of the batch's results.
TEST_P(Laws, RowAloneIsRowInAnyBatch) {
  const std::vector<std::int32_t> lengths = {3, 6, 0, 1, 6, 2, 5, 6, 4};
  for (const auto& [reverse, masked] : {std::pair{false, false}, {true, false}, {false, true}}) {
    const Case c{.cell = GetParam(),
                 .T = 6,
                 .B = 9,
                 .I = 5,
                 .H = 21,
                 .reverse = reverse,
                 .lengths = lengths,
                 .masked = masked};
    const Inputs in = make_inputs(c);
    const Results<float> all = run_case<float>(c, in);
    for (int b = 0; b < c.B; ++b) {
      const int length = lengths[b];
      if (length == 0) continue;
      Case one = c;
      one.B = 1, one.T = length, one.lengths = {};
      Inputs alone = in;
      oracle::Problem& q = alone.problem;
      q.x = rows_of(in.problem.x, c.B, c.I, b, 0, length);
      alone.dy = rows_of(in.dy, c.B, c.H, b, 0, length);
      if (masked) q.h_mask = rows_of(in.problem.h_mask, c.B, c.H, b, 0, 1);
      for (int k = 0; k < 2; ++k) {
        if (!in.problem.initial[k].empty()) q.initial[k] = rows_of(in.problem.initial[k], c.B, c.H, b, 0, 1);
        if (!in.d_final[k].empty()) alone.d_final[k] = rows_of(in.d_final[k], c.B, c.H, b, 0, 1);
      }
      const Results<float> single = run_case<float>(one, alone);
      EXPECT_EQ(single.y, rows_of(all.y, c.B, c.H, b, 0, length));
      EXPECT_EQ(single.dx, rows_of(all.dx, c.B, c.I, b, 0, length));
      for (int k = 0; k < 2; ++k) {
        if (all.final_state[k].empty()) continue;
        EXPECT_EQ(single.final_state[k], rows_of(all.final_state[k], c.B, c.H, b, 0, 1));
        EXPECT_EQ(single.d_initial[k], rows_of(all.d_initial[k], c.B, c.H, b, 0, 1));
      }
      for (const float v : rows_of(all.y, c.B, c.H, b, length, c.T)) EXPECT_EQ(v, 0.0f);
      for (const float v : rows_of(all.dx, c.B, c.I, b, length, c.T)) EXPECT_EQ(v, 0.0f);
    }
  }
}

// A sequence in chunks, states and their gradients carried: the bits of the whole, weight gradients included.
TEST_P(Laws, ChunksAreTheWhole) {
  const Case whole{.cell = GetParam(), .T = 7, .B = 4, .I = 3, .H = 18};
  const Inputs in = make_inputs(whole);
  const Results<float> expected = run_case<float>(whole, in);
  const oracle::Problem& q = in.problem;
  const oracle::Blocks blocks = oracle::blocks(whole.cell);
  const auto cast = [](const std::vector<double>& v) { return std::vector<float>(v.begin(), v.end()); };
  const std::vector<float> W = cast(q.W), U = cast(q.U), p = cast(q.p), b = cast(q.b), bu = cast(q.bu);
  const std::vector<float> x = cast(q.x), dy = cast(in.dy);
  for (const std::vector<int>& ends : {std::vector<int>{1, 2, 3, 4, 5, 6, 7}, {3, 7}, {5, 6, 7}}) {
    RecurrentPack<float> pack({whole.cell, {}, whole.I, whole.H, false});
    pack.pack({.W = W.data(), .U = U.data(), .p = p.data(), .b = b.data(), .bu = bu.data()});
    Team team(1);
    Results<float> got;
    std::vector<RecurrentTape<float>> tapes(ends.size());
    std::vector<float> h = cast(q.initial[0]), c = cast(q.initial[1]);
    int begin = 0;
    const auto part = [&](auto* data, int features, int from, int to) {
      return time_major(data + static_cast<std::size_t>(from) * whole.B * features, to - from, whole.B,
                        features);
    };
    for (std::size_t i = 0; i < ends.size(); ++i) {
      forward(pack, part(x.data(), whole.I, begin, ends[i]), {}, {{h.data(), c.empty() ? nullptr : c.data()}},
              tapes[i], Mode::train, team);
      tapes[i].final_state({{h.data(), c.empty() ? nullptr : c.data()}});
      const std::vector<float> y = dense(tapes[i].output());
      got.y.insert(got.y.end(), y.begin(), y.end());
      begin = ends[i];
    }
    got.final_state[0] = h, got.final_state[1] = c;
    got.dx.resize(x.size()), got.dW.resize(W.size()), got.dU.resize(U.size()), got.dp.resize(p.size());
    got.db.resize(b.size()), got.dbu.resize(bu.size());
    std::vector<float> dh = cast(in.d_final[0]), dc = cast(in.d_final[1]);
    for (std::size_t i = ends.size(); i-- > 0;) {
      begin = i == 0 ? 0 : ends[i - 1];
      float* dc_data = blocks.states > 1 ? dc.data() : nullptr;
      backward(pack, part(x.data(), whole.I, begin, ends[i]), {}, {}, tapes[i],
               part(dy.data(), whole.H, begin, ends[i]), {{dh.data(), dc_data}},
               part(got.dx.data(), whole.I, begin, ends[i]), {{dh.data(), dc_data}},
               {.dW = got.dW.data(),
                .dU = got.dU.data(),
                .dp = got.dp.data(),
                .db = got.db.data(),
                .dbu = got.dbu.data(),
                .add = i + 1 < ends.size()},
               team);
    }
    got.d_initial[0] = dh, got.d_initial[1] = dc;
    expect_same_bits(expected, got);
  }
}

TEST_P(Laws, BackwardDirectionIsTheReversedSequence) {
  const Case c{.cell = GetParam(), .T = 5, .B = 6, .I = 4, .H = 17};
  Case mirrored = c;
  mirrored.reverse = true;
  const Inputs in = make_inputs(c);
  Inputs turned = in;
  const auto turn = [&](const auto& v, int features) {
    auto out = v;
    const std::size_t step = static_cast<std::size_t>(c.B) * features;
    for (int t = 0; t < c.T; ++t)
      std::copy_n(v.begin() + static_cast<std::ptrdiff_t>(t * step), step,
                  out.begin() + static_cast<std::ptrdiff_t>((c.T - 1 - t) * step));
    return out;
  };
  turned.problem.x = turn(in.problem.x, c.I), turned.dy = turn(in.dy, c.H);
  const Results<float> forward_result = run_case<float>(c, in);
  Results<float> reverse_result = run_case<float>(mirrored, turned);
  reverse_result.y = turn(reverse_result.y, c.H), reverse_result.dx = turn(reverse_result.dx, c.I);
  expect_same_bits(forward_result, reverse_result);
}

TEST_P(Laws, LayoutChangesNothing) {
  const Case c{.cell = GetParam(), .T = 5, .B = 6, .I = 4, .H = 17, .lengths = {5, 2, 3, 5, 0, 1}};
  const Inputs in = make_inputs(c);
  expect_same_bits(run_case<float>(c, in), run_case<float>(c, in, {.batch_major = true, .gap = 5}));
}

TEST_P(Laws, InferenceIsTraining) {
  for (const int B : {1, 5, 70}) {
    const Case c{.cell = GetParam(), .T = 9, .B = B, .I = 4, .H = 17};
    const Inputs in = make_inputs(c);
    expect_same_bits(run_case<float>(c, in, {.backward = false}),
                     run_case<float>(c, in, {.backward = false, .mode = Mode::infer}));
  }
}

// Over several segments of gates, of 256 rows; the weight gradients of the last case, whole, in blocks of
// 1024.
TEST_P(Laws, RecomputedIsKept) {
  std::vector<std::int32_t> lengths;
  for (int b = 0; b < 40; ++b) lengths.push_back((b * 7) % 24);
  for (const Case& shape : {Case{.T = 23, .B = 40, .I = 4, .H = 17, .lengths = lengths},
                            Case{.T = 23, .B = 40, .I = 4, .H = 17, .reverse = true, .lengths = lengths},
                            Case{.T = 600, .B = 1, .I = 3, .H = 5}, Case{.T = 2, .B = 300, .I = 3, .H = 5},
                            Case{.T = 9, .B = 250, .I = 1021, .H = 3}}) {
    Case c = shape;
    c.cell = GetParam();
    SCOPED_TRACE(name_of(c));
    const Inputs in = make_inputs(c);
    expect_same_bits(run_case<float>(c, in), run_case<float>(c, in, {.mode = Mode::recompute}));
    c.masked = true;
    const Inputs masked = make_inputs(c);
    expect_same_bits(run_case<float>(c, masked), run_case<float>(c, masked, {.mode = Mode::recompute}));
  }
}

TEST_P(Laws, AMaskOfOnesIsNoMask) {
  const Case c{.cell = GetParam(), .T = 5, .B = 7, .I = 4, .H = 19, .lengths = {5, 2, 3, 5, 0, 1, 4}};
  const Inputs in = make_inputs(c);
  Inputs ones = in;
  ones.problem.h_mask.assign(7 * 19, 1.0);
  const Results<float> plain = run_case<float>(c, in), masked = run_case<float>(c, ones);
  EXPECT_EQ(plain.y, masked.y);  // of gradients the order of adding differs
  EXPECT_NE(plain.y, run_case<float>(c,
                                     [&] {
                                       ones.problem.h_mask.assign(7 * 19, 0.5);
                                       return ones;
                                     }())
                         .y);
}

TEST_P(Laws, NoStateIsAZeroState) {
  const Case without{.cell = GetParam(), .T = 3, .B = 2, .I = 4, .H = 9, .initial = false};
  Inputs in = make_inputs(without);
  const Results<float> expected = run_case<float>(without, in);
  for (int k = 0; k < oracle::blocks(GetParam()).states; ++k) in.problem.initial[k].assign(18, 0.0);
  expect_same_bits(expected, run_case<float>(without, in));
}

TEST(Tape, KnowsItsPhase) {
  const RecurrentConfig config{cells::Kind::lstm, {}, 2, 3, false};
  RecurrentPack<float> pack(config), other(config);
  const std::vector<float> w(100, 0.1f);
  pack.pack({.W = w.data(), .U = w.data()}), other.pack({.W = w.data(), .U = w.data()});
  Team team(1);
  RecurrentTape<float> tape;
  const auto x = time_major<const float>(w.data(), 4, 2, 2);
  const auto back = [&](const RecurrentPack<float>& with) {
    backward(with, x, {}, {}, tape, {}, {}, {}, {}, {}, team);
  };
  EXPECT_THROW(back(pack), Error);  // no forward yet
  forward(pack, x, {}, {}, tape, Mode::infer, team);
  EXPECT_THROW(back(pack), Error);  // kept nothing
  forward(pack, x, {}, {}, tape, Mode::train, team);
  EXPECT_THROW(back(other), Error);  // other weights
  EXPECT_NO_THROW(back(pack));
  EXPECT_THROW(back(pack), Error);  // gates are gradients by now
  forward(pack, x, {}, {}, tape, Mode::train, team);
  EXPECT_NO_THROW(back(pack));
}

TEST(Tape, RefusesWrongSizes) {
  RecurrentPack<float> pack({cells::Kind::gru, {}, 2, 3, false});
  const std::vector<float> w(100, 0.1f);
  pack.pack({.W = w.data(), .U = w.data()});
  Team team(1);
  RecurrentTape<float> tape;
  const auto x = time_major<const float>(w.data(), 4, 2, 2);
  const std::vector<std::int32_t> few = {4}, longer = {4, 5}, negative = {-1, 2};
  EXPECT_THROW(forward(pack, time_major<const float>(w.data(), 4, 2, 3), {}, {}, tape, Mode::infer, team),
               Error);
  EXPECT_THROW(forward(pack, x, few, {}, tape, Mode::infer, team), Error);
  EXPECT_THROW(forward(pack, x, longer, {}, tape, Mode::infer, team), Error);
  EXPECT_THROW(forward(pack, x, negative, {}, tape, Mode::infer, team), Error);
  forward(pack, x, {}, {}, tape, Mode::train, team);
  const auto dy = time_major<const float>(w.data(), 4, 2, 2);
  EXPECT_THROW(backward(pack, x, {}, {}, tape, dy, {}, {}, {}, {}, team), Error);
}

TEST(Target, IsTheBestOneOrTheOneThatIsNamed) {
  EXPECT_EQ(choose_target(nullptr).name, targets().back().name);
  EXPECT_EQ(choose_target("").name, targets().back().name);
  for (const std::string_view name : available_targets())
    EXPECT_EQ(choose_target(std::string(name).c_str()).name, name);
  EXPECT_THROW(choose_target("AVX2"), Error);
}

TEST(Target, UnknownNamesAreRefusedWithTheKnownOnes) {
  EXPECT_EQ(find_target("scalar").name, "scalar");
  try {
    find_target("avx1024");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::usage_bad_value);
    EXPECT_NE(error.info().expected.find("scalar"), std::string::npos);
    EXPECT_NE(error.info().got.find("avx1024"), std::string::npos);
  }
}

}  // namespace
}  // namespace carousel::kernels
