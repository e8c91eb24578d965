// SPDX-License-Identifier: Apache-2.0

// copier is the floor under all figures: it answers the stream header and the
// handshake of any component, whatever its name and secret, and then copies
// bytes between the connections that came up as number 2i and 2i+1. It reads no
// XML and checks nothing. What a server needs above this is its own work.
//
//   cc -O2 -o copier copier.c
//   copier PORT        listens on 127.0.0.1; port 0 takes a free one and prints it

#define _GNU_SOURCE // accept4
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { chunk = 64 * 1024, events_max = 256, backlog = 4096 };

struct conn {
  int fd;
  enum { header, handshake, up } state;
  struct conn *peer; // of the pair, 0 until both are there
  char *held;        // what the peer's socket did not take
  size_t held_len, held_at;
  char open[1024]; // header and handshake, as far as they came
  size_t open_len;
};

static int ep, listener;
static struct conn *single; // came up last, still without its peer
static char buf[chunk];

static const char answer[] = "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
                             "xmlns:stream='http://etherx.jabber.org/streams' id='copier'>";
static const char welcome[] = "<handshake/>";
static const char farewell[] = "</stream:stream>";

static void fatal(const char *what) {
  perror(what);
  exit(1);
}

static void watch(struct conn *c, int op, unsigned events) {
  struct epoll_event e = {.events = events, .data.ptr = c};
  if (epoll_ctl(ep, op, c ? c->fd : listener, &e) < 0) fatal("epoll_ctl");
}

// drop forgets a connection. Its memory stays: an event of this batch, or its
// peer, may still name it.
static void drop(struct conn *c) {
  if (c->fd < 0) return;
  close(c->fd);
  c->fd = -1;
  free(c->held);
  c->held = 0;
  if (single == c) single = 0;
}

// deliver writes to c; what the socket does not take is held, and the source is
// not read until it is gone.
static void deliver(struct conn *c, const char *b, size_t n) {
  if (!c || c->fd < 0) return;
  ssize_t done = write(c->fd, b, n);
  if (done < 0) {
    if (errno != EAGAIN) {
      drop(c);
      return;
    }
    done = 0;
  }
  if ((size_t)done == n) return;
  c->held_len = n - done;
  c->held_at = 0;
  c->held = malloc(c->held_len);
  if (!c->held) fatal("malloc");
  memcpy(c->held, b + done, c->held_len);
  watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  if (c->peer && c->peer->fd >= 0) watch(c->peer, EPOLL_CTL_MOD, 0);
}

static void go_on(struct conn *c) {
  ssize_t done = write(c->fd, c->held + c->held_at, c->held_len - c->held_at);
  if (done < 0) {
    if (errno != EAGAIN) drop(c);
    return;
  }
  c->held_at += done;
  if (c->held_at < c->held_len) return;
  free(c->held);
  c->held = 0;
  watch(c, EPOLL_CTL_MOD, EPOLLIN);
  if (c->peer && c->peer->fd >= 0) watch(c->peer, EPOLL_CTL_MOD, EPOLLIN);
}

// pair joins a connection with the one that came up before it.
static void pair(struct conn *c) {
  if (single) {
    c->peer = single;
    single->peer = c;
    single = 0;
  } else {
    single = c;
  }
}

// opening answers header and handshake, each known by its last bytes.
static void opening(struct conn *c, const char *b, size_t n) {
  if (c->open_len + n >= sizeof c->open) {
    drop(c);
    return;
  }
  memcpy(c->open + c->open_len, b, n);
  c->open_len += n;
  c->open[c->open_len] = 0;
  if (c->state == header) {
    char *h = strstr(c->open, "<stream:stream");
    char *end = h ? strchr(h, '>') : 0;
    if (!end) return;
    c->state = handshake;
    c->open_len -= end + 1 - c->open;
    memmove(c->open, end + 1, c->open_len + 1);
    deliver(c, answer, sizeof answer - 1);
  }
  if (c->state == handshake && strstr(c->open, "</handshake>")) {
    c->state = up;
    pair(c); // not before: who only looks whether somebody listens has no peer
    deliver(c, welcome, sizeof welcome - 1);
  }
}

static void readable(struct conn *c) {
  ssize_t n = read(c->fd, buf, chunk);
  if (n <= 0) {
    if (n == 0 || errno != EAGAIN) drop(c);
    return;
  }
  if (c->state != up) {
    opening(c, buf, n);
    return;
  }
  // The end of a stream is not copied: the peer has its own.
  size_t tail = sizeof farewell - 1;
  int ended = (size_t)n >= tail && !memcmp(buf + n - tail, farewell, tail);
  if (ended) n -= tail;
  if (n) deliver(c->peer, buf, n);
  if (ended) {
    deliver(c, farewell, tail);
    drop(c);
  }
}

static void accept_all(void) {
  for (;;) {
    int fd = accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct conn *c = calloc(1, sizeof *c);
    if (!c) fatal("calloc");
    c->fd = fd;
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
  }
}

int main(int argc, char **argv) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (argc > 1) a.sin_port = htons(atoi(argv[1]));
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&a, sizeof a) < 0) fatal("bind");
  if (listen(listener, backlog) < 0) fatal("listen");
  socklen_t len = sizeof a;
  getsockname(listener, (struct sockaddr *)&a, &len);
  printf("%d\n", ntohs(a.sin_port));
  fflush(stdout);
  ep = epoll_create1(EPOLL_CLOEXEC);
  watch(0, EPOLL_CTL_ADD, EPOLLIN);
  struct epoll_event ev[events_max];
  for (;;) {
    int n = epoll_wait(ep, ev, events_max, -1);
    if (n < 0 && errno != EINTR) fatal("epoll_wait");
    for (int i = 0; i < n; i++) {
      struct conn *c = ev[i].data.ptr;
      if (!c) {
        accept_all();
        continue;
      }
      if (c->fd >= 0 && ev[i].events & EPOLLOUT && c->held) go_on(c);
      if (c->fd < 0 || !(ev[i].events & ~EPOLLOUT)) continue;
      if (!c->peer || !c->peer->held) {
        readable(c);
      } else if (ev[i].events & (EPOLLERR | EPOLLHUP)) {
        drop(c); // its own end came while it was not read
      }
    }
  }
}
