#include "tls.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>

/* Room for several records in one read: the load must cost less than what it measures. */
#define READ_AHEAD (64 * 1024 + 512)

static void must(long result, const char *what) {
  if (result > 0) return;
  fprintf(stderr, "%s: ", what);
  ERR_print_errors_fp(stderr);
  exit(2);
}

static SSL_CTX *context(const SSL_METHOD *method) {
  SSL_CTX *made = SSL_CTX_new(method);
  must(made != NULL, "SSL_CTX_new");
  must(SSL_CTX_set_min_proto_version(made, TLS1_3_VERSION), "TLS 1.3");
  must(SSL_CTX_set_ciphersuites(made, TLS_SUITE), TLS_SUITE);
  SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
  SSL_CTX_set_read_ahead(made, 1);
  SSL_CTX_set_default_read_buffer_len(made, READ_AHEAD);
  return made;
}

static void show(SSL_CTX *made, const char *certificate, const char *key) {
  must(SSL_CTX_use_certificate_chain_file(made, certificate), certificate);
  must(SSL_CTX_use_PrivateKey_file(made, key, SSL_FILETYPE_PEM), key);
}

SSL_CTX *tls_server(const char *certificate, const char *key) {
  SSL_CTX *made = context(TLS_server_method());
  show(made, certificate, key);
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
  must(SSL_CTX_set_session_id_context(made, (const unsigned char *)"bench", 5), "session id context");
  return made;
}

SSL_CTX *tls_client(const char *certificate, const char *key, int (*fresh)(SSL *, SSL_SESSION *)) {
  SSL_CTX *made = context(TLS_client_method());
  if (certificate) show(made, certificate, key);
  /* The peers' certificates are made for one run and trusted by nobody: what they cost to check is not measured. */
  SSL_CTX_set_verify(made, SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(made, fresh);
  return made;
}
