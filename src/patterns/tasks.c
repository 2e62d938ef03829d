/* tasks.c -- submitting a task once, and working on it one worker at a time.
 *
 *     PENDING --claim--> PROCESSING --finish--> COMPLETED, CANCELLED, …
 *                          |  ^  |
 *                     fail |  |  | fail, for the last time, or left for the last time
 *                          v  |  v
 *                       FAILED   DEAD
 *                     (claim, after a pause)
 *
 * K1  `fence` goes up by 1 with each claim. All that a claim's owner does asks for its number,
 *     so who was too slow changes nothing.
 * K2  A PROCESSING task whose lease is over may be claimed: no worker's end leaves one behind.
 *     Each claim counts as an attempt, so one that ends its workers becomes DEAD as well.
 * K3  The memory of a request has one key for each request, whatever id the task gets, so that
 *     of two that race one is refused. It is written with the task, both or none.
 */
#include "patterns/common.h"
#include "patterns/event_key.h"

enum { ATTEMPTS_USUAL = 5, ROUNDS = 5, BACKOFF_SHIFT_MAX = 20, UPDATES_MAX = 10 };

static const int64_t idem_ttl_usual = STATOR_DAY;
static const int64_t milli = STATOR_SECOND / 1000;

/* ---- submitting */

static stator_val idem_pk(const char *key, char out[EVENT_KEY_PK_LEN])
{
    return stator_sf_(out, EVENT_KEY_PK_LEN, "IDEM#%s", key);
}

/* Was the task made with this payload? A task that is gone cannot say otherwise. */
static stator_rc check_payload(const stator_events *events, const char *id, stator_val payload)
{
    char pk[EVENT_KEY_PK_LEN];
    stator_result *meta = NULL;
    bool is_same = false;
    stator_rc rc =
        common_get(events->db, events->table, event_key_pk(events, id, pk), "META", &meta);
    if (rc == STATOR_NOT_FOUND) return STATOR_OK;
    if (rc == STATOR_OK)
        rc =
            stator_cond_check(stator_eq("payload", payload), stator_result_item(meta, 0), &is_same);
    stator_result_free(meta);
    if (rc != STATOR_OK || is_same) return rc;
    return stator_fail(STATOR_E_IDEMPOTENCY, "the key belongs to a request with another payload");
}

/* Which task did the request of this key make? STATOR_NOT_FOUND: none that is remembered. */
static stator_rc recall(const stator_events *events, const char *key, stator_val payload,
                        char id[STATOR_UUID_LEN])
{
    char pk[EVENT_KEY_PK_LEN];
    stator_result *seen = NULL;
    stator_rc rc =
        common_get(events->db, events->table, idem_pk(key, pk), event_key_kind(events), &seen);
    if (rc != STATOR_OK) return rc;
    const stator_node *item = stator_result_item(seen, 0);
    const char *task = stator_str(item, "task_id");
    const bool is_over = stator_int(item, "ttl", 0) <= common_seconds(events->db, 0);
    if (task != NULL) (void)stator_sf_(id, STATOR_UUID_LEN, "%s", task);
    stator_result_free(seen);
    if (task == NULL || is_over) return STATOR_NOT_FOUND;
    return check_payload(events, id, payload);
}

/* What the three items are made of; texts that literals point to. */
struct submission {
    const stator_events *events;
    const char *key, *id;
    stator_val payload;
    char pk[EVENT_KEY_PK_LEN], idem[EVENT_KEY_PK_LEN], gsi_pk[EVENT_KEY_GSI_LEN];
    char gsi_sk[EVENT_KEY_GSI_LEN], sk[EVENT_KEY_SK_LEN], time[STATOR_TS_LEN];
    int64_t now;
};

static void add_event(const struct submission *s, stator_tx *tx)
{
    const stator_write_opts opts = {
        .size = sizeof opts,
        .value = STATOR_M(
            {"PK", stator_s(s->pk)}, {"SK", stator_s(s->sk)}, {"event_id", stator_s(s->id)},
            {"created_at", stator_s(s->time)},
            {"event", STATOR_M({"type", stator_s("SUBMITTED")}, {"task_id", stator_s(s->id)},
                               {"status", stator_s(STATOR_TASK_PENDING)},
                               {"timestamp", stator_i(s->now / milli)}, {"attempt", stator_i(0)})}),
        .if_not_exists = true,
    };
    (void)stator_tx_put_(tx, s->events->table, &opts);
}

static void add_memory(const struct submission *s, stator_tx *tx)
{
    const int64_t ttl = common_or(s->events->idem_ttl_us, idem_ttl_usual);
    const stator_write_opts opts = {
        .size = sizeof opts,
        .value = STATOR_M({"PK", stator_s(s->idem)}, {"SK", stator_s(event_key_kind(s->events))},
                          {"task_id", stator_s(s->id)}, {"created_at", stator_s(s->time)},
                          {"ttl", stator_i((s->now + ttl) / STATOR_SECOND)}),
        .condition = stator_or(stator_not_exists("PK"),
                               stator_le("ttl", stator_i(s->now / STATOR_SECOND))), /* K3 */
    };
    (void)stator_tx_put_(tx, s->events->table, &opts);
}

static void add_projection(struct submission *s, stator_tx *tx)
{
    const stator_write_opts opts = {
        .size = sizeof opts,
        .value = STATOR_M({"PK", stator_s(s->pk)}, {"SK", stator_s("META")},
                          {"task_id", stator_s(s->id)}, {"status", stator_s(STATOR_TASK_PENDING)},
                          {"payload", s->payload}, {"attempt", stator_i(0)}, {"fence", stator_i(0)},
                          {"created_at", stator_s(s->time)}, {"updated_at", stator_s(s->time)},
                          {"GSI1PK", event_key_status(STATOR_TASK_PENDING, s->gsi_pk)},
                          {"GSI1SK", stator_sf(s->gsi_sk, "CREATED#%s", s->time)}),
        .if_not_exists = true,
    };
    (void)stator_tx_put_(tx, s->events->table, &opts);
}

static stator_rc create(const stator_events *events, const char *key, stator_val payload,
                        char id[STATOR_UUID_LEN])
{
    struct submission s = {
        .events = events,
        .key = key,
        .id = stator_uuid4(events->db, id),
        .payload = payload,
        .now = stator_now(events->db),
    };
    stator_rc rc = event_key_sk(events, 1, s.sk);
    if (rc != STATOR_OK) return rc;
    if (stator_rfc3339_frac(s.time, s.now) == NULL)
        return stator_fail(STATOR_E_INVALID, "the clock is before 1970 or after 9999");
    (void)event_key_pk(events, id, s.pk);
    (void)idem_pk(key, s.idem);
    stator_tx *tx = stator_tx_new(events->db);
    if (tx == NULL) return STATOR_E_NOMEM;
    add_event(&s, tx);
    add_memory(&s, tx);
    add_projection(&s, tx);
    rc = stator_tx_commit(tx, NULL);
    stator_tx_free(tx);
    return rc;
}

stator_rc stator_task_submit(const stator_events *events, const char *idem_key, stator_val payload,
                             char id[STATOR_UUID_LEN], bool *existed)
{
    stator_rc rc = STATOR_OK;
    if (existed != NULL) *existed = false;
    if (!event_key_are_set(events) || idem_key == NULL || id == NULL)
        return common_misuse("stator_task_submit");
    if (strlen(idem_key) + sizeof "IDEM#" > EVENT_KEY_PK_LEN)
        return stator_fail(STATOR_E_INVALID, "the idempotency key is too long");
    for (int round = 0; round < ROUNDS; round++) {
        rc = recall(events, idem_key, payload, id);
        if (rc == STATOR_OK && existed != NULL) *existed = true;
        if (rc != STATOR_NOT_FOUND) return rc;
        rc = create(events, idem_key, payload, id);
        const bool lost =
            rc == STATOR_CONDITION_FAILED || rc == STATOR_E_CONFLICT || rc == STATOR_E_TX_CANCELED;
        if (!lost) return rc;
    }
    return rc;
}

/* ---- the projection of a task that is worked on */

static stator_rc update_meta(const stator_events *events, const char *id,
                             const stator_write_opts *opts)
{
    char pk[EVENT_KEY_PK_LEN];
    return stator_update_item(
        events->db, events->table,
        STATOR_KEY({"PK", event_key_pk(events, id, pk)}, {"SK", stator_s("META")}), opts);
}

static int attempts_max(const stator_events *events)
{
    return events->max_attempts != 0 ? events->max_attempts : ATTEMPTS_USUAL;
}

/* ---- claiming */

/* May it be claimed? The parts stand in the caller's block. */
struct claimable {
    stator_cond waited[2], waits[2], left[3], any[3];
};

static stator_cond is_claimable(const stator_events *events, int64_t now, struct claimable *c)
{
    c->waited[0] = stator_not_exists("not_before");
    c->waited[1] = stator_le("not_before", stator_i(now));
    c->waits[0] = stator_eq("status", stator_s(STATOR_TASK_FAILED));
    c->waits[1] = stator_any(c->waited, ARRAY_COUNT(c->waited));
    c->left[0] = stator_eq("status", stator_s(STATOR_TASK_PROCESSING));
    c->left[1] = stator_lt("lease_expires", stator_i(now));
    c->left[2] = stator_lt("attempt", stator_i(attempts_max(events)));
    c->any[0] = stator_eq("status", stator_s(STATOR_TASK_PENDING));
    c->any[1] = stator_all(c->waits, ARRAY_COUNT(c->waits));
    c->any[2] = stator_all(c->left, ARRAY_COUNT(c->left)); /* K2 */
    return stator_any(c->any, ARRAY_COUNT(c->any));
}

static void read_claim(const stator_node *item, stator_claim *out)
{
    out->fence = stator_int(item, "fence", 0);
    out->expires_us = stator_int(item, "lease_expires", 0);
    out->attempt = (int)stator_int(item, "attempt", 0);
}

/* A task that was left for the last time is dead. Another may have seen it too. */
static stator_rc bury(const stator_events *events, const char *id, int64_t fence)
{
    char gsi[EVENT_KEY_GSI_LEN], time[STATOR_TS_LEN];
    const stator_write_opts opts = {
        .size = sizeof opts,
        .update = stator_updates(
            stator_set("status", stator_s(STATOR_TASK_DEAD)),
            stator_set("error", stator_s("left by its last worker")),
            stator_set("updated_at", stator_s(stator_rfc3339_frac(time, stator_now(events->db)))),
            stator_set("GSI1PK", event_key_status(STATOR_TASK_DEAD, gsi)), stator_remove("GSI2PK"),
            stator_remove("GSI2SK")),
        .condition = stator_and(stator_eq("fence", stator_i(fence)), /* K1 */
                                stator_eq("status", stator_s(STATOR_TASK_PROCESSING)),
                                stator_lt("lease_expires", stator_i(stator_now(events->db)))),
    };
    const stator_rc rc = update_meta(events, id, &opts);
    return rc < 0 ? rc : STATOR_CONDITION_FAILED;
}

/* A claim was refused: it was made before and its reply lost, or the task is to be buried, or there
 * is none, or another one has it. */
static stator_rc refused(const stator_events *events, const char *token, int64_t now,
                         stator_claim *out)
{
    const stator_node *item = stator_error_get()->item;
    if (item == NULL) return STATOR_NOT_FOUND;
    if (common_is(stator_str(item, "claim_token"), token)) {
        read_claim(item, out);
        return STATOR_OK;
    }
    const bool is_left = common_is(stator_str(item, "status"), STATOR_TASK_PROCESSING) &&
                         stator_int(item, "lease_expires", INT64_MAX) < now &&
                         stator_int(item, "attempt", 0) >= attempts_max(events);
    return is_left ? bury(events, out->id, stator_int(item, "fence", 0)) : STATOR_CONDITION_FAILED;
}

static stator_rc claim_task(const stator_events *events, int64_t lease_us, stator_claim *out)
{
    char gsi[EVENT_KEY_GSI_LEN], gsi2[EVENT_KEY_GSI_LEN], pk[EVENT_KEY_PK_LEN];
    char time[STATOR_TS_LEN], token[STATOR_UUID_LEN];
    struct claimable parts;
    stator_result *result = NULL;
    const int64_t now = stator_now(events->db);
    const stator_write_opts opts = {
        .size = sizeof opts,
        .update = stator_updates(
            stator_set("status", stator_s(STATOR_TASK_PROCESSING)),
            stator_set("worker_id", stator_s(out->worker)),
            stator_set("lease_expires", stator_i(now + lease_us)),
            stator_set("claim_token", stator_s(stator_uuid4(events->db, token))),
            stator_set("updated_at", stator_s(stator_rfc3339_frac(time, now))),
            stator_set("GSI1PK", event_key_status(STATOR_TASK_PROCESSING, gsi)),
            stator_set("GSI2PK", stator_sf(gsi2, "WORKER#%s", out->worker)),
            stator_set("GSI2SK", event_key_pk(events, out->id, pk)),
            stator_add("fence", stator_i(1)), stator_add("attempt", stator_i(1))), /* K1 */
        .condition = is_claimable(events, now, &parts),
        .returning = STATOR_ALL_NEW,
        .on_failure = STATOR_ALL_OLD,
        .result = &result,
    };
    const stator_rc rc = update_meta(events, out->id, &opts);
    if (rc == STATOR_CONDITION_FAILED) return refused(events, token, now, out);
    if (rc == STATOR_OK) read_claim(stator_result_item(result, 0), out);
    stator_result_free(result);
    return rc;
}

stator_rc stator_task_claim(const stator_events *events, const char *id, const char *worker,
                            int64_t lease_us, stator_claim *out)
{
    if (!event_key_are_set(events) || id == NULL || worker == NULL || out == NULL || lease_us <= 0)
        return common_misuse("stator_task_claim");
    *out = (stator_claim){.fence = 0};
    if (strlen(id) >= sizeof out->id || strlen(worker) >= sizeof out->worker)
        return stator_fail(STATOR_E_INVALID, "ids of tasks and workers have at most 63 bytes");
    (void)stator_sf(out->id, "%s", id);
    (void)stator_sf(out->worker, "%s", worker);
    return claim_task(events, lease_us, out);
}

/* ---- for who has the claim */

/* Update the task if the claim still is the last one (K1). When `next` is a status and the task has
 * it under this claim, that was done before. */
static stator_rc act(const stator_events *events, const stator_claim *claim, const char *next,
                     const stator_upd *updates, size_t count)
{
    const stator_write_opts opts = {
        .size = sizeof opts,
        .update = stator_upd_all(updates, count),
        .condition = stator_and(stator_eq("fence", stator_i(claim->fence)),
                                stator_eq("status", stator_s(STATOR_TASK_PROCESSING))),
        .on_failure = STATOR_ALL_OLD,
    };
    const stator_rc rc = update_meta(events, claim->id, &opts);
    if (rc != STATOR_CONDITION_FAILED) return rc;
    const stator_node *item = stator_error_get()->item;
    if (item == NULL) return STATOR_NOT_FOUND;
    const bool is_done = next != NULL && stator_int(item, "fence", -1) == claim->fence &&
                         common_is(stator_str(item, "status"), next);
    return is_done ? STATOR_OK : rc;
}

/* Leave the task in another status, with more of the caller's updates. */
static stator_rc leave(const stator_events *events, const stator_claim *claim, const char *next,
                       const stator_upd *more, size_t count)
{
    char gsi[EVENT_KEY_GSI_LEN], time[STATOR_TS_LEN];
    stator_upd updates[UPDATES_MAX];
    size_t n = 0;
    updates[n++] = stator_set("status", stator_s(next));
    updates[n++] =
        stator_set("updated_at", stator_s(stator_rfc3339_frac(time, stator_now(events->db))));
    updates[n++] = stator_set("GSI1PK", event_key_status(next, gsi));
    updates[n++] = stator_remove("lease_expires");
    updates[n++] = stator_remove("GSI2PK");
    updates[n++] = stator_remove("GSI2SK");
    for (size_t i = 0; i < count; i++) updates[n++] = more[i];
    return act(events, claim, next, updates, n);
}

stator_rc stator_task_extend(const stator_events *events, stator_claim *claim, int64_t lease_us)
{
    if (!event_key_are_set(events) || claim == NULL || lease_us <= 0)
        return common_misuse("stator_task_extend");
    const int64_t until = stator_now(events->db) + lease_us;
    const stator_upd update = stator_set("lease_expires", stator_i(until));
    const stator_rc rc = act(events, claim, NULL, &update, 1);
    if (rc == STATOR_OK) claim->expires_us = until;
    return rc;
}

stator_rc stator_task_finish(const stator_events *events, const stator_claim *claim,
                             const char *status)
{
    if (!event_key_are_set(events) || claim == NULL || status == NULL)
        return common_misuse("stator_task_finish");
    return leave(events, claim, status, NULL, 0);
}

/* 2, 4, 8, … seconds and less than one more. */
static int64_t pause_of(const stator_events *events, int attempt)
{
    const int shift = attempt < BACKOFF_SHIFT_MAX ? attempt : BACKOFF_SHIFT_MAX;
    const int64_t jitter = (int64_t)(stator_random(events->db) % (uint64_t)STATOR_SECOND);
    return (STATOR_SECOND << shift) + jitter;
}

stator_rc stator_task_fail(const stator_events *events, const stator_claim *claim,
                           const char *error, bool *dead)
{
    if (dead != NULL) *dead = false;
    if (!event_key_are_set(events) || claim == NULL || claim->attempt < 1)
        return common_misuse("stator_task_fail");
    const bool is_last = claim->attempt >= attempts_max(events);
    const int64_t again = stator_now(events->db) + pause_of(events, claim->attempt);
    const stator_upd more[] = {
        stator_set("error", stator_s(error != NULL ? error : "")),
        stator_set("not_before", is_last ? stator_skip() : stator_i(again)),
    };
    const stator_rc rc = leave(events, claim, is_last ? STATOR_TASK_DEAD : STATOR_TASK_FAILED, more,
                               ARRAY_COUNT(more));
    if (rc == STATOR_OK && dead != NULL) *dead = is_last;
    return rc;
}
