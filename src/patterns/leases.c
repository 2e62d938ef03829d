/* leases.c -- one holder at a time, for a time.
 *
 * L1  An item without a holder stays, with lease_expires_at 0, so that `fence` goes on from
 *     where it was; and where time to live removed it, it begins with the time in microseconds,
 *     which is ahead of any number that it had.
 * L2  lease_token says whose it is. Refreshing and giving back ask for it; an acquire that is
 *     refused and finds its own was done before, and its reply was lost.
 */
#include "patterns/common.h"

enum { AN_HOUR_S = 3600 };

static const char sk[] = "LOCK";

static stator_rc update(stator *db, const char *table, const char *pk,
                        const stator_write_opts *opts)
{
    return stator_update_item(db, table, STATOR_KEY({"PK", stator_s(pk)}, {"SK", stator_s(sk)}),
                              opts);
}

static bool is_set(const stator *db, const char *table, const stator_lease *lease)
{
    return db != NULL && table != NULL && lease != NULL;
}

/* What the item that refused an acquire says (L2). */
static stator_rc refused(stator_lease *out)
{
    const stator_node *item = stator_error_get()->item;
    out->expires_s = stator_int(item, "lease_expires_at", 0);
    if (common_is(stator_str(item, "lease_token"), out->token)) {
        out->fence = stator_int(item, "fence", 0);
        return STATOR_OK;
    }
    out->token[0] = '\0';
    return STATOR_CONDITION_FAILED;
}

static stator_rc acquire(stator *db, const char *table, int64_t seconds, stator_lease *out)
{
    stator_result *result = NULL;
    const int64_t now_us = stator_now(db);
    const int64_t now_s = now_us / STATOR_SECOND;
    const stator_write_opts opts = {
        .size = sizeof opts,
        .update =
            stator_upd_expr("SET lease_token = ?, lease_expires_at = ?, ttl = ?, "
                            "fence = if_not_exists(fence, ?) + ?", /* L1 */
                            stator_s(out->token), stator_i(now_s + seconds),
                            stator_i(now_s + seconds + AN_HOUR_S), stator_i(now_us), stator_i(1)),
        .condition = stator_or(stator_not_exists("lease_expires_at"),
                               stator_le("lease_expires_at", stator_i(now_s))),
        .returning = STATOR_ALL_NEW,
        .on_failure = STATOR_ALL_OLD,
        .result = &result,
    };
    const stator_rc rc = update(db, table, out->pk, &opts);
    if (rc == STATOR_CONDITION_FAILED) return refused(out);
    out->expires_s = now_s + seconds;
    out->fence = stator_int(stator_result_item(result, 0), "fence", 0);
    stator_result_free(result);
    return rc;
}

stator_rc stator_lease_acquire(stator *db, const char *table, const char *pk, int64_t seconds,
                               stator_lease *out)
{
    if (!is_set(db, table, out) || pk == NULL || seconds <= 0)
        return common_misuse("stator_lease_acquire");
    *out = (stator_lease){.expires_s = 0};
    if (strlen(pk) >= sizeof out->pk)
        return stator_fail(STATOR_E_INVALID, "the key of a lease has at most 511 bytes");
    (void)stator_sf(out->pk, "%s", pk);
    (void)stator_uuid4(db, out->token);
    return acquire(db, table, seconds, out);
}

stator_rc stator_lease_refresh(stator *db, const char *table, stator_lease *lease, int64_t seconds)
{
    if (!is_set(db, table, lease) || seconds <= 0) return common_misuse("stator_lease_refresh");
    const int64_t now_s = common_seconds(db, 0);
    const stator_write_opts opts = {
        .size = sizeof opts,
        .update = stator_updates(stator_set("lease_expires_at", stator_i(now_s + seconds)),
                                 stator_set("ttl", stator_i(now_s + seconds + AN_HOUR_S))),
        .condition = stator_and(stator_eq("lease_token", stator_s(lease->token)),
                                stator_gt("lease_expires_at", stator_i(now_s))),
    };
    const stator_rc rc = update(db, table, lease->pk, &opts);
    if (rc == STATOR_OK) lease->expires_s = now_s + seconds;
    return rc;
}

/* Does the item that refused say that this lease was given back, and that nobody came after? */
static bool is_released(const stator_lease *lease)
{
    const stator_node *item = stator_error_get()->item;
    return stator_int(item, "fence", 0) == lease->fence &&
           stator_int(item, "lease_expires_at", -1) == 0;
}

stator_rc stator_lease_release(stator *db, const char *table, const stator_lease *lease)
{
    if (!is_set(db, table, lease)) return common_misuse("stator_lease_release");
    const stator_write_opts opts = {
        .size = sizeof opts,
        .update = stator_updates(stator_set("lease_expires_at", stator_i(0)),
                                 stator_remove("lease_token")),
        .condition = stator_eq("lease_token", stator_s(lease->token)),
        .on_failure = STATOR_ALL_OLD,
    };
    const stator_rc rc = update(db, table, lease->pk, &opts);
    return rc == STATOR_CONDITION_FAILED && is_released(lease) ? STATOR_OK : rc;
}
