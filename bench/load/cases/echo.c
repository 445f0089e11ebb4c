/* One message on the way on each connection, the next as soon as its echo is there. */
#include "../client.h"
#include "../load.h"

static void whole(struct slot *slot) {
  client_echoed(slot);
  client_count(1, options.size);
  client_next(slot);
}

const struct load_case case_echo = {
    .name = "echo", .websocket = true, .next = client_message, .piece = client_echo_piece, .whole = whole};
