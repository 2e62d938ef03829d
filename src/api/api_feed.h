/* api_feed.h -- the changes of a table as they happen: GET /streams/<table> as Server-Sent Events.
 *
 * Stator's own. A call from outside (api.h) whose path begins with /streams/ opens a feed:
 *
 *     GET /streams/jobs?from=TRIM_HORIZON      all that the stream keeps, then what comes
 *     GET /streams/jobs                        what comes (from=LATEST)
 *     GET /streams/jobs?from=1769860800123-42-7, or Last-Event-ID: 1769860800123-42-7
 *                                              what comes after that event
 *
 *     id: 1769860800123-42-7                   the stream's label as ms, and the position in it
 *     event: INSERT                            MODIFY, REMOVE
 *     data: {"eventID": …}                     the record as GetRecords has it, in one line
 *
 * A feed is of one stream. When that is disabled and all of it was told comes `event: END`, and a
 * request that would go on from there is answered 204, upon which an EventSource asks no more. When
 * something fails comes `event: ERROR` with an error's JSON. A feed begins with an id alone, so
 * whoever loses the connection before the first event loses nothing.
 *
 *     api_start -> finished, with call->feed -> api_feed_write … -> api_feed_close
 *                                               again each time `rung` was called
 *
 * A1  Events come in the order of commits, across all shards; each id goes on from its event, so a
 *     client that comes back with its last one is told every change once.
 *
 * The caller must be signed for as in any other request; a browser's EventSource, which sends no
 * header, puts the signature into the query.
 *
 * Memory: a feed lives in its call's arena, and costs about a kilobyte; what it reads it gives back
 * before api_feed_write returns. Threads: the call's own, but for `rung`.
 */
#ifndef STATOR_API_API_FEED_H
#define STATOR_API_API_FEED_H

#include "api/api.h"

struct api_feed;

/* There may be more to write. Any thread; must not wait, nor call the feed. */
typedef void(api_feed_rung_fn)(void *ctx);

/* What a piece is about: more than this ends with the event that makes it so. */
enum { API_FEED_PIECE_BYTES = 64 << 10 };

typedef enum api_feed_state {
    API_FEED_MORE,  /* there may be more at once */
    API_FEED_WAITS, /* nothing until `rung` is called */
    API_FEED_OVER,  /* nothing ever */
} api_feed_state;

/* Be told from now on. Before the first api_feed_write, once. */
void api_feed_watch(struct api_feed *feed, api_feed_rung_fn *rung, void *ctx);

/* Append events to `out`, about API_FEED_PIECE_BYTES of them. */
MUST_USE api_feed_state api_feed_write(struct api_feed *feed, struct buf *out);

/* `rung` is not called any more. */
void api_feed_close(struct api_feed *feed);

#endif
