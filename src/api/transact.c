/* transact.c -- why a transaction was canceled, as a message, and what one cost that happened. */
#include "api/transact.h"

#include "api/consumed.h"
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

status transact_cancel_writes(struct call *call, const struct engine_many *many)
{
    struct call_reason *reasons = arena_new_array(call->arena, many->count, struct call_reason);
    if (reasons == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < many->count; i++) {
        const struct engine_write *write = &many->writes[i];
        reasons[i].err = write->err;
        reasons[i].misfit = write->misfit;
        if (write->err->status == ST_CONDITION_FAILED && write->has_attributes)
            reasons[i].item = write->returned;
    }
    return transact_cancel(call, reasons, many->count);
}

status transact_cancel_reads(struct call *call, const struct engine_get_many *many)
{
    struct call_reason *reasons = arena_new_array(call->arena, many->count, struct call_reason);
    if (reasons == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < many->count; i++) reasons[i].err = many->gets[i].err;
    return transact_cancel(call, reasons, many->count);
}

/* Half units of reading strongly what once cost `write_units` to write: 4 KB make a read unit, 1 KB
 * a write unit, both rounded up. */
static uint32_t reading_half_units(uint32_t write_units)
{
    return (write_units + 3) / 4 * 2;
}

status transact_reply_consumed(struct call *call, const struct engine_many *many,
                               const struct field_enum *asked)
{
    const bool replayed = many->replayed;
    struct consumed consumed = {.arena = call->arena,
                                .kind = replayed ? CONSUMED_READ : CONSUMED_WRITE};
    for (uint32_t i = 0; i < many->count; i++) {
        const struct engine_write *write = &many->writes[i];
        const uint32_t once =
            replayed ? reading_half_units(write->write_units) : write->write_units * 2;
        consumed_add(&consumed, write->table_name, once * 2);
        if (!replayed)
            consumed_add_indexes(&consumed, write->table_name, write->index_costs,
                                 write->index_cost_count);
    }
    return consumed_reply(call, &consumed, (params_capacity)asked->value);
}
