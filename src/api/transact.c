/* transact.c -- why a transaction was canceled, as a message. */
#include "api/transact.h"

#include "api/reply.h"
#include "base/limits.h"

status transact_cancel(struct call *call, const struct call_reason *reasons, uint32_t count)
{
    struct buf codes;
    buf_init(&codes, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) buf_put_text(&codes, ", ");
        buf_put_text(&codes, reply_reason_code(reasons[i].err->status));
    }
    TRY_PLAIN(call->err, buf_status(&codes));
    call->reasons = reasons;
    call->reason_count = count;
    return FAIL(call->err, ST_TX_CANCELED,
                "Transaction cancelled, please refer cancellation reasons for specific reasons "
                "[%.*s]",
                SPAN_ARG(buf_view(&codes)));
}

struct error *transact_errors(struct call *call, uint32_t count)
{
    struct error *errors = arena_new_array(call->arena, count, struct error);
    for (uint32_t i = 0; errors != NULL && i < count; i++) errors[i] = error_in(call->arena);
    return errors;
}
