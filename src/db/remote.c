/* remote.c -- a database elsewhere: requests as JSON over HTTP, by the client room.
 *
 * The client signs, sends, and tries again where that helps and does no harm; here values become
 * JSON and JSON becomes values (api/api_text.h).
 */
#include "api/api_text.h"
#include "base/limits.h"
#include "db/carriers.h"

struct remote {
    struct carrier carrier; /* its first member */
    struct client *client;
};

enum { US_PER_MS = 1000 };

/* ---- one call */

/* Microseconds as milliseconds, and something where there was something. */
static uint32_t ms_of(uint64_t us)
{
    const uint64_t ms = us / US_PER_MS + (us % US_PER_MS != 0 ? 1 : 0);
    return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

static status make_body(const struct carry *carry, struct buf *body, struct error *err)
{
    if (carry->request.type == VALUE_NONE) {
        buf_put(body, carry->body);
    } else {
        api_text_request(carry->operation, carry->request, body);
    }
    TRY_PLAIN(err, buf_status(body));
    return ST_OK;
}

static status send(struct remote *remote, struct carry *carry, struct span body, struct buf *reply,
                   struct error *err)
{
    const struct client_request request = {
        .operation = carry->operation,
        .body = body,
        .retry = carry->retry,
        .timeout_ms = ms_of(carry->timeout_us),
        .may_repeat = carry->may_repeat,
        .explanation = carry->explanation,
        .on_retry = carry->on_retry,
        .ctx = carry->ctx,
    };
    const status st = client_call(remote->client, &request, reply, &carry->report);
    const bool is_error = st != ST_OK && carry->report.code.len > 0;
    const bool is_wanted = is_error || (st == ST_OK && carry->reply == NULL);
    if (!is_wanted) return ST_OK;
    const status read =
        api_text_reply(carry->operation, buf_view(reply), carry->arena, &carry->answer, err);
    if (read != ST_OK) carry->report.is_uncertain = true; /* the reply says nothing of it */
    return read;
}

static status exchange(struct remote *remote, struct carry *carry, struct error *err)
{
    struct buf body;
    struct buf own;
    buf_init(&body, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    buf_init(&own, mem_heap(), LIMIT_HTTP_REPLY_BYTES);
    status st = make_body(carry, &body, err);
    if (st == ST_OK)
        st = send(remote, carry, buf_view(&body), carry->reply != NULL ? carry->reply : &own, err);
    buf_deinit(&own);
    buf_deinit(&body);
    return st;
}

static void remote_call(struct carrier *carrier, struct carry *carry)
{
    struct error err = error_in(carry->arena);
    const status st = exchange((struct remote *)carrier, carry, &err);
    if (st == ST_OK) return;
    carry->report.status = st;
    carry->report.code = (struct span){0};
    carry->report.message = error_text(&err);
}

static void remote_cancel(struct carrier *carrier)
{
    client_cancel(((struct remote *)carrier)->client);
}

static void remote_close(struct carrier *carrier)
{
    struct remote *remote = (struct remote *)carrier;
    client_close(remote->client);
    mem_free(mem_heap(), remote, sizeof *remote);
}

/* ---- opening */

static const struct carrier_kind kind = {
    .tries_again = true,
    .call = remote_call,
    .cancel = remote_cancel,
    .close = remote_close,
};

status carriers_open_remote(const char *uri, const stator_options *options,
                            const struct hooked *hooked, struct carrier **out, struct error *err)
{
    struct remote *remote = mem_new(mem_heap(), sizeof *remote);
    if (remote == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    remote->carrier.kind = &kind;
    const struct client_options client = {
        .mem = mem_heap(),
        .os = &hooked->pausing,
        .endpoint = uri,
        .region = options->region,
        .access_key = options->access_key,
        .secret_key = options->secret_key,
        .session_token = options->session_token,
        .profile = options->profile,
        .ca_file = options->ca_file,
        .idle_max = options->pool_size > 0 ? (unsigned)options->pool_size : 0,
        .connect_timeout_ms =
            ms_of(options->connect_timeout_us > 0 ? (uint64_t)options->connect_timeout_us : 0),
    };
    const status st = client_open(&client, &remote->client, err);
    if (st == ST_OK) {
        *out = &remote->carrier;
    } else {
        remote_close(&remote->carrier);
    }
    return st;
}
