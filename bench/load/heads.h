#ifndef HEADS_H
#define HEADS_H
#include <stddef.h>
#include <stdint.h>

/* Reads a file of request heads, each ending in an empty line. Ends the process where there is none. */
void heads_read(const char *path);

/* Head number `index`, over and over from the first; `id` becomes its place in the file. */
const char *heads_get(uint32_t index, size_t *length, uint64_t *id);

#endif
