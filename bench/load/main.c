/* The load generator and the controller's stand-in behind the measured peer: one program, two modes. */
#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

struct options options = {.connections = 1, .size = 64, .rate = 1000, .warmup = 1, .seconds = 3};

static const struct option known[] = {
    {"cert", required_argument, NULL, 'c'},        {"key", required_argument, NULL, 'k'},
    {"port", required_argument, NULL, 'p'},        {"heads", required_argument, NULL, 'h'},
    {"connections", required_argument, NULL, 'n'}, {"size", required_argument, NULL, 'b'},
    {"rate", required_argument, NULL, 'r'},        {"warmup", required_argument, NULL, 'w'},
    {"seconds", required_argument, NULL, 's'},     {"resume", no_argument, NULL, 'R'},
    {"plain", no_argument, NULL, 'P'},            {"most", required_argument, NULL, 'm'},
    {NULL, 0, NULL, 0},
};

static uint32_t number(const char *text) { return (uint32_t)strtoul(text, NULL, 10); }

static void take(int option, const char *value) {
  switch (option) {
    case 'c': options.certificate = value; break;
    case 'k': options.key = value; break;
    case 'p': options.port = (uint16_t)number(value); break;
    case 'h': options.heads = value; break;
    case 'n': options.connections = number(value); break;
    case 'b': options.size = number(value); break;
    case 'r': options.rate = number(value); break;
    case 'w': options.warmup = strtod(value, NULL); break;
    case 's': options.seconds = strtod(value, NULL); break;
    case 'm': options.most = strtod(value, NULL); break;
    case 'R': options.resume = true; break;
    case 'P': options.plain = true; break;
    default: exit(2);
  }
}

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int option; (option = getopt_long(count, arguments, "", known, NULL)) != -1;) take(option, optarg);
  if (optind != count - 1) {
    fprintf(stderr, "usage: load backend|CASE --option value ...\n");
    return 2;
  }
  options.name = arguments[optind];
  if (strcmp(options.name, "backend") != 0) return client_run();
  backend_run();
  return 0;
}
