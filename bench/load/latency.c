#include "latency.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t *kept;
static size_t count;
static size_t room;

void latency_add(uint64_t nanoseconds) {
  if (count == room) {
    room = room ? room * 2 : 1 << 16;
    kept = realloc(kept, room * sizeof *kept);
    if (!kept) abort();
  }
  kept[count++] = nanoseconds;
}

void latency_clear(void) { count = 0; }

static int compare(const void *one, const void *other) {
  uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
  return (a > b) - (a < b);
}

/* Nearest rank. */
static double percentile(double share) {
  size_t rank = (size_t)(share * (double)count);
  return (double)kept[rank < count ? rank : count - 1] / 1000;
}

void latency_print(void) {
  if (count == 0) return;
  qsort(kept, count, sizeof *kept, compare);
  printf(",\"latency\":{\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f,\"count\":%zu}", percentile(0.5),
         percentile(0.99), percentile(0.999), (double)kept[count - 1] / 1000, count);
}
