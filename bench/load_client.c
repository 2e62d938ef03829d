/* load_client.c -- see load_client.h.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REPLY_BYTES_MAX = 1 << 18, EVENTS_MAX = 256 };

struct link {
    int fd; /* -1: lost */
    bool is_waiting;
    uint64_t sent_ns;
    uint8_t *reply;
    size_t reply_len;
};

struct load_client {
    int epoll;
    unsigned count;
    unsigned waiting_count;
    uint64_t next_item;
    uint64_t random_state;
    uint64_t sent_count;
    bool has_shown_error;
    struct span last_body;
    struct link *links;
};

/* splitmix64 */
static uint64_t random_next(struct load_client *client)
{
    uint64_t z = client->random_state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

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

struct load_client *load_client_open(const char *host, uint16_t port, unsigned connection_count)
{
    struct load_client *client = mem_new(mem_heap(), sizeof *client);
    if (client == NULL) return NULL;
    client->random_state = 1;
    client->epoll = epoll_create1(EPOLL_CLOEXEC);
    client->links = mem_new_array(mem_heap(), connection_count, sizeof *client->links);
    client->count = client->links == NULL ? 0 : connection_count;
    for (unsigned i = 0; i < client->count; i++) client->links[i].fd = -1;
    for (unsigned i = 0; i < connection_count; i++) {
        if (client->links != NULL && open_link(client, i, host, port)) continue;
        (void)fprintf(stderr, "bench_load: cannot connect to %s:%u: %s\n", host, (unsigned)port,
                      strerror(errno));
        load_client_close(client);
        return NULL;
    }
    return client;
}

void load_client_close(struct load_client *client)
{
    for (unsigned i = 0; i < client->count; i++) {
        if (client->links[i].fd >= 0) (void)close(client->links[i].fd);
        mem_free(mem_heap(), client->links[i].reply, REPLY_BYTES_MAX);
    }
    if (client->links != NULL)
        mem_free(mem_heap(), client->links, client->count * sizeof *client->links);
    (void)close(client->epoll);
    mem_free(mem_heap(), client, sizeof *client);
}

static void lose(struct load_client *client, struct link *link, const char *why,
                 struct load_result *result)
{
    if (!client->has_shown_error) (void)fprintf(stderr, "bench_load: connection lost: %s\n", why);
    client->has_shown_error = true;
    (void)close(link->fd);
    link->fd = -1;
    if (link->is_waiting) client->waiting_count--;
    link->is_waiting = false;
    result->errors++;
}

/* ---- sending. The sockets block: a request is small, and its answer has been read. */

static bool may_send(const struct load_client *client, const struct load_run *run,
                     uint64_t begun_ns, uint64_t now_ns)
{
    if (run->count_max > 0 && client->sent_count >= run->count_max) return false;
    return run->time_ns == 0 || now_ns - begun_ns < run->time_ns;
}

/* The first of the items that the next request on `link` is about. Requests about several begin at
 * a multiple of their count, and those of different connections never meet: an overlap would be a
 * conflict of transactions, which is not what is measured. */
static uint64_t next_item(struct load_client *client, const struct link *link,
                          const struct load_run *run)
{
    if (run->is_in_order) return client->next_item++ % run->items;
    if (run->request->items == 1) return random_next(client) % run->items;
    const uint64_t units = run->items / run->request->items;
    if (units < client->count) return random_next(client) % run->items;
    const uint64_t mine = random_next(client) % (units / client->count);
    const uint64_t index = (uint64_t)(link - client->links);
    return (mine * client->count + index) * run->request->items;
}

static void send_next(struct load_client *client, struct link *link, const struct load_run *run,
                      uint64_t now_ns, struct load_result *result)
{
    load_request_aim(run->request, next_item(client, link, run), random_next(client));
    link->reply_len = 0;
    link->sent_ns = now_ns;
    link->is_waiting = true;
    client->waiting_count++;
    client->sent_count++;
    const struct span bytes = buf_view(&run->request->bytes);
    for (size_t at = 0; at < bytes.len;) {
        const ssize_t n = send(link->fd, bytes.ptr + at, bytes.len - at, MSG_NOSIGNAL);
        if (n <= 0) {
            lose(client, link, strerror(errno), result);
            return;
        }
        at += (size_t)n;
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

static void judge(struct load_client *client, const struct link *link, struct span body,
                  struct load_result *result)
{
    client->last_body = body;
    if (link->reply_len > 12 && memcmp(link->reply + 9, "200", 3) == 0) return;
    result->errors++;
    if (client->has_shown_error) return;
    client->has_shown_error = true;
    (void)fprintf(stderr, "bench_load: the first error is %.12s %.*s\n", (const char *)link->reply,
                  SPAN_ARG(body));
}

/* Read what came. True: the reply is whole, since *now_ns. */
static bool receive(struct load_client *client, struct link *link, uint64_t *now_ns,
                    struct load_result *result)
{
    const size_t room = REPLY_BYTES_MAX - 1 - link->reply_len; /* one for a NUL, for strtoul */
    const ssize_t n = recv(link->fd, link->reply + link->reply_len, room, 0);
    if (n <= 0 || room == 0) {
        lose(client, link, n == 0 ? "closed by the server" : strerror(errno), result);
        return false;
    }
    link->reply_len += (size_t)n;
    link->reply[link->reply_len] = 0;
    struct span body = {0};
    if (!is_whole(link, &body)) return false;
    link->is_waiting = false;
    client->waiting_count--;
    *now_ns = load_measure_now_ns();
    load_measure_add(&result->measure, *now_ns - link->sent_ns);
    judge(client, link, body, result);
    return true;
}

void load_client_run(struct load_client *client, const struct load_run *run,
                     struct load_result *result)
{
    const uint64_t begun_ns = load_measure_now_ns();
    client->next_item = 0;
    client->sent_count = 0;
    for (unsigned i = 0; i < client->count; i++)
        if (client->links[i].fd >= 0 && may_send(client, run, begun_ns, begun_ns))
            send_next(client, &client->links[i], run, load_measure_now_ns(), result);
    struct epoll_event events[EVENTS_MAX];
    while (client->waiting_count > 0) {
        const int count = epoll_wait(client->epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            struct link *link = &client->links[events[i].data.u32];
            uint64_t now_ns = 0;
            if (link->fd < 0 || !receive(client, link, &now_ns, result)) continue;
            if (may_send(client, run, begun_ns, now_ns))
                send_next(client, link, run, now_ns, result);
        }
    }
    result->elapsed_ns += load_measure_now_ns() - begun_ns;
}

struct span load_client_last_body(const struct load_client *client)
{
    return client->last_body;
}
