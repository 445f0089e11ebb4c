#ifndef LATENCY_H
#define LATENCY_H
#include <stdint.h>

/* Keeps one latency, in nanoseconds. */
void latency_add(uint64_t nanoseconds);
void latency_clear(void);

/* Prints `,"latency":{"p50":…,"p99":…,"p999":…,"max":…,"count":…}` in microseconds, or nothing where none was kept. */
void latency_print(void);

#endif
