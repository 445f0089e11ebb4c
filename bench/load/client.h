#ifndef CLIENT_H
#define CLIENT_H
#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "pace.h"

/* Messages that one connection may have on the way. */
#define DUE_MAX 64

/* One place among the client's connections; keeps its number when its connection is made anew. */
struct slot {
  struct paced paced;
  struct channel *channel;
  SSL_SESSION *session;
  uint32_t index;
  /* Number of the content that its head asks for. */
  uint64_t id;
  uint64_t sent;
  uint64_t received;
  bool ready;
  /* When messages that are on the way were due: a ring, by number. */
  uint64_t due[DUE_MAX];
  uint8_t ping[125];
};

/* What a case does. All but `name` and `websocket` may be NULL. */
struct load_case {
  const char *name;
  bool websocket;
  /* A connection is ready for load: upgraded, or its handshake done. */
  void (*ready)(struct slot *slot);
  /* A turn begins: every connection is ready. */
  void (*begin)(void);
  /* Begins a slot's next unit of work, which ends with `client_next`. */
  void (*next)(struct slot *slot);
  /* An HTTP answer's head. */
  void (*head)(struct slot *slot, const char *head);
  void (*piece)(struct slot *slot, const uint8_t *bytes, size_t length);
  /* A message or a body is whole. */
  void (*whole)(struct slot *slot);
  /* A close frame came, and the connection is being finished. */
  void (*closing)(struct slot *slot);
  /* The connection has ended in order, as the case wanted: each is a unit of work, and none is made before a turn. */
  void (*closed)(struct slot *slot);
};

extern const struct load_case case_echo, case_paced, case_stream, case_handshake, case_idle, case_get, case_post;

/* Every slot, `options.connections` of them. */
extern struct slot *slots;

/* Counts work that is done and checked. */
void client_count(uint64_t units, uint64_t bytes);
/* Within a turn's time. Afterwards what is under way is finished, and no more is begun. */
bool client_loading(void);
/* A slot's work is done: its next one begins when it is due, in this turn or with the next one. */
void client_next(struct slot *slot);
/* Work that no slot's turn stands for begins and ends: a turn has its end once none is under way. */
void client_busy(void);
void client_rest(void);
/* Ends the run: what came was not what had to come. */
void client_fault(const struct slot *slot, const char *fault);

/* Sends one masked binary message with the slot's next content. */
void client_message(struct slot *slot);
/* Checks a piece of the answer to that message; `client_echoed` its length, and counts it. */
void client_echo_piece(struct slot *slot, const uint8_t *bytes, size_t length);
void client_echoed(struct slot *slot);
void client_control(struct slot *slot, uint8_t opcode, const uint8_t *payload, size_t length);

/* Connects a slot; its events lead to the case. */
void connection_open(struct slot *slot);
/* Asks all TLS connections from now on to resume the slot's newest session, where `options.resume` is set. */
void connection_setup(const struct load_case *load);
/* Handshakes in which the peer resumed a session, so far. */
uint64_t connection_resumed(void);
/* A connection has become ready, or ended; `fault` NULL: in order. */
void client_ready(struct slot *slot);
void client_closed(struct slot *slot, const char *fault);

#endif
