/* connection.h -- one client's socket, from accept to close. Private to the room.
 *
 *              bytes            request whole            finish
 *     IDLE ----------> READING --------------> HANDLING --------> WRITING
 *      ^                 ^                                           | sent
 *      |  nothing        |  more was pipelined                       |
 *      +-----------------+-------------------------------------------+--> LINGERING --> CLOSING
 *                        |  its turn            the connection closes
 *                     YIELDING
 *
 * A client that sends many requests at once has so many of them answered in a turn of the loop;
 * then it is YIELDING, until the others of the loop have had theirs.
 * HANDLING holds no deadline: the handler decides. A reply that the socket takes at once never
 * enters WRITING. One that goes on is STREAMING while it waits for its next piece (pieces.h).
 * LINGERING has said all and waits for the client to close: closing first could destroy a reply
 * under way (RFC 9112 9.6). CLOSING waits for libuv.
 *
 * Each loop keeps its connections in one list per state, in the order in which they entered it.
 * The time a state may take is the same for all, so the head of a list is always the next to
 * expire, and the idle list begins with the one that may yield to a newcomer.
 */
#ifndef STATOR_HTTP_CONNECTION_H
#define STATOR_HTTP_CONNECTION_H

#include <uv.h>

#include "http/http.h"

struct loop;

typedef enum connection_state {
    CONNECTION_IDLE,
    CONNECTION_READING,
    CONNECTION_YIELDING,
    CONNECTION_HANDLING,
    CONNECTION_STREAMING,
    CONNECTION_WRITING,
    CONNECTION_LINGERING,
    CONNECTION_CLOSING, /* in no list */
} connection_state;

enum { CONNECTION_LISTS = CONNECTION_CLOSING };

struct connection {
    union {
        uv_handle_t any;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    struct loop *loop;
    struct http_exchange *exchange; /* not in IDLE and LINGERING */
    struct connection *older;       /* in its list */
    struct connection *newer;
    uint64_t deadline_ms;
    size_t unsent_bytes; /* WRITING: when last looked at */
    uint64_t looked_ms;  /* when shortage.c looked at it, or it entered its state */
    size_t looked_bytes; /* how many it had moved by then */
    uint64_t turn;       /* YIELDING: the loop's turn in which it was entered */
    connection_state state;
    bool is_unix;
    bool is_known;    /* its first byte has come, and with it what it speaks: */
    bool sends_lines; /* lines instead of HTTP */
    bool has_ended;   /* the client will send no more */
    bool is_busy;     /* connection.c is at work on it further up the stack */
    bool is_paused;   /* not reading: no room until the reply is sent */
};

struct connection_list {
    struct connection *oldest;
    struct connection *newest;
};

/* Serve the socket `fd`, which is consumed. On failure it is closed. */
void connection_open(struct loop *loop, int fd, bool is_unix);

/* The exchange of this connection, which is HANDLING, has its reply ready. */
void connection_reply(struct connection *connection);

/* The last byte of its reply is the system's: go on with what the client sends next. */
void connection_sent(struct connection *connection);

/* Move to `state`, whose time begins now. */
void connection_enter(struct connection *connection, connection_state state);

/* Enter WRITING, with so much that libuv and the system are yet to be given beside what they have.
 * False: there is no room to keep it for so long, and the caller closes; of a reply all is then
 * given back at once. Others may be cut for it, this connection never: its time in this state has
 * just begun, by a clock that stands still in a turn of the loop. */
MUST_USE bool connection_enter_writing(struct connection *connection, size_t unqueued_bytes);

/* Enter it with what they have, first or once more; close where there is no room. */
void connection_await_reader(struct connection *connection);

/* Close without further words. An exchange that the handler has lives on without a connection. */
void connection_close(struct connection *connection);

/* Close, and have the system forget what the client has not taken: it would keep megabytes of it,
 * for minutes. */
void connection_cut(struct connection *connection);

/* Answer what is being read with `http_status`, and close. */
void connection_refuse(struct connection *connection, int http_status);

/* Those that yielded have their turn. */
void connection_take_turns(struct loop *loop);

/* Deal with every connection whose time is over. */
void connection_expire(struct loop *loop);

/* The server stops: idle connections end now (after what is already on its way was read). */
void connection_drain(struct loop *loop);

/* Close every connection of the loop. */
void connection_close_all(struct loop *loop);

#endif
