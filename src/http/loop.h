/* loop.h -- one thread with an event loop, its connections and its memory. Private to the room.
 *
 *     loop_init -> loop_run -> loop_deinit         loop_wake from any thread
 *
 * L1  A loop ends when the server stops and it has no connection and no exchange is in a handler's
 *     hands. So whoever holds an exchange may call http_exchange_resume.
 * L2  Under `lock`, is_ended is false as long as `wake` may be used.
 */
#ifndef STATOR_HTTP_LOOP_H
#define STATOR_HTTP_LOOP_H

#include <stdatomic.h>
#include <uv.h>

#include "base/coding.h"
#include "http/connection.h"
#include "http/http.h"
#include "http/http_date.h"

struct http_server;

enum { LOOP_ADOPTED_MAX = 64, LOOP_SCRATCH_BYTES = 16 << 10 };

/* A socket accepted by the first loop, on its way to another. */
struct loop_adopted {
    int fd;
    bool is_unix;
};

struct loop {
    /* constant after loop_init */
    struct http_server *server;
    unsigned index;
    unsigned connections_max;

    uv_thread_t thread; /* http_server_run's */

    /* this thread's */
    uv_loop_t uv;
    uv_timer_t tick;
    uv_async_t wake;
    struct connection_list lists[CONNECTION_LISTS];
    uint64_t timeouts_ms[CONNECTION_LISTS]; /* how long a connection may stay in each */
    struct http_exchange *spares;
    unsigned spare_count;
    struct http_exchange *told; /* whose handlers are to be told that they should end (pieces.h) */
    unsigned held_count;        /* exchanges in the handler's hands */
    uint64_t turn;              /* of connections that yield */
    struct coding_encoder encoder;
    uint8_t date[HTTP_DATE_BYTES];
    uint64_t date_ms; /* of the loop's clock, when `date` was made; 0: never */
    uint64_t drain_deadline_ms;
    bool is_draining;
    bool is_accepting_late; /* the first loop's: accepting was put off until the next tick */
    uint8_t scratch[LOOP_SCRATCH_BYTES]; /* bytes that nobody will look at */

    /* Written by the first loop (+1, accepted) and this one (-1, closed); read by both. */
    atomic_uint connection_count;
    /* Written by this loop only, read by http_server_counts. Relaxed: a count. */
    _Atomic uint64_t request_count;

    uv_mutex_t lock;
    /* below: held under lock */
    struct http_exchange *resumed GUARDED_BY(lock); /* oldest first */
    struct http_exchange *resumed_last GUARDED_BY(lock);
    struct loop_adopted adopted[LOOP_ADOPTED_MAX] GUARDED_BY(lock);
    unsigned adopted_count GUARDED_BY(lock);
    bool is_ended GUARDED_BY(lock);
};

/* ST_NO_MEMORY, ST_IO. */
MUST_USE status loop_init(struct loop *loop, struct http_server *server, unsigned index);

/* Serve until the end (L1). */
void loop_run(struct loop *loop);

/* For a loop that was never run as well. */
void loop_deinit(struct loop *loop);

/* Make the loop look at what the server and others want of it. Any thread. */
void loop_wake(struct loop *loop);

/* Give the loop a socket. Any thread. False: it takes no more just now. */
MUST_USE bool loop_adopt(struct loop *loop, struct loop_adopted socket);

/* Run the exchange's resume_fn on the loop. Any thread. */
void loop_resume(struct loop *loop, struct http_exchange *exchange);

/* Milliseconds of the loop's clock, as of this turn. */
MUST_USE uint64_t loop_now_ms(const struct loop *loop);

/* The Date header, at most a fraction of a second late. */
MUST_USE struct span loop_date(struct loop *loop);

/* The timer runs only while there is something to time. */
void loop_tick(struct loop *loop);

/* A connection has closed or an exchange was finished: is it the last that a stopping loop waits
 * for? */
void loop_settle(struct loop *loop);

#endif
