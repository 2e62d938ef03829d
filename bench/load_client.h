/* load_client.h -- keep-alive connections, each with one request under way, over epoll.
 *
 *     load_client_open -> load_client_run … -> load_client_close
 *
 * A run is closed, each connection sending its next request when the last one is answered, or open:
 * with `rate`, requests are due at fixed times, whatever the server does. One that finds every
 * connection busy waits for the first that is free, and its time counts from when it was due. A
 * server that stands still for a second so has a second's requests that took up to a second; in a
 * closed run it would have one for each connection.
 *
 * Threads: one.
 */
#ifndef STATOR_BENCH_LOAD_CLIENT_H
#define STATOR_BENCH_LOAD_CLIENT_H

#include "load_measure.h"
#include "load_mix.h"

struct load_client;

/* Connect. NULL: it could not, and stderr says why. */
MUST_USE struct load_client *load_client_open(const char *host, uint16_t port,
                                              unsigned connection_count);
void load_client_close(struct load_client *client);

/* What came of it. Times that were measured are of answered requests, and in an open run also of
 * those that were due and not sent when it ended: as long as they had waited by then. */
struct load_result {
    struct load_measure measure;
    struct load_measure kinds[LOAD_MIX_KINDS_MAX]; /* as those of the mix */
    uint64_t answered;
    uint64_t unsent;    /* due, but not sent: every connection was busy until the end */
    uint64_t errors;    /* replies that are not 200, and connections lost; without those below */
    uint64_t conflicts; /* of transactions, in a mix of several kinds */
    uint64_t refused;   /* conditions, in a mix of several kinds */
    uint64_t elapsed_ns;
};

/* What to send, and for how long. */
struct load_run {
    struct load_mix *mix;
    uint64_t items;
    bool is_in_order;   /* items 0, 1, 2 …, each once; else random ones */
    uint64_t count_max; /* stop after so many requests; 0: no limit */
    uint64_t time_ns;   /* stop after this time; 0: no limit */
    uint64_t rate;      /* requests that are due each second; 0: a closed run */
    uint64_t every_ns;  /* how often to call `tell`; 0: never */
    void (*tell)(void *ctx, const struct load_result *since); /* since the last call */
    void *ctx;
};

/* Send and receive; adds to *result. The connections are quiet before and after. */
void load_client_run(struct load_client *client, const struct load_run *run,
                     struct load_result *result);

/* End the run that is under way as if its time were over, and let later ones send nothing. May be
 * called by a signal handler. */
void load_client_stop(struct load_client *client);

/* The body of the reply that came last; valid until the next run. */
MUST_USE struct span load_client_last_body(const struct load_client *client);

#endif
