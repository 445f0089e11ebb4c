#ifndef TLS_H
#define TLS_H
#include <openssl/ssl.h>

/* One cipher on both sides of every peer, so that all of them pay for the same one. */
#define TLS_SUITE "TLS_AES_128_GCM_SHA256"

/* A server's context from PEM files. Ends the process where they cannot be read. */
SSL_CTX *tls_server(const char *certificate, const char *key);

/* A client's context; it shows `certificate` where that is not NULL. `fresh` is called with each session that can be resumed, and owns it when it returns 1. */
SSL_CTX *tls_client(const char *certificate, const char *key, int (*fresh)(SSL *ssl, SSL_SESSION *session));

#endif
