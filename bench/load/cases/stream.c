/* The controller sends frames as fast as they are taken, and they are checked. */
#include "../client.h"
#include "../pattern.h"

static void piece(struct slot *slot, const uint8_t *bytes, size_t length) {
  uint64_t offset = slot->channel->wire.offset;
  if (!pattern_matches(slot->id + slot->received, offset, bytes, length)) client_fault(slot, "stream differs");
  client_count(0, length);
}

static void whole(struct slot *slot) {
  slot->received += 1;
  client_count(1, 0);
}

const struct load_case case_stream = {.name = "stream", .websocket = true, .piece = piece, .whole = whole};
