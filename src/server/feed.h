/* feed.h -- a feed of the api over HTTP: pieces go out as there is room, and as there is something.
 *
 *            rung, or room                     client gone, server stops,
 *     begin -------------> write, push … wait  or nothing more to come     -> end
 *
 * D1  A feed is finished when nobody is about to resume it: after the watch has ended, and after
 *     the resume that it may have asked for.
 * D2  A feed has one thread at a time, its loop's; others only ring.
 *
 * Memory: a feed lives in its exchange's arena, next to the call that opened it.
 */
#ifndef STATOR_SERVER_FEED_H
#define STATOR_SERVER_FEED_H

#include "api/api.h"
#include "http/http.h"

/* Answer with the feed that `call`, in the arena of `exchange`, has opened. Consumes both. */
void feed_begin(struct api_call *call, struct http_exchange *exchange);

#endif
