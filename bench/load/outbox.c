#define _GNU_SOURCE
#include "outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Between two flushes one connection is written to, so one buffer serves them all; the largest body fits, encrypted. */
static uint8_t gathered[2 << 20];
static size_t gathered_length;

bool outbox_gather(const uint8_t *bytes, size_t length) {
  if (gathered_length + length > sizeof gathered) return false;
  memcpy(gathered + gathered_length, bytes, length);
  gathered_length += length;
  return true;
}

static int gather(BIO *bio, const char *bytes, size_t length, size_t *written) {
  (void)bio;
  if (!outbox_gather((const uint8_t *)bytes, length)) return 0;
  *written = length;
  return 1;
}

static long control(BIO *bio, int command, long number, void *pointer) {
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH;
}

static int created(BIO *bio) {
  BIO_set_init(bio, 1);
  return 1;
}

BIO *outbox_bio(void) {
  static BIO_METHOD *method;
  if (!method) {
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "outbox");
    BIO_meth_set_write_ex(method, gather);
    BIO_meth_set_ctrl(method, control);
    BIO_meth_set_create(method, created);
  }
  return BIO_new(method);
}

bool outbox_waits(void) { return gathered_length > 0; }

size_t outbox_send(int fd, const uint8_t *bytes, size_t length, bool *failed) {
  size_t sent = 0;
  while (sent < length) {
    ssize_t count = send(fd, bytes + sent, length - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      *failed = errno != EAGAIN;
      break;
    }
    sent += (size_t)count;
  }
  return sent;
}

static void keep(struct outbox *box, const uint8_t *bytes, size_t length) {
  if (length == 0) return;
  box->kept = realloc(box->kept, box->sent + box->length + length);
  if (!box->kept) abort();
  memcpy(box->kept + box->sent + box->length, bytes, length);
  box->length += length;
}

static void drop_sent(struct outbox *box, size_t sent) {
  box->sent += sent;
  box->length -= sent;
  if (box->length == 0) outbox_free(box);
}

bool outbox_flush(struct outbox *box, int fd, bool *failed) {
  if (box->length > 0) drop_sent(box, outbox_send(fd, box->kept + box->sent, box->length, failed));
  size_t sent = box->length == 0 && !*failed ? outbox_send(fd, gathered, gathered_length, failed) : 0;
  keep(box, gathered + sent, gathered_length - sent);
  gathered_length = 0;
  return box->length == 0;
}

void outbox_free(struct outbox *box) {
  free(box->kept);
  box->kept = NULL;
  box->sent = 0;
  box->length = 0;
}
