#include "engine/heap.hpp"

#include <algorithm>

namespace recado::engine {

namespace {
constexpr std::size_t kArity = 4;
}

bool Heap::earlier(const HeapHook* a, const HeapHook* b) noexcept {
  return a->due != b->due ? a->due < b->due : a->sequence < b->sequence;
}

void Heap::place(std::size_t index, HeapHook* element) noexcept {
  nodes_[index] = element;
  element->heap_index = index;
}

void Heap::sift_up(std::size_t index) {
  HeapHook* const element = nodes_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / kArity;
    if (!earlier(element, nodes_[parent])) break;
    place(index, nodes_[parent]);
    index = parent;
  }
  place(index, element);
}

void Heap::sift_down(std::size_t index) {
  HeapHook* const element = nodes_[index];
  for (;;) {
    const std::size_t first = index * kArity + 1;
    if (first >= nodes_.size()) break;
    const std::size_t end = std::min(first + kArity, nodes_.size());
    std::size_t best = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (earlier(nodes_[child], nodes_[best])) best = child;
    }
    if (!earlier(nodes_[best], element)) break;
    place(index, nodes_[best]);
    index = best;
  }
  place(index, element);
}

void Heap::push(HeapHook* element) {
  nodes_.push_back(element);
  element->heap_index = nodes_.size() - 1;
  sift_up(element->heap_index);
}

HeapHook* Heap::pop() {
  HeapHook* const earliest = nodes_.front();
  remove(earliest);
  return earliest;
}

void Heap::remove(HeapHook* element) {
  const std::size_t index = element->heap_index;
  HeapHook* const last = nodes_.back();
  nodes_.pop_back();
  element->heap_index = kNotInHeap;
  if (last == element) return;
  // The last one may belong above or below the gap: it need not be a descendant of it.
  place(index, last);
  update(last);
}

void Heap::update(HeapHook* element) {
  sift_up(element->heap_index);
  sift_down(element->heap_index);
}

bool Heap::validate() const noexcept {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i]->heap_index != i) return false;
    if (i > 0 && earlier(nodes_[i], nodes_[(i - 1) / kArity])) return false;
  }
  return true;
}

}  // namespace recado::engine
