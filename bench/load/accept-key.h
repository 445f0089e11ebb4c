#ifndef ACCEPT_KEY_H
#define ACCEPT_KEY_H

#define ACCEPT_KEY_LENGTH 28

/* Writes Sec-WebSocket-Accept, with a final NUL, for the key that `key` begins with (RFC 6455, 4.2.2). */
void accept_key(const char *key, char *into);

#endif
