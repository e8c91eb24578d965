/* SPDX-License-Identifier: Apache-2.0 */

/* A component on libstrophe. ../README.md says what the lines it reads and writes mean. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strophe.h>
#include <unistd.h>

#define DISCO "http://jabber.org/protocol/disco#info"

static xmpp_ctx_t *ctx;
static xmpp_conn_t *conn;
static const char *host, *name, *secret;
static unsigned short port;

static void answer_disco(xmpp_stanza_t *request)
{
    xmpp_stanza_t *reply = xmpp_stanza_reply(request), *query = xmpp_stanza_new(ctx), *identity = xmpp_stanza_new(ctx);
    xmpp_stanza_set_from(reply, xmpp_stanza_get_to(request)); /* the library leaves it out; a component must say who it is */
    xmpp_stanza_set_type(reply, "result");
    xmpp_stanza_set_name(query, "query");
    xmpp_stanza_set_ns(query, DISCO);
    xmpp_stanza_set_name(identity, "identity");
    xmpp_stanza_set_attribute(identity, "category", "component");
    xmpp_stanza_set_attribute(identity, "type", "generic");
    xmpp_stanza_set_attribute(identity, "name", "libstrophe");
    xmpp_stanza_add_child_ex(query, identity, 0);
    xmpp_stanza_add_child_ex(reply, query, 0);
    xmpp_send(conn, reply);
    xmpp_stanza_release(reply);
}

static void print_error(xmpp_stanza_t *stanza, const char *from, const char *id)
{
    xmpp_stanza_t *error = xmpp_stanza_get_child_by_name(stanza, "error");
    printf("error\t%s\t%s\t%s\n", from, id ? id : "", xmpp_stanza_get_name(xmpp_stanza_get_children(error)));
}

static int on_stanza(xmpp_conn_t *c, xmpp_stanza_t *stanza, void *data)
{
    const char *kind = xmpp_stanza_get_name(stanza), *from = xmpp_stanza_get_from(stanza);
    const char *type = xmpp_stanza_get_type(stanza), *id = xmpp_stanza_get_id(stanza);
    (void)c, (void)data;

    if (type && !strcmp(type, "error")) {
        print_error(stanza, from, id);
    } else if (!strcmp(kind, "message")) {
        char *body = xmpp_message_get_body(stanza);
        printf("message\t%s\t%s\n", from, body ? body : "");
        xmpp_free(ctx, body);
    } else if (!strcmp(kind, "presence")) {
        printf("presence\t%s\n", from);
    } else if (type && !strcmp(type, "get") && xmpp_stanza_get_child_by_ns(stanza, DISCO)) {
        answer_disco(stanza);
    } else if (type && !strcmp(type, "result")) {
        xmpp_stanza_t *query = xmpp_stanza_get_child_by_ns(stanza, DISCO);
        printf("result\t%s\t%s\t%s\n", from, id, xmpp_stanza_get_attribute(xmpp_stanza_get_children(query), "name"));
    }
    return 1;
}

static void on_event(xmpp_conn_t *c, xmpp_conn_event_t event, int error, xmpp_stream_error_t *stream_error, void *data)
{
    (void)error, (void)stream_error, (void)data;
    if (event == XMPP_CONN_CONNECT)
        xmpp_handler_add(c, on_stanza, NULL, NULL, NULL, NULL);
    puts(event == XMPP_CONN_CONNECT ? "online" : "offline");
}

static void on_refused(xmpp_conn_t *c, xmpp_conn_event_t event, int error, xmpp_stream_error_t *stream_error, void *done)
{
    (void)c, (void)event, (void)error, (void)stream_error;
    *(int *)done = 1;
}

/*
 * COMPAT(libstrophe 0.12.2): the library reads its stream management state for each stanza it receives, but makes one for client
 * connections only: a component crashes on the answer to its handshake. So one is taken over from a client connection
 * that could not be made (nobody listens on port 1).
 */
static xmpp_sm_state_t *stream_management_state(void)
{
    int done = 0;
    xmpp_conn_t *client = xmpp_conn_new(ctx);
    xmpp_conn_set_jid(client, name);
    if (xmpp_connect_client(client, "127.0.0.1", 1, on_refused, &done) == XMPP_EOK)
        while (!done)
            xmpp_run_once(ctx, 1);
    xmpp_sm_state_t *state = xmpp_conn_get_sm_state(client);
    xmpp_conn_release(client);
    return state;
}

static void connect_component(void)
{
    if (conn)
        xmpp_conn_release(conn); /* a connection object is good for one stream */
    xmpp_sm_state_t *state = stream_management_state();
    conn = xmpp_conn_new(ctx);
    xmpp_conn_set_sm_state(conn, state);
    xmpp_conn_set_jid(conn, name);
    xmpp_conn_set_pass(conn, secret);
    if (xmpp_connect_component(conn, host, port, on_event, NULL) != XMPP_EOK)
        puts("offline");
}

static void send_stanza(xmpp_stanza_t *stanza, const char *to, const char *from_node)
{
    char from[512];
    snprintf(from, sizeof from, "%s%s", from_node, name);
    xmpp_stanza_set_to(stanza, to);
    xmpp_stanza_set_from(stanza, from);
    xmpp_send(conn, stanza);
    xmpp_stanza_release(stanza);
}

static void command(char *line)
{
    char *verb = strsep(&line, "\t"), *to = strsep(&line, "\t");
    if (!strcmp(verb, "connect")) {
        connect_component();
    } else if (!strcmp(verb, "close")) {
        xmpp_disconnect(conn);
    } else if (!strcmp(verb, "message")) {
        xmpp_stanza_t *message = xmpp_message_new(ctx, "chat", to, NULL);
        xmpp_message_set_body(message, line);
        send_stanza(message, to, "bot@");
    } else if (!strcmp(verb, "presence")) {
        send_stanza(xmpp_presence_new(ctx), to, "bot@");
    } else if (!strcmp(verb, "iq")) {
        xmpp_stanza_t *iq = xmpp_iq_new(ctx, "get", line), *query = xmpp_stanza_new(ctx);
        xmpp_stanza_set_name(query, "query");
        xmpp_stanza_set_ns(query, DISCO);
        xmpp_stanza_add_child_ex(iq, query, 0);
        send_stanza(iq, to, "");
    }
}

/* Reads what standard input has now and runs its complete lines; 0 at its end. */
static int read_commands(void)
{
    static char buf[65536];
    static size_t len;
    struct pollfd in = {.fd = 0, .events = POLLIN};
    char *newline;

    if (poll(&in, 1, 0) <= 0)
        return 1;
    ssize_t n = read(0, buf + len, sizeof buf - len);
    if (n <= 0)
        return 0;
    len += (size_t)n;
    while ((newline = memchr(buf, '\n', len))) {
        size_t used = (size_t)(newline - buf) + 1;
        *newline = '\0';
        command(buf);
        memmove(buf, buf + used, len -= used);
    }
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    host = argv[1], port = (unsigned short)atoi(argv[2]), name = argv[3], secret = argv[4];
    setvbuf(stdout, NULL, _IOLBF, 0);
    xmpp_initialize();
    ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_WARN));
    while (read_commands())
        xmpp_run_once(ctx, 20);
    if (conn)
        xmpp_conn_release(conn);
    xmpp_ctx_free(ctx);
    xmpp_shutdown();
    return 0;
}
