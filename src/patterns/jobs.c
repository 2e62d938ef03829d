/* jobs.c -- jobs that run once, and again when it makes sense.
 *
 * An insert is one put under a condition of parts joined by `or`, each a reason to put the job in
 * the place of what is stored:
 *
 *     1  nothing is stored, or it is expired
 *     2  the job failed                            status begins with JF
 *     3  it runs elsewhere, and now returns        status begins with JRA, inbound JQA
 *     4  it passed, long ago                       JP, created before rerun_after
 *     5  it may be repeated                        allowRepeat = true
 *     6  it is very old, whatever became of it     created before force_after
 *
 * Codes are told apart by prefix: none of JF, JP and JRA begins another. JR and JQ do, so they are
 * asked for with the # that ends them. An expired item counts as none even where the service has
 * not deleted it yet.
 *
 * J1  `fence` of an item never goes back: an insert begins it with the time, a claim adds 1.
 * J2  `token` says which call wrote the item. A refused insert or claim that finds its own was
 *     done before, and its reply was lost.
 */
#include <stdio.h>

#include "patterns/common.h"

enum { STATUS_BYTES = 64, KEY_PARTS = 3, KEY_BYTES_MAX = STATOR_JOB_KEY_LEN - 1, UPDATES_MAX = 12 };

static const int64_t rerun_after_usual = 12 * STATOR_HOUR;
static const int64_t force_after_usual = 2 * STATOR_DAY;
static const int64_t ttl_usual = 7 * STATOR_DAY;
static const int64_t note_ttl = 90 * STATOR_DAY;
static const char key_begin[] = "#job#";

static bool are_set(const stator_jobs *jobs)
{
    return jobs != NULL && jobs->db != NULL && jobs->table != NULL && jobs->tenant != NULL &&
           jobs->tenant[0] != '\0';
}

static bool is_code(const char *code)
{
    static const char *const codes[] = {
        STATOR_JOB_QUEUED,          STATOR_JOB_RUNNING, STATOR_JOB_ASYNC_RUNNING,
        STATOR_JOB_ASYNC_RETURNING, STATOR_JOB_FAIL,    STATOR_JOB_PASS,
    };
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++)
        if (common_is(code, codes[i])) return true;
    return false;
}

stator_rc stator_ensure_jobs_table(stator *db, const char *table)
{
    const stator_table_spec spec = {
        .size = sizeof spec,
        .name = table,
        .key = "username:S, key:S",
        .ttl = "ttl",
    };
    if (db == NULL || table == NULL) return common_misuse("stator_ensure_jobs_table");
    return stator_ensure_table_(db, &spec);
}

/* ---- keys */

/* The longest start of `text` of at most `max` bytes that does not end within a character. */
static size_t cut(const char *text, size_t max)
{
    size_t len = strlen(text);
    if (len <= max) return len;
    for (len = max; len > 0 && ((unsigned char)text[len] & 0xC0U) == 0x80U;) len--;
    return len;
}

char *stator_job_key(char out[STATOR_JOB_KEY_LEN], const char *dns, const char *target,
                     const char *capability)
{
    if (out == NULL) return NULL;
    out[0] = '\0';
    if (dns == NULL || target == NULL || capability == NULL) return NULL;
    const size_t fixed = strlen(key_begin) + strlen(target) + strlen(capability) + 2;
    if (fixed >= KEY_BYTES_MAX) return NULL;
    const size_t dns_bytes = cut(dns, KEY_BYTES_MAX - fixed);
    (void)snprintf(out, STATOR_JOB_KEY_LEN, "%s%.*s#%s#%s", key_begin, (int)dns_bytes, dns, target,
                   capability);
    return out;
}

/* What stands behind the last # of a job's key; NULL: the key is of another form. */
static const char *capability_of(const char *key)
{
    size_t marks = 0;
    if (strncmp(key, key_begin, strlen(key_begin)) != 0) return NULL;
    for (const char *at = key + strlen(key_begin); *at != '\0'; at++) marks += *at == '#';
    return marks >= KEY_PARTS - 1 ? strrchr(key, '#') + 1 : NULL;
}

/* "<capability>#<time>" into `out`, or nothing that is written. */
static stator_val source_of(const char *key, const char *time, char *out, size_t size)
{
    const char *capability = capability_of(key);
    return capability != NULL ? stator_sf_(out, size, "%s#%s", capability, time) : stator_skip();
}

/* ---- inserting */

/* The condition's texts, which its literals point to. */
struct thresholds {
    char rerun[STATOR_TS_LEN], force[STATOR_TS_LEN];
    int64_t now_s;
};

static struct thresholds thresholds_of(const stator_jobs *jobs, int64_t now)
{
    struct thresholds at = {.now_s = now / STATOR_SECOND};
    (void)stator_rfc3339(at.rerun, now - common_or(jobs->rerun_after_us, rerun_after_usual));
    (void)stator_rfc3339(at.force, now - common_or(jobs->force_after_us, force_after_usual));
    return at;
}

/* Reason 3. The prefix of no code never matches. */
static stator_cond is_returning(const char *inbound)
{
    const bool returns = common_is(inbound, STATOR_JOB_ASYNC_RETURNING);
    return returns ? stator_begins_with("status", stator_s(STATOR_JOB_ASYNC_RUNNING))
                   : stator_never();
}

static stator_rc put(const stator_jobs *jobs, const stator_doc *job, const char *code)
{
    const struct thresholds at = thresholds_of(jobs, stator_now(jobs->db));
    stator_write_opts opts = {
        .size = sizeof opts,
        .value = stator_doc_val(job),
        .on_failure = STATOR_ALL_OLD,
    };
    opts.condition = stator_or(
        stator_not_exists("key"), stator_le("ttl", stator_i(at.now_s)),
        stator_begins_with("status", stator_s(STATOR_JOB_FAIL)), is_returning(code),
        stator_and(stator_begins_with("status", stator_s(STATOR_JOB_PASS)),
                   stator_lt("created", stator_s(at.rerun))),
        stator_eq("allowRepeat", stator_bool(true)), stator_lt("created", stator_s(at.force)));
    return stator_put_item(jobs->db, jobs->table, &opts);
}

/* The code of "<code>#…"; JQ when there is no status. "": it is too long for one. */
static void code_of(const stator_node *job, char out[STATUS_BYTES])
{
    const char *text = stator_str(job, "status");
    if (text == NULL) text = STATOR_JOB_QUEUED;
    const size_t len = strcspn(text, "#");
    out[0] = '\0';
    if (len < STATUS_BYTES) (void)snprintf(out, STATUS_BYTES, "%.*s", (int)len, text);
}

/* Set what the table needs of every job. */
static stator_rc stamp(const stator_jobs *jobs, stator_doc *job, const char *code,
                       const char *token)
{
    char time[STATOR_TS_LEN], status[STATUS_BYTES], source[STATOR_JOB_KEY_LEN + STATOR_TS_LEN];
    const stator_node *node = stator_doc_node(job);
    const int64_t now = stator_now(jobs->db);
    const char *given = stator_str(node, "status");
    const char *key = stator_str(node, "key");
    if (stator_rfc3339(time, now) == NULL)
        return stator_fail(STATOR_E_INVALID, "the clock is before 1970 or after 9999");
    const bool is_whole = given != NULL && strchr(given, '#') != NULL;
    return stator_doc_update(
        job,
        stator_updates(
            stator_set("username", stator_s(jobs->tenant)),
            stator_set("status", is_whole ? stator_skip() : stator_sf(status, "%s#%s", code, time)),
            stator_set_default("created", stator_s(time)), stator_set("updated", stator_s(time)),
            stator_set("source", source_of(key, time, source, sizeof source)),
            stator_set("ttl", stator_i((now + common_or(jobs->ttl_us, ttl_usual)) / STATOR_SECOND)),
            stator_set("fence", stator_i(now)), stator_set("token", stator_s(token))));
}

static stator_rc insert(const stator_jobs *jobs, stator_doc *job)
{
    char code[STATUS_BYTES], token[STATOR_UUID_LEN];
    code_of(stator_doc_node(job), code);
    if (stator_str(stator_doc_node(job), "key") == NULL)
        return stator_fail(STATOR_E_INVALID, "a job needs a \"key\" that is a string");
    if (!is_code(code))
        return stator_fail(STATOR_E_INVALID, "\"%s\" is no status code of jobs", code);
    stator_rc rc = stamp(jobs, job, code, stator_uuid4(jobs->db, token));
    if (rc == STATOR_OK) rc = put(jobs, job, code);
    const bool is_ours = rc == STATOR_CONDITION_FAILED &&
                         common_is(stator_str(stator_error_get()->item, "token"), token);
    return is_ours ? STATOR_OK : rc; /* J2 */
}

stator_rc stator_jobs_insert(const stator_jobs *jobs, const stator_doc *job)
{
    if (!are_set(jobs) || job == NULL) return common_misuse("stator_jobs_insert");
    stator_doc *stamped = stator_doc_copy(stator_doc_node(job));
    if (stamped == NULL) return STATOR_E_NOMEM;
    const stator_rc rc = insert(jobs, stamped);
    stator_doc_free(stamped);
    return rc;
}

/* ---- moving to another status */

/* What goes with a code, beside what goes with all. */
static size_t side_effects(const char *code, stator_val time, stator_upd *out)
{
    const bool is_queued = common_is(code, STATOR_JOB_QUEUED);
    const bool is_begun =
        common_is(code, STATOR_JOB_RUNNING) || common_is(code, STATOR_JOB_ASYNC_RUNNING);
    const bool is_over = common_is(code, STATOR_JOB_FAIL) || common_is(code, STATOR_JOB_PASS);
    size_t count = 0;
    if (is_queued) {
        out[count++] = stator_remove("started");
        out[count++] = stator_remove("finished");
    }
    if (is_begun) out[count++] = stator_set_default("started", time);
    if (is_over) out[count++] = stator_set_default("finished", time);
    if (!common_is(code, STATOR_JOB_RUNNING)) {
        out[count++] = stator_remove("worker");
        out[count++] = stator_remove("lease_expires");
    }
    return count;
}

/* A status move: what is asked, and what else is set. */
struct move {
    const char *key, *code;
    const char *token; /* of a claim; or NULL */
    stator_cond condition;
    stator_upd more[UPDATES_MAX / 2];
    size_t more_count;
};

/* A move was refused: it was made before (J2), or there is no such job, or it may not be made. */
static stator_rc refused(const struct move *move, stator_doc **out)
{
    const stator_node *item = stator_error_get()->item;
    const bool is_own = move->token != NULL && common_is(stator_str(item, "token"), move->token);
    if (!is_own || out == NULL) return common_refusal();
    *out = stator_doc_copy(item);
    return *out != NULL ? STATOR_OK : STATOR_E_NOMEM;
}

static stator_rc move_job(const stator_jobs *jobs, const struct move *move, stator_doc **out)
{
    char time[STATOR_TS_LEN], status[STATUS_BYTES], source[STATOR_JOB_KEY_LEN + STATOR_TS_LEN];
    stator_upd updates[UPDATES_MAX];
    stator_result *result = NULL;
    const int64_t now = stator_now(jobs->db);
    const stator_val at = stator_s(stator_rfc3339(time, now));
    size_t count = side_effects(move->code, at, updates);
    updates[count++] = stator_set("status", stator_sf(status, "%s#%s", move->code, time));
    updates[count++] = stator_set("updated", at);
    updates[count++] = stator_set("source", source_of(move->key, time, source, sizeof source));
    updates[count++] =
        stator_set("ttl", stator_i((now + common_or(jobs->ttl_us, ttl_usual)) / STATOR_SECOND));
    for (size_t i = 0; i < move->more_count; i++) updates[count++] = move->more[i];
    const stator_write_opts opts = {
        .size = sizeof opts,
        .update = stator_upd_all(updates, count),
        .condition = move->condition,
        .if_exists = true,
        .returning = out != NULL ? STATOR_ALL_NEW : STATOR_RET_NONE,
        .on_failure = STATOR_ALL_OLD,
        .result = out != NULL ? &result : NULL,
    };
    const stator_rc rc = stator_update_item(
        jobs->db, jobs->table,
        STATOR_KEY({"username", stator_s(jobs->tenant)}, {"key", stator_s(move->key)}), &opts);
    if (rc == STATOR_CONDITION_FAILED) return refused(move, out);
    if (rc == STATOR_OK && out != NULL) return common_take(result, out);
    stator_result_free(result);
    return rc;
}

stator_rc stator_jobs_set_status(const stator_jobs *jobs, const char *key, const char *code,
                                 int64_t fence, stator_doc **out)
{
    if (out != NULL) *out = NULL;
    if (!are_set(jobs) || key == NULL) return common_misuse("stator_jobs_set_status");
    if (!is_code(code))
        return stator_fail(STATOR_E_INVALID, "\"%s\" is no status code of jobs",
                           code != NULL ? code : "");
    const struct move move = {
        .key = key,
        .code = code,
        .condition = fence != 0 ? stator_eq("fence", stator_i(fence)) : stator_always(),
    };
    return move_job(jobs, &move, out);
}

/* ---- claiming */

/* Is it to be done? Kept in the block of who asks: `parts` holds what it is made of. */
static stator_cond is_free(int64_t now, stator_cond parts[3], stator_cond both[2])
{
    both[0] = stator_begins_with("status", stator_s(STATOR_JOB_RUNNING "#"));
    both[1] = stator_lt("lease_expires", stator_i(now));
    parts[0] = stator_begins_with("status", stator_s(STATOR_JOB_QUEUED "#"));
    parts[1] = stator_begins_with("status", stator_s(STATOR_JOB_ASYNC_RETURNING "#"));
    parts[2] = stator_all(both, 2);
    return stator_any(parts, 3);
}

static stator_rc take(const stator_jobs *jobs, const char *key, const char *worker,
                      int64_t lease_us, stator_doc **job)
{
    stator_cond parts[3], both[2];
    char token[STATOR_UUID_LEN];
    const int64_t now = stator_now(jobs->db);
    const struct move move = {
        .key = key,
        .code = STATOR_JOB_RUNNING,
        .token = stator_uuid4(jobs->db, token),
        .condition = is_free(now, parts, both),
        .more = {stator_set("worker", stator_s(worker)), stator_set("token", stator_s(token)),
                 stator_set("lease_expires", stator_i(now + lease_us)),
                 stator_upd_expr("SET fence = if_not_exists(fence, ?) + ?", stator_i(now),
                 stator_i(1))}, /* J1 */
        .more_count = 4,
    };
    return move_job(jobs, &move, job);
}

/* Try what the pager finds, until one is ours. */
static stator_rc claim_first(const stator_jobs *jobs, stator_pager *pager, const char *worker,
                             int64_t lease_us, stator_doc **job)
{
    const stator_node *item = NULL;
    stator_rc rc = STATOR_OK;
    while ((rc = stator_next(pager, &item)) == STATOR_OK) {
        rc = take(jobs, stator_str(item, "key"), worker, lease_us, job);
        if (rc != STATOR_CONDITION_FAILED && rc != STATOR_NOT_FOUND) return rc;
    }
    return rc == STATOR_DONE ? STATOR_NOT_FOUND : rc;
}

stator_rc stator_jobs_claim(const stator_jobs *jobs, const char *worker, int64_t lease_us,
                            stator_doc **job)
{
    stator_cond parts[3], both[2];
    stator_pager *pager = NULL;
    if (job != NULL) *job = NULL;
    if (!are_set(jobs) || worker == NULL || job == NULL || lease_us <= 0)
        return common_misuse("stator_jobs_claim");
    const stator_query_opts opts = {
        .size = sizeof opts,
        .key = stator_eq("username", stator_s(jobs->tenant)),
        .filter = is_free(stator_now(jobs->db), parts, both),
        .select = "key",
        .consistent = true,
    };
    stator_rc rc = stator_pager_query(jobs->db, jobs->table, &pager, &opts);
    if (rc == STATOR_OK) rc = claim_first(jobs, pager, worker, lease_us, job);
    stator_pager_free(pager);
    return rc;
}

/* ---- tenants, notes */

stator_rc stator_jobs_assume(const stator_jobs *jobs, const char *tenant,
                             const char *const *allowed, size_t count, stator_jobs *out)
{
    if (!are_set(jobs) || tenant == NULL || out == NULL || (allowed == NULL && count > 0))
        return common_misuse("stator_jobs_assume");
    bool may = common_is(tenant, jobs->tenant);
    for (size_t i = 0; i < count && !may; i++) may = common_is(allowed[i], tenant);
    if (!may)
        return stator_fail(STATOR_E_AUTH, "tenant \"%s\" may not act for \"%s\"", jobs->tenant,
                           tenant);
    *out = *jobs;
    out->tenant = tenant;
    return STATOR_OK;
}

stator_rc stator_jobs_note(const stator_jobs *jobs, const char *trace, stator_val what)
{
    char key[STATOR_JOB_KEY_LEN], created[STATUS_BYTES], time[STATOR_TS_LEN], id[STATOR_UUID_LEN];
    if (!are_set(jobs) || trace == NULL) return common_misuse("stator_jobs_note");
    (void)stator_rfc3339(time, stator_now(jobs->db));
    const stator_write_opts opts = {
        .size = sizeof opts,
        .value =
            STATOR_M({"username", stator_s(jobs->tenant)},
                     {"key", stator_sf(key, "#event#%s#%s", trace, stator_uuid4(jobs->db, id))},
                     {"created", stator_sf(created, "#trace#%s", time)}, {"event", what},
                     {"ttl", stator_i(common_seconds(jobs->db, note_ttl))}),
    };
    return stator_put_item(jobs->db, jobs->table, &opts);
}
