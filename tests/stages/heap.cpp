// Counts what this test program holds on its heap, by replacing the global operator new.
#include "stages/heap.hpp"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

std::atomic<std::size_t> held{0};
std::atomic<std::size_t> most{0};

void* take_if_there_is(std::size_t bytes) noexcept {
  void* memory = std::malloc(bytes);
  if (memory == nullptr) return nullptr;
  const std::size_t now = held += ::malloc_usable_size(memory);
  std::size_t known = most;
  while (known < now && !most.compare_exchange_weak(known, now)) {
  }
  return memory;
}

void* take(std::size_t bytes) {
  void* memory = take_if_there_is(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void give_back(void* memory) noexcept {
  if (memory == nullptr) return;
  held -= ::malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t bytes) { return take(bytes); }
void* operator new[](std::size_t bytes) { return take(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return take_if_there_is(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return take_if_there_is(bytes); }
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }

namespace kpi::test {

HeapWatch::HeapWatch() : before_(held) { most = held.load(); }

std::size_t HeapWatch::peak_bytes() const { return most - before_; }

}  // namespace kpi::test
