#ifndef OUTBOX_H
#define OUTBOX_H
#include <openssl/bio.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that a socket did not take at once: the last `length` of what was `kept`. */
struct outbox {
  uint8_t *kept;
  size_t sent;
  size_t length;
};

/* The BIO into which TLS writes its records; they gather in one place, to leave in as few system calls as possible. */
BIO *outbox_bio(void);

/* Whether anything gathered: reading, too, can make TLS write (alerts, key updates). */
bool outbox_waits(void);

/* Gathers bytes as they are, for a connection without TLS. False where there is no room. */
bool outbox_gather(const uint8_t *bytes, size_t length);

/* Sends bytes past the outbox, which must be empty; returns how many the socket took. */
size_t outbox_send(int fd, const uint8_t *bytes, size_t length, bool *failed);

/*
 * Sends what gathered since the last call, after what was kept. True when all of it left; what the socket did not
 * take is kept. `failed` is set when the connection is gone.
 */
bool outbox_flush(struct outbox *box, int fd, bool *failed);
void outbox_free(struct outbox *box);

#endif
