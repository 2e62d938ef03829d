/* idem.c -- requests that are done once, and answered alike each time.
 *
 *     (none) --begin--> IN_PROGRESS --finish--> COMPLETED --(ttl)--> (none)
 *                          |   ^
 *                  abandon |   | begin, when work_us is over
 *                          v   |
 *                       (none)
 *
 * I1  `token` says which call began. Only it may finish or abandon; a begin that is refused and
 *     finds its own was done before, and its reply was lost.
 */
#include "patterns/common.h"

enum { PK_LEN = 1024, ROUNDS = 3 };

static const int64_t ttl_usual = STATOR_DAY;
static const int64_t work_usual = 5 * STATOR_MINUTE;
static const char in_progress[] = "IN_PROGRESS";
static const char completed[] = "COMPLETED";
static const char sk[] = "IDEM";

static bool are_set(const stator_idem *idem, const char *key)
{
    return idem != NULL && idem->db != NULL && idem->table != NULL && key != NULL;
}

static stator_val pk_of(const char *key, char out[PK_LEN])
{
    return stator_sf_(out, PK_LEN, "IDEM#%s", key);
}

/* Write the record, unless one is there that counts. */
static stator_rc put(const stator_idem *idem, const char *key, const char *hash, const char *token)
{
    char pk[PK_LEN];
    const int64_t now = stator_now(idem->db);
    const int64_t ttl = now + common_or(idem->ttl_us, ttl_usual);
    const stator_write_opts opts = {
        .size = sizeof opts,
        .value = STATOR_M({"PK", pk_of(key, pk)}, {"SK", stator_s(sk)},
                          {"status", stator_s(in_progress)}, {"request_hash", stator_s(hash)},
                          {"token", stator_s(token)},
                          {"work_expires", stator_i(now + common_or(idem->work_us, work_usual))},
                          {"ttl", stator_i(ttl / STATOR_SECOND)}),
        .condition =
            stator_or(stator_not_exists("PK"), stator_le("ttl", stator_i(now / STATOR_SECOND)),
                      stator_and(stator_eq("status", stator_s(in_progress)),
                                 stator_eq("request_hash", stator_s(hash)),
                                 stator_le("work_expires", stator_i(now)))),
    };
    return stator_put_item(idem->db, idem->table, &opts);
}

/* What does the record that refused say? STATOR_NOT_FOUND: it is gone meanwhile. */
static stator_rc judge(const stator_node *record, const char *hash, const char *token,
                       stator_doc **response)
{
    if (common_is(stator_str(record, "token"), token)) return STATOR_OK; /* I1 */
    if (!common_is(stator_str(record, "request_hash"), hash))
        return stator_fail(STATOR_E_IDEMPOTENCY, "the key belongs to another request");
    if (!common_is(stator_str(record, "status"), completed)) return STATOR_CONDITION_FAILED;
    if (response == NULL) return STATOR_DONE;
    *response = stator_doc_copy(record);
    return *response != NULL ? STATOR_DONE : STATOR_E_NOMEM;
}

static stator_rc look(const stator_idem *idem, const char *key, const char *hash, const char *token,
                      stator_doc **response)
{
    char pk[PK_LEN];
    stator_result *result = NULL;
    stator_rc rc = common_get(idem->db, idem->table, pk_of(key, pk), sk, &result);
    if (rc == STATOR_OK) rc = judge(stator_result_item(result, 0), hash, token, response);
    stator_result_free(result);
    return rc;
}

stator_rc stator_idem_begin(const stator_idem *idem, const char *key, const char *request_hash,
                            char token[STATOR_UUID_LEN], stator_doc **response)
{
    stator_rc rc = STATOR_OK;
    if (response != NULL) *response = NULL;
    if (!are_set(idem, key) || request_hash == NULL || token == NULL)
        return common_misuse("stator_idem_begin");
    (void)stator_uuid4(idem->db, token);
    for (int round = 0; round < ROUNDS; round++) {
        rc = put(idem, key, request_hash, token);
        if (rc != STATOR_CONDITION_FAILED) return rc;
        rc = look(idem, key, request_hash, token, response);
        if (rc != STATOR_NOT_FOUND) return rc;
    }
    return STATOR_CONDITION_FAILED;
}

stator_rc stator_idem_finish(const stator_idem *idem, const char *key, const char *token,
                             stator_val response)
{
    char pk[PK_LEN];
    if (!are_set(idem, key) || token == NULL) return common_misuse("stator_idem_finish");
    const int64_t ttl = stator_now(idem->db) + common_or(idem->ttl_us, ttl_usual);
    const stator_write_opts opts = {
        .size = sizeof opts,
        .update = stator_updates(
            stator_set("status", stator_s(completed)), stator_set("response", response),
            stator_set("ttl", stator_i(ttl / STATOR_SECOND)), stator_remove("work_expires")),
        .condition = stator_eq("token", stator_s(token)), /* I1 */
    };
    return stator_update_item(idem->db, idem->table,
                              STATOR_KEY({"PK", pk_of(key, pk)}, {"SK", stator_s(sk)}), &opts);
}

stator_rc stator_idem_abandon(const stator_idem *idem, const char *key, const char *token)
{
    char pk[PK_LEN];
    if (!are_set(idem, key) || token == NULL) return common_misuse("stator_idem_abandon");
    const stator_write_opts opts = {
        .size = sizeof opts,
        .value = STATOR_KEY({"PK", pk_of(key, pk)}, {"SK", stator_s(sk)}),
        .condition = stator_and(stator_eq("token", stator_s(token)),
                                stator_eq("status", stator_s(in_progress))),
        .on_failure = STATOR_ALL_OLD,
    };
    const stator_rc rc = stator_delete_item(idem->db, idem->table, &opts);
    const bool is_gone = rc == STATOR_CONDITION_FAILED && common_refusal() == STATOR_NOT_FOUND;
    return is_gone ? STATOR_OK : rc;
}
