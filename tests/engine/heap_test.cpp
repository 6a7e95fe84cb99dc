#include "engine/heap.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace recado::engine {
namespace {

HeapHook hook(std::int64_t due_ms, std::uint64_t sequence) {
  HeapHook h;
  h.due = from_ms(due_ms);
  h.sequence = sequence;
  return h;
}

TEST(Heap, IsEmptyAtFirst) {
  Heap heap;
  EXPECT_TRUE(heap.empty());
  EXPECT_EQ(heap.size(), 0U);
  EXPECT_TRUE(heap.validate());
}

TEST(Heap, PopsInDueOrder) {
  std::vector<HeapHook> hooks{hook(30, 1), hook(10, 2), hook(20, 3), hook(-5, 4)};
  Heap heap;
  for (auto& h : hooks) heap.push(&h);
  std::vector<std::int64_t> order;
  while (!heap.empty()) order.push_back(to_ms(heap.pop()->due));
  EXPECT_EQ(order, (std::vector<std::int64_t>{-5, 10, 20, 30}));
}

TEST(Heap, PopsEqualDueTimesInOrderOfArrival) {
  std::vector<HeapHook> hooks;
  for (std::uint64_t i = 0; i < 100; ++i) hooks.push_back(hook(7, i));
  Heap heap;
  for (std::size_t i = 0; i < hooks.size(); ++i) heap.push(&hooks[(i * 37) % hooks.size()]);
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(heap.pop()->sequence, i);
}

TEST(Heap, ForgetsTheIndexOfWhatLeaves) {
  HeapHook a = hook(1, 1), b = hook(2, 2);
  Heap heap;
  heap.push(&a);
  heap.push(&b);
  heap.remove(&b);
  EXPECT_EQ(b.heap_index, kNotInHeap);
  EXPECT_EQ(heap.pop(), &a);
  EXPECT_EQ(a.heap_index, kNotInHeap);
}

TEST(Heap, MovesAnElementWhoseDueTimeChangedEitherWay) {
  std::vector<HeapHook> hooks;
  for (int i = 0; i < 30; ++i) hooks.push_back(hook(i * 10, static_cast<std::uint64_t>(i)));
  Heap heap;
  for (auto& h : hooks) heap.push(&h);
  hooks[29].due = from_ms(-1);
  heap.update(&hooks[29]);
  EXPECT_EQ(heap.top(), &hooks[29]);
  hooks[29].due = from_ms(1000);
  heap.update(&hooks[29]);
  EXPECT_EQ(heap.top(), &hooks[0]);
  EXPECT_TRUE(heap.validate());
}

TEST(Heap, NoticesABrokenInvariant) {
  std::vector<HeapHook> hooks{hook(1, 1), hook(2, 2), hook(3, 3)};
  Heap heap;
  for (auto& h : hooks) heap.push(&h);
  hooks[2].due = from_ms(0);
  EXPECT_FALSE(heap.validate());
  hooks[2].due = from_ms(3);
  hooks[1].heap_index = 2;
  EXPECT_FALSE(heap.validate());
}

/// (due, sequence) → element: what a sorted model would hold.
using Order = std::pair<Instant, std::uint64_t>;
using Model = std::multimap<Order, HeapHook*>;

Order order_of(const HeapHook* h) {
  return {h->due, h->sequence};
}

Model::iterator find(Model& model, const HeapHook* h) {
  auto [first, last] = model.equal_range(order_of(h));
  return std::find_if(first, last, [&](const auto& entry) { return entry.second == h; });
}

RC_GTEST_PROP(HeapProperty, EqualsASortedModelAfterAnyOperations, ()) {
  const auto steps = *rc::gen::container<std::vector<std::pair<int, unsigned>>>(
      rc::gen::pair(rc::gen::inRange(0, 8), rc::gen::arbitrary<unsigned>()));
  std::deque<HeapHook> hooks;
  Heap heap;
  Model model;
  std::uint64_t sequence = 0;
  const auto some_due = [](unsigned n) { return static_cast<std::int64_t>(n % 50); };
  for (const auto& [what, n] : steps) {
    if (what < 4 || model.empty()) {
      hooks.push_back(hook(some_due(n), ++sequence));
      heap.push(&hooks.back());
      model.emplace(order_of(&hooks.back()), &hooks.back());
    } else if (what == 4) {
      HeapHook* const popped = heap.pop();
      RC_ASSERT(popped == model.begin()->second);
      RC_ASSERT(popped->heap_index == kNotInHeap);
      model.erase(model.begin());
    } else {
      auto any = std::next(model.begin(), static_cast<std::ptrdiff_t>(n % model.size()));
      HeapHook* const element = any->second;
      model.erase(find(model, element));
      if (what == 5) {
        heap.remove(element);
      } else {
        element->due = from_ms(some_due(n / 7));
        heap.update(element);
        model.emplace(order_of(element), element);
      }
    }
    RC_ASSERT(heap.validate());
    RC_ASSERT(heap.size() == model.size());
    if (!model.empty()) RC_ASSERT(heap.top() == model.begin()->second);
  }
  while (!model.empty()) {
    RC_ASSERT(heap.pop() == model.begin()->second);
    model.erase(model.begin());
  }
  RC_ASSERT(heap.empty());
}

}  // namespace
}  // namespace recado::engine
