/* One message on the way on each connection, the next as soon as its echo is there. */
#include "../client.h"
#include "../load.h"

static void begin(void) {
  for (uint32_t index = 0; index < options.connections; index++) client_message(&slots[index]);
}

static void whole(struct slot *slot) {
  client_echoed(slot);
  client_count(1, options.size);
  client_message(slot);
}

const struct load_case case_echo = {
    .name = "echo", .websocket = true, .begin = begin, .piece = client_echo_piece, .whole = whole};
