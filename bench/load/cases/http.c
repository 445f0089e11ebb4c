/* Requests on kept connections, one after the other: downloads and uploads. */
#include <stdlib.h>
#include <string.h>

#include "../client.h"
#include "../heads.h"
#include "../load.h"
#include "../pattern.h"

/* Asks for the slot's next content, with so much of it behind the head. */
static void ask_with(struct slot *slot, size_t body) {
  size_t length;
  const char *head = heads_get(slot->index, &length, &slot->id);
  channel_put(slot->channel, head, length);
  channel_lend(slot->channel, pattern(slot->id), body);
}

static void ask(struct slot *slot) { ask_with(slot, 0); }

static void upload(struct slot *slot) { ask_with(slot, options.size); }

static void head(struct slot *slot, const char *head) {
  const char *length = wire_header(head, "content-length:");
  if (strncmp(head, "HTTP/1.1 200 ", 13) != 0) client_fault(slot, head);
  if (!length) client_fault(slot, "answer without a length");
  wire_body(slot->channel, strtoull(length, NULL, 10));
}

static void get_piece(struct slot *slot, const uint8_t *bytes, size_t length) {
  uint64_t offset = slot->channel->wire.offset;
  if (!pattern_matches(slot->id, offset, bytes, length)) client_fault(slot, "body differs");
  client_count(0, length);
}

static void get_whole(struct slot *slot) {
  if (slot->channel->wire.offset != options.size) client_fault(slot, "body of another length");
  client_count(1, 0);
  client_next(slot);
}

static void post_piece(struct slot *slot, const uint8_t *bytes, size_t length) {
  uint64_t offset = slot->channel->wire.offset;
  if (offset + length > 2 || memcmp(&"ok"[offset], bytes, length) != 0) client_fault(slot, "upload arrived corrupt");
}

static void post_whole(struct slot *slot) {
  if (slot->channel->wire.offset != 2) client_fault(slot, "answer of another length");
  client_count(1, options.size);
  client_next(slot);
}

const struct load_case case_get = {
    .name = "get", .next = ask, .head = head, .piece = get_piece, .whole = get_whole};
const struct load_case case_post = {
    .name = "post", .next = upload, .head = head, .piece = post_piece, .whole = post_whole};
