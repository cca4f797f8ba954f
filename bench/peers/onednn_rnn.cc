// Times oneDNN's LSTM and GRU (linear before reset) on the CPU: a worker that reads one work item a line,
// answers in JSON.
//
//     {"cell": "lstm", "work": "train", "shape": [28, 128, 28, 128], "threads": 2, "seconds": 1.0}
//  -> {"best_ms": ..., "p10_ms": ..., "median_ms": ..., "runs": ..., "form": "primitive"}   or {"skip": true}
//
// work: infer, train, and stream (T calls of one step each, the state carried on). Further: layers (of as
// many inputs as units), bidirectional. Weights are in the layout that oneDNN asks for; in `train` they are
// brought there each time, as they change each time.
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <oneapi/dnnl/dnnl.hpp>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

using dnnl::memory;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
constexpr auto kFloat = memory::data_type::f32;

memory filled(const memory::desc& desc, float size) {
  memory made(desc, cpu);
  auto* numbers = static_cast<float*>(made.get_data_handle());
  std::mt19937 random(1);
  std::uniform_real_distribution<float> draw(-size, size);
  for (std::size_t i = 0; i < desc.get_size() / sizeof(float); ++i) numbers[i] = draw(random);
  return made;
}

struct Shape {
  memory::dim T, B, I, H, gates, biases, layers, ways;
  dnnl::rnn_direction direction() const {
    return ways == 2 ? dnnl::rnn_direction::bidirectional_concat
                     : dnnl::rnn_direction::unidirectional_left2right;
  }
  memory::desc x() const { return {{T, B, I}, kFloat, memory::format_tag::tnc}; }
  memory::desc y() const { return {{T, B, H * ways}, kFloat, memory::format_tag::tnc}; }
  memory::desc state() const { return {{layers, ways, B, H}, kFloat, memory::format_tag::ldnc}; }
  memory::desc bias() const { return {{layers, ways, biases, H}, kFloat, memory::format_tag::ldgo}; }
  memory::desc W(memory::format_tag tag) const { return {{layers, ways, I, gates, H}, kFloat, tag}; }
  memory::desc U(memory::format_tag tag) const { return {{layers, ways, H, gates, H}, kFloat, tag}; }
};

constexpr auto kAny = memory::format_tag::any;

struct Lstm {
  using Forward = dnnl::lstm_forward;
  using Backward = dnnl::lstm_backward;
  static constexpr int kGates = 4, kBiases = 4, kStates = 2;
  static Forward::desc forward(dnnl::prop_kind kind, const Shape& s, const memory::desc& state = {}) {
    return {kind, s.direction(), s.x(), state, state, s.W(kAny), s.U(kAny), s.bias(), s.y(), state, state};
  }
  static Backward::desc backward(const Shape& s) {
    return {dnnl::prop_kind::backward,
            s.direction(),
            s.x(),
            {},
            {},
            s.W(kAny),
            s.U(kAny),
            s.bias(),
            s.y(),
            {},
            {},
            s.x(),
            {},
            {},
            s.W(kAny),
            s.U(kAny),
            s.bias(),
            s.y(),
            {},
            {}};
  }
};

struct Gru {
  using Forward = dnnl::lbr_gru_forward;
  using Backward = dnnl::lbr_gru_backward;
  static constexpr int kGates = 3, kBiases = 4, kStates = 1;
  static Forward::desc forward(dnnl::prop_kind kind, const Shape& s, const memory::desc& state = {}) {
    return {kind, s.direction(), s.x(), state, s.W(kAny), s.U(kAny), s.bias(), s.y(), state};
  }
  static Backward::desc backward(const Shape& s) {
    return {dnnl::prop_kind::backward,
            s.direction(),
            s.x(),
            {},
            s.W(kAny),
            s.U(kAny),
            s.bias(),
            s.y(),
            {},
            s.x(),
            {},
            s.W(kAny),
            s.U(kAny),
            s.bias(),
            s.y(),
            {}};
  }
};

// T calls of one step each, whose state goes there and back between two places.
template <class Cell>
std::function<void()> streamer(Shape shape) {
  const auto steps = shape.T;
  shape.T = 1;
  const typename Cell::Forward::primitive_desc forward(
      Cell::forward(dnnl::prop_kind::forward_inference, shape, shape.state()), cpu);
  const memory W(forward.weights_layer_desc(), cpu), U(forward.weights_iter_desc(), cpu);
  dnnl::stream stream(cpu);
  memory from_W = filled(shape.W(memory::format_tag::ldigo), 0.1f),
         from_U = filled(shape.U(memory::format_tag::ldigo), 0.1f), to_W = W, to_U = U;
  dnnl::reorder(from_W, to_W).execute(stream, from_W, to_W);
  dnnl::reorder(from_U, to_U).execute(stream, from_U, to_U);
  stream.wait();
  std::vector<memory> kept;
  for (int i = 0; i < 4; ++i) kept.push_back(filled(shape.state(), 0.1f));
  const auto arguments = [&](std::size_t read, std::size_t write) {
    std::unordered_map<int, memory> map = {{DNNL_ARG_SRC_LAYER, filled(shape.x(), 1)},
                                           {DNNL_ARG_WEIGHTS_LAYER, W},
                                           {DNNL_ARG_WEIGHTS_ITER, U},
                                           {DNNL_ARG_BIAS, filled(shape.bias(), 0.1f)},
                                           {DNNL_ARG_DST_LAYER, memory(shape.y(), cpu)},
                                           {DNNL_ARG_SRC_ITER, kept[read]},
                                           {DNNL_ARG_DST_ITER, kept[write]}};
    if (Cell::kStates == 2) {
      map.emplace(DNNL_ARG_SRC_ITER_C, kept[2 + read]);
      map.emplace(DNNL_ARG_DST_ITER_C, kept[2 + write]);
    }
    return map;
  };
  return
      [=, there = arguments(0, 1), back = arguments(1, 0), run = typename Cell::Forward(forward)]() mutable {
        for (memory::dim t = 0; t < steps; ++t) {
          run.execute(stream, t % 2 ? back : there);
          stream.wait();
        }
      };
}

// A function that does the work once.
template <class Cell>
std::function<void()> runner(const Shape& shape, bool train) {
  const auto kind = train ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
  const typename Cell::Forward::primitive_desc forward(Cell::forward(kind, shape), cpu);
  const memory W = filled(shape.W(memory::format_tag::ldigo), 0.1f),
               U = filled(shape.U(memory::format_tag::ldigo), 0.1f);
  const memory W_forward(forward.weights_layer_desc(), cpu), U_forward(forward.weights_iter_desc(), cpu);
  dnnl::stream stream(cpu);
  const auto bring = [](memory from, memory to) {
    return [reorder = dnnl::reorder(from, to), from, to](dnnl::stream& on) mutable {
      reorder.execute(on, from, to);
    };
  };
  std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC_LAYER, filled(shape.x(), 1)},
                                               {DNNL_ARG_WEIGHTS_LAYER, W_forward},
                                               {DNNL_ARG_WEIGHTS_ITER, U_forward},
                                               {DNNL_ARG_BIAS, filled(shape.bias(), 0.1f)},
                                               {DNNL_ARG_DST_LAYER, memory(shape.y(), cpu)}};
  auto W_to_forward = bring(W, W_forward), U_to_forward = bring(U, U_forward);
  if (!train) {
    W_to_forward(stream), U_to_forward(stream);
    stream.wait();
    return [=, run = typename Cell::Forward(forward)]() mutable {
      run.execute(stream, arguments);
      stream.wait();
    };
  }
  const typename Cell::Backward::primitive_desc backward(Cell::backward(shape), cpu, forward);
  arguments.emplace(DNNL_ARG_WORKSPACE, memory(forward.workspace_desc(), cpu));
  const memory W_backward(backward.weights_layer_desc(), cpu), U_backward(backward.weights_iter_desc(), cpu);
  auto W_to_backward = bring(W, W_backward), U_to_backward = bring(U, U_backward);
  const std::vector<memory> sums = {memory(backward.diff_weights_layer_desc(), cpu),
                                    memory(backward.diff_weights_iter_desc(), cpu),
                                    memory(shape.bias(), cpu)};
  auto more = arguments;
  more[DNNL_ARG_WEIGHTS_LAYER] = W_backward;
  more[DNNL_ARG_WEIGHTS_ITER] = U_backward;
  more.emplace(DNNL_ARG_DIFF_DST_LAYER, filled(shape.y(), 1));
  more.emplace(DNNL_ARG_DIFF_SRC_LAYER, memory(shape.x(), cpu));
  more.emplace(DNNL_ARG_DIFF_WEIGHTS_LAYER, sums[0]);
  more.emplace(DNNL_ARG_DIFF_WEIGHTS_ITER, sums[1]);
  more.emplace(DNNL_ARG_DIFF_BIAS, sums[2]);
  return [=, run = typename Cell::Forward(forward), back = typename Cell::Backward(backward)]() mutable {
    W_to_forward(stream), U_to_forward(stream);
    run.execute(stream, arguments);
    for (const memory& sum : sums) std::memset(sum.get_data_handle(), 0, sum.get_desc().get_size());
    W_to_backward(stream), U_to_backward(stream);
    back.execute(stream, more);
    stream.wait();
  };
}

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Json timed(const std::function<void()>& once, double seconds) {
  once();
  std::vector<double> times;
  const auto begin = Clock::now();
  while (times.size() < 3 || milliseconds_since(begin) < seconds * 1e3) {
    const auto start = Clock::now();
    once();
    times.push_back(milliseconds_since(start));
  }
  std::sort(times.begin(), times.end());
  return {{"best_ms", times[0]},
          {"p10_ms", times[times.size() / 10]},
          {"median_ms", times[times.size() / 2]},
          {"runs", times.size()},
          {"form", "primitive"}};
}

}  // namespace

int main() {
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() | 0x8040);  // denormals are zero, as with the others
#endif
  const dnnl_version_t* version = dnnl_version();
  std::cout << Json{{"oneDNN", std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
                                   std::to_string(version->patch)}}
            << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const Json item = Json::parse(line);
    const std::string cell = item["cell"], work = item["work"];
    const int layers = item.value("layers", 1);
    const bool lengths = item.contains("lengths") && !item["lengths"].empty();
    const bool known =
        (cell == "lstm" || cell == "gru") && (work == "infer" || work == "train" || work == "stream");
    if (!known || lengths || (layers > 1 && item["shape"][2] != item["shape"][3])) {
      std::cout << Json{{"skip", true}} << std::endl;
      continue;
    }
    const std::vector<int> n = item["shape"];
    omp_set_num_threads(item["threads"]);
    const bool lstm = cell == "lstm";
    const Shape shape{n[0],
                      n[1],
                      n[2],
                      n[3],
                      lstm ? Lstm::kGates : Gru::kGates,
                      lstm ? Lstm::kBiases : Gru::kBiases,
                      layers,
                      item.value("bidirectional", false) ? 2 : 1};
    const auto once = work == "stream" ? lstm ? streamer<Lstm>(shape) : streamer<Gru>(shape)
                      : lstm ? runner<Lstm>(shape, work == "train")
                                       : runner<Gru>(shape, work == "train");
    std::cout << timed(once, item["seconds"]) << std::endl;
  }
}
