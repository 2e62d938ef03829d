/* load_client.c -- see load_client.h.
 *
 * One loop serves both kinds of run: what is due is sent over the connections that are idle, the
 * one that has been idle longest first; then it sleeps until a reply is there or the next request
 * is due. In a closed run something is always due.
 *
 * Only what a benchmark needs of HTTP is understood: a status line, Content-Length or (dynalite's
 * errors) chunks that end with the reply. A reply larger than REPLY_BYTES_MAX is an error.
 *
 * What is spent here is taken from the server, which shares the processors. So a reply costs one
 * receive, one look at the clock (the moment it was whole is the moment the next request begins)
 * and one walk over the lines of its head.
 */
#include "load_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load_random.h"

enum { REPLY_BYTES_MAX = 1 << 18, EVENTS_MAX = 256 };

struct link {
    int fd; /* -1: lost */
    bool is_waiting;
    size_t kind; /* of the mix */
    uint64_t due_ns;
    uint8_t *reply;
    size_t reply_len;
};

struct load_client {
    int epoll;
    unsigned count;
    unsigned waiting_count;
    unsigned *idle; /* a ring of `count` places */
    unsigned idle_first, idle_count;
    uint64_t next_item, next_fresh;
    uint64_t random_state;
    uint64_t sent_count;
    bool has_shown_error;
    volatile sig_atomic_t is_stopped;
    struct span last_body;
    struct link *links;
};

/* A run under way. */
struct state {
    struct load_client *client;
    const struct load_run *run;
    struct load_result *since; /* the last call of `tell` */
    struct load_result *all;
    uint64_t begun_ns, told_ns;
};

/* ---- connections */

static int connect_to(const char *host, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) return -1;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) return fd;
    (void)close(fd);
    return -1;
}

static bool open_link(struct load_client *client, unsigned index, const char *host, uint16_t port)
{
    struct link *link = &client->links[index];
    link->reply = mem_new(mem_heap(), REPLY_BYTES_MAX);
    if (link->reply == NULL) return false;
    link->fd = connect_to(host, port);
    if (link->fd < 0) return false;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    return epoll_ctl(client->epoll, EPOLL_CTL_ADD, link->fd, &event) == 0;
}

static bool open_links(struct load_client *client, unsigned count, const char *host, uint16_t port)
{
    client->links = mem_new_array(mem_heap(), count, sizeof *client->links);
    client->idle = mem_new_array(mem_heap(), count, sizeof *client->idle);
    if (client->links == NULL || client->idle == NULL) return false;
    client->count = count;
    for (unsigned i = 0; i < count; i++) client->links[i].fd = -1;
    for (unsigned i = 0; i < count; i++)
        if (!open_link(client, i, host, port)) return false;
    return true;
}

struct load_client *load_client_open(const char *host, uint16_t port, unsigned connection_count)
{
    struct load_client *client = mem_new(mem_heap(), sizeof *client);
    if (client == NULL) return NULL;
    client->random_state = 1;
    client->epoll = epoll_create1(EPOLL_CLOEXEC);
    (void)prctl(PR_SET_TIMERSLACK, 1); /* what is due is sent then, not 50 us later */
    if (open_links(client, connection_count, host, port)) return client;
    (void)fprintf(stderr, "bench_load: cannot connect to %s:%u: %s\n", host, (unsigned)port,
                  strerror(errno));
    load_client_close(client);
    return NULL;
}

void load_client_close(struct load_client *client)
{
    for (unsigned i = 0; i < client->count; i++) {
        if (client->links[i].fd >= 0) (void)close(client->links[i].fd);
        mem_free(mem_heap(), client->links[i].reply, REPLY_BYTES_MAX);
    }
    mem_free(mem_heap(), client->links, client->count * sizeof *client->links);
    mem_free(mem_heap(), client->idle, client->count * sizeof *client->idle);
    (void)close(client->epoll);
    mem_free(mem_heap(), client, sizeof *client);
}

void load_client_stop(struct load_client *client)
{
    client->is_stopped = 1;
}

static void rest(struct load_client *client, const struct link *link)
{
    const unsigned place = (client->idle_first + client->idle_count++) % client->count;
    client->idle[place] = (unsigned)(link - client->links);
}

static struct link *take_idle(struct load_client *client)
{
    struct link *link = &client->links[client->idle[client->idle_first]];
    client->idle_first = (client->idle_first + 1) % client->count;
    client->idle_count--;
    return link;
}

static void lose(struct state *state, struct link *link, const char *why)
{
    struct load_client *client = state->client;
    if (!client->has_shown_error) (void)fprintf(stderr, "bench_load: connection lost: %s\n", why);
    client->has_shown_error = true;
    (void)close(link->fd);
    link->fd = -1;
    if (link->is_waiting) client->waiting_count--;
    link->is_waiting = false;
    state->since->errors++;
}

/* ---- sending. The sockets block: a request is small, and its answer has been read. */

/* Has the run more to send? */
static bool goes_on(const struct state *state, uint64_t now_ns)
{
    const struct load_run *run = state->run;
    if (state->client->is_stopped) return false;
    if (run->count_max > 0 && state->client->sent_count >= run->count_max) return false;
    return run->time_ns == 0 || now_ns - state->begun_ns < run->time_ns;
}

/* When request number n of the run is due, if that is in the future; else or in a closed run it is
 * due now. */
static uint64_t due_ns(const struct state *state, uint64_t n, uint64_t now_ns)
{
    const uint64_t rate = state->run->rate;
    return rate == 0 ? now_ns : state->begun_ns + n * 1000000000U / rate;
}

/* The first of the items that the next `request` on `link` is about. Requests about several begin
 * at a multiple of their count, and, where all are of one kind, those of different connections
 * never meet: an overlap would be a conflict of transactions, which is not what is measured. */
static uint64_t next_item(struct load_client *client, const struct link *link,
                          const struct load_run *run, const struct load_request *request)
{
    if (request->is_fresh) return client->next_fresh++;
    if (run->is_in_order) {
        const uint64_t item = client->next_item;
        client->next_item += request->items;
        return item;
    }
    const uint64_t random = load_random_next(&client->random_state);
    const uint64_t units = run->items / request->items;
    if (request->items == 1 || units < client->count) return random % run->items;
    if (run->mix->count > 1) return random % units * request->items;
    const uint64_t mine = random % (units / client->count);
    const uint64_t index = (uint64_t)(link - client->links);
    return (mine * client->count + index) * request->items;
}

static void send_one(struct state *state, struct link *link, uint64_t due)
{
    struct load_client *client = state->client;
    struct load_mix *mix = state->run->mix;
    link->kind = load_mix_pick(mix, load_random_next(&client->random_state));
    link->reply_len = 0;
    link->due_ns = due;
    link->is_waiting = true;
    client->waiting_count++;
    client->sent_count++;
    struct load_request *request = &mix->kinds[link->kind].request;
    load_request_aim(request, next_item(client, link, state->run, request),
                     load_random_next(&client->random_state));
    const struct span bytes = buf_view(&request->bytes);
    for (size_t at = 0; at < bytes.len;) {
        const ssize_t n = send(link->fd, bytes.ptr + at, bytes.len - at, MSG_NOSIGNAL);
        if (n <= 0) {
            lose(state, link, strerror(errno));
            return;
        }
        at += (size_t)n;
    }
}

/* Send what is due, as far as there are idle connections. */
static void send_due(struct state *state, uint64_t now_ns)
{
    struct load_client *client = state->client;
    while (client->idle_count > 0 && goes_on(state, now_ns)) {
        const uint64_t due = due_ns(state, client->sent_count, now_ns);
        if (due > now_ns) return;
        send_one(state, take_idle(client), due);
    }
}

/* ---- receiving */

/* The number of a line "content-length: …", up to its line feed; SIZE_MAX: it is another one. */
static size_t content_length(struct span line)
{
    static const char name[] = "content-length:";
    const char *text = (const char *)line.ptr;
    if (line.len < sizeof name || strncasecmp(text, name, sizeof name - 1) != 0) return SIZE_MAX;
    return strtoul(text + sizeof name - 1, NULL, 10);
}

/* Walk over the lines of the head. False: it is not whole yet. */
static bool read_head(struct span reply, size_t *head_len, size_t *length)
{
    *length = SIZE_MAX;
    for (struct span rest = reply; rest.len > 0;) {
        const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
        if (end == NULL) return false;
        const struct span line = span_take(rest, (size_t)(end - rest.ptr) + 1);
        rest = span_drop(rest, line.len);
        *head_len = reply.len - rest.len;
        if (span_eq(line, SPAN("\r\n"))) return true;
        if (*length == SIZE_MAX) *length = content_length(line);
    }
    return false;
}

/* Is the reply whole? Then *body is its body. */
static bool is_whole(const struct link *link, struct span *body)
{
    const struct span reply = {link->reply, link->reply_len};
    size_t head_len = 0, length = SIZE_MAX;
    if (!read_head(reply, &head_len, &length)) return false;
    *body = span_drop(reply, head_len);
    if (length != SIZE_MAX) return body->len >= length;
    return body->len >= 5 && memcmp(body->ptr + body->len - 5, "0\r\n\r\n", 5) == 0;
}

/* What a reply is counted as. Refusals that a mix has to expect are found by their names in it,
 * which are before the first KiB: an item that comes with one is behind them. */
static uint64_t *counter_of(struct state *state, struct span body)
{
    struct load_result *since = state->since;
    const struct span head = span_take(body, body.len < 1024 ? body.len : 1024);
    if (state->run->mix->count == 1) return &since->errors;
    if (span_contains(head, SPAN("TransactionConflict"))) return &since->conflicts;
    if (span_contains(head, SPAN("ConditionalCheckFailed"))) return &since->refused;
    return &since->errors;
}

static void judge(struct state *state, const struct link *link, struct span body)
{
    struct load_client *client = state->client;
    client->last_body = body;
    if (link->reply_len > 12 && memcmp(link->reply + 9, "200", 3) == 0) return;
    uint64_t *counter = counter_of(state, body);
    ++*counter;
    if (counter != &state->since->errors || client->has_shown_error) return;
    client->has_shown_error = true;
    (void)fprintf(stderr, "bench_load: the first error is %.12s %.*s\n", (const char *)link->reply,
                  SPAN_ARG(body));
}

/* Read what came. True: the reply is whole, since *now_ns. */
static bool receive(struct state *state, struct link *link, uint64_t *now_ns)
{
    const size_t room = REPLY_BYTES_MAX - 1 - link->reply_len; /* one for a NUL, for strtoul */
    const ssize_t n = recv(link->fd, link->reply + link->reply_len, room, 0);
    if (n <= 0 || room == 0) {
        lose(state, link, n == 0 ? "closed by the server" : strerror(errno));
        return false;
    }
    link->reply_len += (size_t)n;
    link->reply[link->reply_len] = 0;
    struct span body = {0};
    if (!is_whole(link, &body)) return false;
    *now_ns = load_measure_now_ns();
    load_measure_add(&state->since->measure, *now_ns - link->due_ns);
    load_measure_add(&state->since->kinds[link->kind], *now_ns - link->due_ns);
    state->since->answered++;
    judge(state, link, body);
    link->is_waiting = false;
    state->client->waiting_count--;
    rest(state->client, link);
    return true;
}

/* ---- a run */

static void add_result(struct load_result *to, const struct load_result *from)
{
    load_measure_merge(&to->measure, &from->measure);
    for (size_t i = 0; i < LOAD_MIX_KINDS_MAX; i++)
        load_measure_merge(&to->kinds[i], &from->kinds[i]);
    to->answered += from->answered;
    to->unsent += from->unsent;
    to->errors += from->errors;
    to->conflicts += from->conflicts;
    to->refused += from->refused;
    to->elapsed_ns += from->elapsed_ns;
}

/* What was measured since the last time is told and added up. */
static void settle(struct state *state, uint64_t now_ns)
{
    state->since->elapsed_ns = now_ns - state->told_ns;
    if (state->run->tell != NULL) state->run->tell(state->run->ctx, state->since);
    add_result(state->all, state->since);
    memset(state->since, 0, sizeof *state->since);
    state->told_ns = now_ns;
}

static void settle_if_time(struct state *state, uint64_t now_ns)
{
    const uint64_t every_ns = state->run->every_ns;
    if (every_ns > 0 && now_ns - state->told_ns >= every_ns) settle(state, now_ns);
}

/* Sleep until a reply is there, or something is to be sent or told. */
static int await(const struct state *state, uint64_t now_ns, struct epoll_event *events)
{
    const struct load_client *client = state->client;
    uint64_t until_ns = UINT64_MAX;
    if (client->idle_count > 0 && goes_on(state, now_ns))
        until_ns = due_ns(state, client->sent_count, now_ns);
    const uint64_t tell_ns = state->told_ns + state->run->every_ns;
    if (state->run->every_ns > 0 && tell_ns < until_ns) until_ns = tell_ns;
    const uint64_t wait_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    const struct timespec wait = {.tv_sec = (time_t)(wait_ns / 1000000000U),
                                  .tv_nsec = (long)(wait_ns % 1000000000U)};
    return epoll_pwait2(client->epoll, events, EVENTS_MAX, until_ns == UINT64_MAX ? NULL : &wait,
                        NULL);
}

static bool is_over(const struct state *state, uint64_t now_ns)
{
    const struct load_client *client = state->client;
    if (client->waiting_count > 0) return false;
    return client->idle_count == 0 || !goes_on(state, now_ns);
}

/* Requests that were due when the run ended, and for which no connection was free: they took at
 * least as long as they had waited. */
static void count_unsent(struct state *state)
{
    const struct load_run *run = state->run;
    const uint64_t end_ns = state->begun_ns + run->time_ns;
    if (run->rate == 0 || run->time_ns == 0 || state->client->is_stopped) return;
    for (uint64_t n = state->client->sent_count;; n++) {
        const uint64_t due = due_ns(state, n, 0);
        if (due >= end_ns) return;
        load_measure_add(&state->since->measure, end_ns - due);
        state->since->unsent++;
    }
}

static void begin(struct state *state)
{
    struct load_client *client = state->client;
    client->next_item = 0;
    client->sent_count = 0;
    client->idle_first = 0;
    client->idle_count = 0;
    for (unsigned i = 0; i < client->count; i++)
        if (client->links[i].fd >= 0) rest(client, &client->links[i]);
}

void load_client_run(struct load_client *client, const struct load_run *run,
                     struct load_result *result)
{
    struct load_result *since = mem_new(mem_heap(), sizeof *since);
    if (since == NULL) {
        result->errors++;
        return;
    }
    uint64_t now_ns = load_measure_now_ns();
    struct state state = {client, run, since, result, now_ns, now_ns};
    begin(&state);
    struct epoll_event events[EVENTS_MAX];
    for (send_due(&state, now_ns); !is_over(&state, now_ns); send_due(&state, now_ns)) {
        const int count = await(&state, now_ns, events);
        for (int i = 0; i < count; i++) {
            struct link *link = &client->links[events[i].data.u32];
            if (link->fd >= 0 && receive(&state, link, &now_ns)) send_due(&state, now_ns);
        }
        if (run->rate > 0 || count <= 0) now_ns = load_measure_now_ns();
        settle_if_time(&state, now_ns);
    }
    count_unsent(&state);
    settle(&state, load_measure_now_ns());
    mem_free(mem_heap(), since, sizeof *since);
}

struct span load_client_last_body(const struct load_client *client)
{
    return client->last_body;
}
