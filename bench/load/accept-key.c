#include "accept-key.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

#define KEY_LENGTH 24
static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

void accept_key(const char *key, char *into) {
  unsigned char text[KEY_LENGTH + sizeof guid - 1];
  unsigned char digest[SHA_DIGEST_LENGTH];
  memcpy(text, key, KEY_LENGTH);
  memcpy(text + KEY_LENGTH, guid, sizeof guid - 1);
  SHA1(text, sizeof text, digest);
  EVP_EncodeBlock((unsigned char *)into, digest, sizeof digest);
}
