#define _GNU_SOURCE
#include "heads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct head {
  const char *text;
  size_t length;
} *heads;
static size_t count;

static char *read_whole(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  char *text = NULL;
  size_t room = 0;
  ssize_t got = file ? getdelim(&text, &room, '\0', file) : -1;
  if (got <= 0) {
    perror(path);
    exit(2);
  }
  fclose(file);
  *length = (size_t)got;
  return text;
}

void heads_read(const char *path) {
  size_t left;
  const char *at = read_whole(path, &left);
  for (const char *end; (end = memmem(at, left, "\r\n\r\n", 4)) != NULL;) {
    size_t length = (size_t)(end - at) + 4;
    heads = realloc(heads, (count + 1) * sizeof *heads);
    if (!heads) abort();
    heads[count++] = (struct head){at, length};
    at += length;
    left -= length;
  }
  if (count > 0) return;
  fprintf(stderr, "%s: no request head\n", path);
  exit(2);
}

const char *heads_get(uint32_t index, size_t *length, uint64_t *id) {
  *id = index % count;
  *length = heads[*id].length;
  return heads[*id].text;
}
