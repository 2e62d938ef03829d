/* http_server.h -- what the loops of one server share. Private to the room. */
#ifndef STATOR_HTTP_HTTP_SERVER_H
#define STATOR_HTTP_HTTP_SERVER_H

#include <stdatomic.h>
#include <uv.h>

#include "http/http.h"
#include "http/listener.h"

struct loop;

struct http_server {
    /* constant after http_server_open */
    struct http_options options; /* defaults filled in; host and unix_path are not kept */
    struct loop *loops;
    unsigned loop_count; /* all of them */
    uint16_t port;

    /* the first loop's */
    unsigned serving_count; /* loops that have a thread; never more than loop_count */
    struct listener_list listeners;
    uv_signal_t signals[2];
    unsigned signal_count;
    unsigned loops_ready; /* initialised */
    bool is_accepting;

    /* Written by http_server_stop and the signal handler, never reset; read by every loop after it
     * was woken. Sequentially consistent, since nothing here is hot. */
    atomic_bool is_stopping;
    atomic_bool is_forced; /* close open requests too */

    /* What the exchanges of all loops are charged (shortage.h). Relaxed: a count. */
    atomic_size_t charged_bytes;
};

/* The first loop is at its end: stop watching signals. */
void http_server_end_signals(struct http_server *server);

#endif
