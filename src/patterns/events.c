/* events.c -- appending events, reading them, and moving what is projected from them.
 *
 * E1  An event's key is its number: a second one of a number is refused, whoever writes it.
 * E2  event_id says which call wrote an event. A refused append that finds its own was done
 *     before.
 * E3  A projection's GSI1PK follows its status in the same update.
 * E4  move_token says which call moved a status. A refused move that finds its own was done before.
 */
#include "patterns/common.h"
#include "patterns/event_key.h"

enum { APPEND_ATTRS = 5, APPEND_ACTION = 1 }; /* the action after the check of the one before */

/* ---- appending */

/* An append under way, and the texts of its keys. */
struct append {
    const stator_events *events;
    char pk[EVENT_KEY_PK_LEN], sk[EVENT_KEY_SK_LEN], before[EVENT_KEY_SK_LEN];
    char time[STATOR_TS_LEN], own_id[STATOR_UUID_LEN];
    const char *event_id;
    stator_attr attrs[APPEND_ATTRS];
    stator_write_opts put;
};

static void prepare(struct append *append, const char *id, stator_val event, const char *event_id)
{
    const stator_events *events = append->events;
    append->event_id = event_id != NULL ? event_id : stator_uuid4(events->db, append->own_id);
    const char *time = stator_rfc3339_frac(append->time, stator_now(events->db));
    append->attrs[0] = (stator_attr){"PK", event_key_pk(events, id, append->pk)};
    append->attrs[1] = (stator_attr){"SK", stator_s(append->sk)};
    append->attrs[2] = (stator_attr){"event", event};
    append->attrs[3] = (stator_attr){"event_id", stator_s(append->event_id)};
    append->attrs[4] = (stator_attr){"created_at", stator_s(time)};
    append->put = (stator_write_opts){
        .size = sizeof append->put,
        .value = stator_map(append->attrs, ARRAY_COUNT(append->attrs)),
        .if_not_exists = true,
        .on_failure = STATOR_ALL_OLD,
    };
}

static bool is_own(const struct append *append, const stator_node *stored)
{
    return common_is(stator_str(stored, "event_id"), append->event_id); /* E2 */
}

static stator_rc append_any(const struct append *append)
{
    const stator_events *events = append->events;
    const stator_rc rc = stator_put_item(events->db, events->table, &append->put);
    const bool is_done = rc == STATOR_CONDITION_FAILED && is_own(append, stator_error_get()->item);
    return is_done ? STATOR_OK : rc;
}

static stator_rc append_next(const struct append *append)
{
    const stator_events *events = append->events;
    const stator_cancel_reason *reasons = NULL;
    stator_tx *tx = stator_tx_new(events->db);
    if (tx == NULL) return STATOR_E_NOMEM;
    const stator_write_opts check = {
        .size = sizeof check,
        .value = STATOR_KEY({"PK", stator_s(append->pk)}, {"SK", stator_s(append->before)}),
        .if_exists = true,
    };
    (void)stator_tx_check_(tx, events->table, &check);
    (void)stator_tx_put_(tx, events->table, &append->put);
    stator_rc rc = stator_tx_commit(tx, NULL);
    if (rc == STATOR_CONDITION_FAILED && stator_tx_reasons(tx, &reasons) > APPEND_ACTION &&
        is_own(append, reasons[APPEND_ACTION].item))
        rc = STATOR_OK;
    stator_tx_free(tx);
    return rc;
}

stator_rc stator_events_append(const stator_events *events, const char *id, uint32_t seq,
                               stator_val event, const char *event_id)
{
    struct append append = {.events = events};
    if (!event_key_are_set(events) || id == NULL) return common_misuse("stator_events_append");
    stator_rc rc = event_key_sk(events, seq, append.sk);
    if (rc != STATOR_OK) return rc;
    prepare(&append, id, event, event_id);
    if (!events->strict || seq == 1) return append_any(&append);
    rc = event_key_sk(events, seq - 1, append.before);
    return rc == STATOR_OK ? append_next(&append) : rc;
}

/* ---- reading */

/* The keys of one entity's events from a number on; texts of the caller's. */
struct events_from {
    char pk[EVENT_KEY_PK_LEN], first[EVENT_KEY_SK_LEN], last[EVENT_KEY_SK_LEN];
    stator_cond both[2];
};

static stator_rc select_from(const stator_events *events, const char *id, uint32_t seq,
                             struct events_from *from, stator_cond *out)
{
    stator_rc rc = event_key_sk(events, seq != 0 ? seq : 1, from->first);
    if (rc == STATOR_OK) rc = event_key_sk(events, event_key_seq_max(events), from->last);
    if (rc != STATOR_OK) return rc;
    from->both[0] = stator_eq("PK", event_key_pk(events, id, from->pk));
    from->both[1] = stator_between("SK", stator_s(from->first), stator_s(from->last));
    *out = stator_all(from->both, ARRAY_COUNT(from->both));
    return STATOR_OK;
}

stator_rc stator_events_read(const stator_events *events, const char *id, uint32_t from_seq,
                             stator_pager **out)
{
    struct events_from from;
    stator_query_opts opts = {.size = sizeof opts, .consistent = true};
    if (out == NULL) return common_misuse("stator_events_read");
    *out = NULL;
    if (!event_key_are_set(events) || id == NULL) return common_misuse("stator_events_read");
    const stator_rc rc = select_from(events, id, from_seq, &from, &opts.key);
    return rc == STATOR_OK ? stator_pager_query(events->db, events->table, out, &opts) : rc;
}

stator_rc stator_events_next(stator_pager *pager, stator_logged *out)
{
    const stator_node *item = NULL;
    if (out == NULL) return common_misuse("stator_events_next");
    *out = (stator_logged){.seq = 0};
    const stator_rc rc = stator_next(pager, &item);
    if (rc != STATOR_OK) return rc;
    *out = (stator_logged){
        .seq = event_key_seq(stator_str(item, "SK")),
        .event_id = stator_str(item, "event_id"),
        .event = stator_at(item, "event"),
    };
    return STATOR_OK;
}

stator_rc stator_events_next_seq(const stator_events *events, const char *id, uint32_t *seq)
{
    struct events_from from;
    stator_result *last = NULL;
    stator_query_opts opts = {
        .size = sizeof opts,
        .select = "SK",
        .consistent = true,
        .descending = true,
        .limit = 1,
    };
    if (!event_key_are_set(events) || id == NULL || seq == NULL)
        return common_misuse("stator_events_next_seq");
    stator_rc rc = select_from(events, id, 1, &from, &opts.key);
    if (rc == STATOR_OK) rc = stator_query_page(events->db, events->table, &last, &opts);
    if (rc == STATOR_OK) *seq = event_key_seq(stator_str(stator_result_item(last, 0), "SK")) + 1;
    stator_result_free(last);
    return rc;
}

/* ---- the projection's status */

static void tell(stator_conflict *why, const char *expected)
{
    const stator_node *item = stator_error_get()->item;
    const char *actual = stator_str(item, "status");
    if (why == NULL) return;
    *why = (stator_conflict){.missing = item == NULL};
    (void)stator_sf(why->expected, "%s", expected);
    (void)stator_sf(why->actual, "%s", actual != NULL ? actual : "");
}

/* A move was refused: it was made before (E4), or there is nothing to move, or it is elsewhere. */
static stator_rc refused(const char *token, const char *expected, stator_conflict *why)
{
    if (common_is(stator_str(stator_error_get()->item, "move_token"), token)) return STATOR_OK;
    tell(why, expected);
    return common_refusal();
}

stator_rc stator_status_move(const stator_events *events, const char *id, const char *expected,
                             const char *next, stator_conflict *why)
{
    char pk[EVENT_KEY_PK_LEN], gsi[EVENT_KEY_GSI_LEN], time[STATOR_TS_LEN], token[STATOR_UUID_LEN];
    if (why != NULL) *why = (stator_conflict){.missing = false};
    if (!event_key_are_set(events) || id == NULL || expected == NULL || next == NULL)
        return common_misuse("stator_status_move");
    const stator_write_opts opts = {
        .size = sizeof opts,
        .update = stator_updates(
            stator_set("status", stator_s(next)),
            stator_set("move_token", stator_s(stator_uuid4(events->db, token))),
            stator_set("updated_at", stator_s(stator_rfc3339_frac(time, stator_now(events->db)))),
            stator_set("GSI1PK", event_key_status(next, gsi))), /* E3 */
        .condition = stator_eq("status", stator_s(expected)),
        .on_failure = STATOR_ALL_OLD,
    };
    const stator_rc rc = stator_update_item(
        events->db, events->table,
        STATOR_KEY({"PK", event_key_pk(events, id, pk)}, {"SK", stator_s("META")}), &opts);
    return rc == STATOR_CONDITION_FAILED ? refused(token, expected, why) : rc;
}
