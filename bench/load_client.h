/* load_client.h -- keep-alive connections, each with one request under way, over epoll.
 *
 *     load_client_open -> load_client_run … -> load_client_close
 *
 * Threads: one.
 */
#ifndef STATOR_BENCH_LOAD_CLIENT_H
#define STATOR_BENCH_LOAD_CLIENT_H

#include "load_measure.h"
#include "load_request.h"

struct load_client;

/* Connect. NULL: it could not, and stderr says why. */
MUST_USE struct load_client *load_client_open(const char *host, uint16_t port,
                                              unsigned connection_count);
void load_client_close(struct load_client *client);

/* What to send, and for how long. */
struct load_run {
    struct load_request *request;
    uint64_t items;
    bool is_in_order;   /* items 0, 1, 2 …, each once; else random ones */
    uint64_t count_max; /* stop after so many requests; 0: no limit */
    uint64_t time_ns;   /* stop after this time; 0: no limit */
};

struct load_result {
    struct load_measure measure;
    uint64_t errors; /* replies that are not 200, and connections lost */
    uint64_t elapsed_ns;
};

/* Send and receive; adds to *result. The connections are quiet before and after. */
void load_client_run(struct load_client *client, const struct load_run *run,
                     struct load_result *result);

/* The body of the reply that came last; valid until the next run. */
MUST_USE struct span load_client_last_body(const struct load_client *client);

#endif
