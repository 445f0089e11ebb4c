#ifndef PATTERN_H
#define PATTERN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest content that one pattern can give, in bytes. */
#define PATTERN_MAX (1u << 20)

/* The bytes that content number `id` begins with: known to both ends, so that each can check what the other sent. */
const uint8_t *pattern(uint64_t id);

/* Whether `bytes` are those of content `id` from `offset` on. False past PATTERN_MAX. */
bool pattern_matches(uint64_t id, uint64_t offset, const uint8_t *bytes, size_t length);

#endif
