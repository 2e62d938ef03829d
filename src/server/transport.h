/* transport.h -- HTTP exchanges in, api calls through, replies out; lines likewise.
 *
 *     http_options.handler     = transport_handle
 *     http_options.refusal     = transport_refuse
 *     http_options.handler_ctx = &transport
 *
 * GET /health is answered here; everything else is the api's to judge, or that of lines.
 *
 * W2  A call lives in its exchange's arena, from the handler to http_exchange_finish.
 *
 * Threads: a transport is not written after it was filled; any loop may use it.
 */
#ifndef STATOR_SERVER_TRANSPORT_H
#define STATOR_SERVER_TRANSPORT_H

#include "api/api.h"
#include "http/http.h"
#include "lines/lines.h"
#include "os/os.h"
#include "server/server_log.h"
#include "store/store.h"

struct transport {
    struct api *api;
    struct lines lines; /* what is asked where an exchange is a line */
    const struct os *os;
    struct server_log log;
    struct store *store; /* asked why writes fail, when they do; NULL: not asked */
    uint64_t begun_ns;   /* when the process began, for /health */
};

/* An http_handler; ctx is the transport. */
void transport_handle(void *ctx, struct http_exchange *exchange);

/* An http_refusal: DynamoDB's body for a request that is too large; for a line its answer. */
void transport_refuse(void *ctx, struct http_exchange *exchange, int http_status);

#endif
