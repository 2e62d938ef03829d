/* short.c -- what applications of DynamoDB do all day, each in a few lines.
 *
 * usage: short [DATABASE]      "mem:" unless it is given
 *
 * A job queued under six conditions, an event appended once, a status moved, a history read, money
 * sent, an entity saved with its version, orders by date, a page with its token, many items read
 * and written, two writes as one. A test counts the lines of these functions, so that they stay
 * short: see tests/examples. What follows them runs each once and shows what it did.
 */
#include <stator/model.h>
#include <stator/patterns.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */

/* ---- a job that is queued unless one like it is current */

typedef struct job {
    const char *tenant, *key, *status, *dns, *created;
    bool allow_repeat;
} job;

static stator_cond is_returning_async_job(const char *inbound)
{
    const bool returns = strcmp(inbound, STATOR_JOB_ASYNC_RETURNING) == 0;
    return stator_begins_with("status", stator_s(returns ? STATOR_JOB_ASYNC_RUNNING : "NOMATCH"));
}

static stator_rc insert_with_condition(stator *db, stator_val item, stator_cond condition)
{
    const stator_rc rc = stator_put(db, "jobs", item, .condition = condition);
    if (rc < 0) /* a condition that fails is above 0: an answer, not an error */
        fprintf(stderr, "failed to insert item: %s\n", stator_error_get()->message);
    return rc;
}

static stator_rc insert_job(stator *db, const job *j)
{
    char rerun[STATOR_TS_LEN], backup[STATOR_TS_LEN], status[64];
    stator_rfc3339(rerun, stator_now(db) - 12 * STATOR_HOUR);
    stator_rfc3339(backup, stator_now(db) - 2 * STATOR_DAY);
    return insert_with_condition(db,
        STATOR_M({"username", stator_s(j->tenant)}, {"key", stator_s(j->key)},
                 {"status", stator_sf(status, "%s#%s", j->status, j->created)},
                 {"created", stator_s(j->created)}, {"dns", stator_opt_s(j->dns)},
                 {"allowRepeat", stator_bool(j->allow_repeat)}),
        stator_or(
            stator_not_exists("key"),                                 /* 1 there is none yet */
            stator_begins_with("status", stator_s(STATOR_JOB_FAIL)),  /* 2 it failed */
            is_returning_async_job(j->status),                        /* 3 it is coming back */
            stator_and(stator_begins_with("status", stator_s(STATOR_JOB_PASS)),
                       stator_lt("created", stator_s(rerun))),        /* 4 it passed long ago */
            stator_eq("allowRepeat", stator_bool(true)),              /* 5 it may be repeated */
            stator_lt("created", stator_s(backup))));                 /* 6 it must be stuck */
}

/* The same condition in DynamoDB's words. What a macro composes ends with its block, so what is to
 * be returned is kept in a pool. */
static stator_cond job_condition(stator_pool *pool, const char *rerun, const char *backup)
{
    return stator_cond_keep(pool, stator_expr(
        "attribute_not_exists(key) OR begins_with(status, ?)"
        " OR (begins_with(status, ?) AND created < ?) OR allowRepeat = ? OR created < ?",
        stator_s(STATOR_JOB_FAIL), stator_s(STATOR_JOB_PASS), stator_s(rerun),
        stator_bool(true), stator_s(backup)));
}

/* ---- a task: its events, its status, its history */

static stator_rc append_event(stator *db, const char *task, int n, const char *type)
{
    char pk[64], sk[32];
    return stator_put(db, "tasks", /* STATOR_CONDITION_FAILED: another was faster */
        STATOR_M({"PK", stator_sf(pk, "TASK#%s", task)}, {"SK", stator_sf(sk, "EVENT#%04d", n)},
                 {"event", STATOR_M({"type", stator_s(type)}, {"attempt", stator_i(1)})}),
        .condition = stator_not_exists("PK"));
}

static stator_rc move_status(stator *db, const char *task, const char *from, const char *to,
                             char actual[32])
{
    char pk[64], now[STATOR_TS_LEN];
    const stator_rc rc = stator_update(db, "tasks",
        STATOR_KEY({"PK", stator_sf(pk, "TASK#%s", task)}, {"SK", stator_s("META")}),
        stator_updates(stator_set("status", stator_s(to)),
                       stator_set("updated", stator_s(stator_rfc3339(now, stator_now(db))))),
        .condition = stator_eq("status", stator_s(from)), .on_failure = STATOR_ALL_OLD);
    const char *stored = stator_str(stator_error_get()->item, "status");
    snprintf(actual, 32, "%s", rc == STATOR_OK ? to : stored != NULL ? stored : "(no such task)");
    return rc;
}

static stator_rc print_history(stator *db, const char *task)
{
    char pk[64];
    stator_pager *events;
    const stator_node *event;
    stator_rc rc = stator_each_query(db, "tasks", &events,
        stator_and(stator_eq("PK", stator_sf(pk, "TASK#%s", task)),
                   stator_begins_with("SK", stator_s("EVENT#"))));
    while (rc == STATOR_OK && (rc = stator_next(events, &event)) == STATOR_OK)
        printf("  %s %s\n", stator_str(event, "SK"), stator_str(event, "event.type"));
    stator_pager_free(events);
    return rc == STATOR_DONE ? STATOR_OK : rc;
}

/* ---- money from one account to another */

static stator_rc transfer(stator *db, const char *from, const char *to, const char *amount)
{
    char a[64], b[64], t[64], id[STATOR_UUID_LEN], now[STATOR_TS_LEN];
    const stator_val sum = stator_n(amount), sk = stator_s("BALANCE");
    const stator_val at = stator_s(stator_rfc3339_frac(now, stator_now(db)));
    stator_tx *tx = stator_tx_new(db);
    stator_tx_update(tx, "data", STATOR_KEY({"PK", stator_sf(a, "ACCOUNT#%s", from)}, {"SK", sk}),
        stator_upd_expr("SET Balance = Balance - ?, UpdatedAt = ?", sum, at),
        .condition = stator_ge("Balance", sum));
    stator_tx_update(tx, "data", STATOR_KEY({"PK", stator_sf(b, "ACCOUNT#%s", to)}, {"SK", sk}),
        stator_upd_expr("SET Balance = Balance + ?, UpdatedAt = ?", sum, at), .if_exists = true);
    stator_tx_put(tx, "data",
        STATOR_M({"PK", stator_sf(t, "TRANSFER#%s", stator_uuid4(db, id))}, {"SK", stator_s("-")},
                 {"FromAccount", stator_s(from)}, {"ToAccount", stator_s(to)}, {"Amount", sum},
                 {"CreatedAt", at}, {"Status", stator_s("COMPLETED")}));
    const stator_rc rc = stator_tx_commit(tx, NULL);
    if (rc == STATOR_CONDITION_FAILED)
        puts(stator_error_get()->op_index == 0 ? "  not enough money" : "  no such account");
    stator_tx_free(tx);
    return rc;
}

/* ---- an entity and its version */

typedef struct order {
    char pk[64], sk[64], status[16], amount[48];
    int64_t created, updated, version;
} order;
static const stator_field order_fields[] = {
    STATOR_F_CHARS(order, pk, "PK", STATOR_F_PK),
    STATOR_F_CHARS(order, sk, "SK", STATOR_F_SK),
    STATOR_F_CHARS(order, status, "Status", STATOR_F_OMIT),
    STATOR_F_DEC(order, amount, "Amount", 0),
    STATOR_F_TIME(order, created, "CreatedAt", STATOR_F_CREATED),
    STATOR_F_TIME(order, updated, "UpdatedAt", STATOR_F_UPDATED),
    STATOR_F_INT(order, version, "Version", STATOR_F_VERSION),
};
static const stator_model order_model = STATOR_MODEL("data", order, order_fields, NULL);

static stator_rc save_order(stator *db, order *o)
{
    const stator_rc rc = stator_save(db, &order_model, o); /* o changes only when it is saved */
    if (rc == STATOR_CONDITION_FAILED) puts("  someone else saved it first");
    return rc;
}

static stator_rc save_by_hand(stator *db, stator_doc *entity)
{
    const int64_t v = stator_int(stator_doc_node(entity), "Version", 0);
    stator_doc_set(entity, "Version", stator_i(v + 1));
    const stator_rc rc = stator_put(db, "data", stator_doc_val(entity),
        .condition = v > 0 ? stator_eq("Version", stator_i(v)) : stator_not_exists("PK"));
    if (rc != STATOR_OK) stator_doc_set(entity, "Version", stator_i(v));
    return rc;
}

/* ---- queries, pages, many items */

/* Those that `when` holds for: of all times with stator_always(). */
static stator_rc user_orders(stator *db, const char *user, stator_cond when, stator_result **out)
{
    char pk[64];
    return stator_query(db, "data", out, stator_expr("PK = ? AND begins_with(SK, ?)",
                            stator_sf(pk, "USER#%s", user), stator_s("ORDER#")),
                        .filter = when);
}

static stator_rc user_by_email(stator *db, const char *email, stator_result **out)
{
    return stator_query(db, "data", out, stator_eq("Email", stator_s(email)),
                        .index = "Email-Index", .limit = 1);
}

/* `token` is where it begins, "" at the beginning, and becomes where the next one does. */
static stator_rc one_page(stator *db, const char *pk, char token[256])
{
    stator_result *page;
    stator_rc rc = stator_query(db, "data", &page, stator_eq("PK", stator_s(pk)), .limit = 2,
                                .start_token = token);
    for (size_t i = 0; rc == STATOR_OK && i < stator_result_count(page); i++) {
        const char *sk, *amount, *note = "(no note)";
        rc = stator_unpack(stator_result_item(page, i), "SK:s, Amount:n, Note:s?",
                           &sk, &amount, &note);
        if (rc == STATOR_OK) printf("  %s %s %s\n", sk, amount, note);
    }
    snprintf(token, 256, "%s", stator_result_token(page) ? stator_result_token(page) : "");
    stator_result_free(page);
    return rc;
}

static stator_rc statuses(stator *db, const stator_val *keys, size_t count)
{
    stator_result *found;
    const stator_rc rc = stator_batch_get(db, "data", &found, keys, count, .parallel = 4,
        .select = "PK, SK, Status", .retry = &(stator_retry){5, 75000, 2000000, 1.8, 0.35});
    for (size_t i = 0; rc == STATOR_OK && i < count; i++) {
        const stator_node *item = stator_result_item(found, i);
        const char *status = stator_str(item, "Status");
        if (item == NULL)
            puts("  (no such order)");
        else
            printf("  %s %s\n", stator_str(item, "SK"), status != NULL ? status : "(none)");
    }
    stator_result_free(found);
    return rc;
}

static stator_rc write_many(stator *db, stator_doc *const *docs, size_t count)
{
    stator_batch *batch;
    stator_rc rc = stator_batch_new(db, NULL, &batch);
    for (size_t i = 0; rc == STATOR_OK && i < count; i++)
        rc = stator_batch_put(batch, "data", stator_doc_val(docs[i]));
    if (rc == STATOR_OK) rc = stator_batch_flush(batch);
    if (rc == STATOR_PARTIAL) printf("  %zu are left\n", stator_batch_left(batch));
    stator_batch_free(batch);
    return rc;
}

/* ---- two writes as one */

typedef struct bookmark {
    char pk[64], sk[64], url[256];
} bookmark;
static const stator_field bookmark_fields[] = {
    STATOR_F_CHARS(bookmark, pk, "PK", STATOR_F_PK),
    STATOR_F_CHARS(bookmark, sk, "SK", STATOR_F_SK),
    STATOR_F_CHARS(bookmark, url, "url", 0),
};
static const stator_model bookmark_model = STATOR_MODEL("data", bookmark, bookmark_fields, NULL);

static stator_rc build_bookmark(void *b, stator_tx *tx)
{
    stator_tx_create(tx, &bookmark_model, b);
    stator_tx_update(tx, "data", STATOR_KEY({"PK", stator_s("QUOTA#ann")}, {"SK", stator_s("-")}),
        stator_inc("Remaining", stator_i(-1)), .condition = stator_gt("Remaining", stator_i(0)));
    return STATOR_OK;
}

static stator_rc add_bookmark(stator *db, bookmark *b)
{
    const stator_rc rc = stator_transact(db, build_bookmark, b);
    if (rc == STATOR_CONDITION_FAILED)
        printf("  refused by %d, %s\n", stator_error_get()->op_index, stator_error_get()->op_name);
    return rc;
}

static stator_rc change_bookmark(stator *db, bookmark *b)
{
    stator_rc rc = stator_create(db, &bookmark_model, b);
    if (rc != STATOR_OK) return rc;
    rc = stator_update_fields(db, &bookmark_model, "url", b, .if_exists = true,
                              .condition = stator_ne("Locked", stator_bool(true)));
    if (rc != STATOR_OK) return rc;
    return stator_remove_obj(db, &bookmark_model, b, .condition = stator_exists("PK"));
}
/* clang-format on */

/* ---- each of them once, and what it did */

static const char long_ago[] = "2024-01-04T10:30:00Z";

static void told(const char *what, stator_rc rc)
{
    printf("%s: %s\n", what, rc < 0 ? stator_error_get()->message : stator_rc_name(rc));
}

static void run_jobs(stator *db)
{
    char now[STATOR_TS_LEN];
    job scan = {.tenant = "acme", .key = "scan", .status = STATOR_JOB_PASS, .created = long_ago};
    told("a new job", insert_job(db, &scan));
    scan.created = stator_rfc3339(now, stator_now(db));
    told("one like it, which passed long ago", insert_job(db, &scan));
    told("one like it, which is current", insert_job(db, &scan));

    stator_pool *pool = stator_pool_new();
    told("the same in DynamoDB's words",
         insert_with_condition(db,
                               STATOR_M({"username", stator_s("acme")}, {"key", stator_s("scan")}),
                               job_condition(pool, long_ago, long_ago)));
    stator_pool_free(pool);
}

static void run_task(stator *db)
{
    char actual[32];
    told("an event", append_event(db, "t", 1, "SUBMITTED"));
    told("its number again", append_event(db, "t", 1, "CLAIMED"));
    told("the next", append_event(db, "t", 2, "CLAIMED"));
    (void)stator_put(db, "tasks",
                     STATOR_M({"PK", stator_s("TASK#t")}, {"SK", stator_s("META")},
                              {"status", stator_s("PENDING")}));
    told("begun", move_status(db, "t", "PENDING", "RUNNING", actual));
    told("begun again", move_status(db, "t", "PENDING", "RUNNING", actual));
    printf("  it is %s\n", actual);
    told("another task", move_status(db, "u", "PENDING", "RUNNING", actual));
    printf("  it is %s\n", actual);
    told("its history", print_history(db, "t"));
}

static void run_money(stator *db)
{
    static const char *const names[] = {"ACCOUNT#ann", "ACCOUNT#bob"};
    for (size_t i = 0; i < 2; i++)
        (void)stator_put(db, "data",
                         STATOR_M({"PK", stator_s(names[i])}, {"SK", stator_s("BALANCE")},
                                  {"Balance", stator_n("0.30")}));
    told("a transfer", transfer(db, "ann", "bob", "0.1"));
    told("too much", transfer(db, "ann", "bob", "0.25"));
    told("to nobody", transfer(db, "ann", "eve", "0.1"));
}

static void run_saves(stator *db)
{
    order first = {.pk = "USER#ann", .sk = "ORDER#1", .amount = "99.99"};
    order same = first;
    told("an order", save_order(db, &first));
    told("as another program saw it", save_order(db, &same));
    told("as it is", save_order(db, &first));
    printf("  its version is %d\n", (int)first.version);

    stator_doc *user = stator_doc_new();
    stator_doc_set(user, "PK", stator_s("USER#ann"));
    stator_doc_set(user, "SK", stator_s("PROFILE"));
    stator_doc_set(user, "Email", stator_s("ann@example.com"));
    told("a user", save_by_hand(db, user));
    told("once more", save_by_hand(db, user));
    stator_doc_free(user);
}

static void run_many(stator *db)
{
    stator_doc *docs[3];
    for (int i = 0; i < 3; i++) {
        char sk[16], amount[16];
        docs[i] = stator_doc_new();
        stator_doc_set(docs[i], "PK", stator_s("USER#ann"));
        stator_doc_set(docs[i], "SK", stator_sf(sk, "ORDER#%d", i + 2));
        snprintf(amount, sizeof amount, "%d.50", i);
        stator_doc_set(docs[i], "Amount", stator_n(amount));
        stator_doc_set(docs[i], "Status", stator_s("NEW"));
        stator_doc_set(docs[i], "CreatedAt", stator_s(long_ago));
    }
    told("three orders", write_many(db, docs, 3));
    for (int i = 0; i < 3; i++) stator_doc_free(docs[i]);

    const stator_val keys[] = {
        STATOR_KEY({"PK", stator_s("USER#ann")}, {"SK", stator_s("ORDER#3")}),
        STATOR_KEY({"PK", stator_s("USER#ann")}, {"SK", stator_s("ORDER#9")}),
        STATOR_KEY({"PK", stator_s("USER#ann")}, {"SK", stator_s("ORDER#1")}),
    };
    told("some of them", statuses(db, keys, 3));
}

static void run_queries(stator *db)
{
    char token[256] = "";
    stator_result *found = NULL;
    told("all orders", user_orders(db, "ann", stator_always(), &found));
    printf("  %zu\n", stator_result_count(found));
    stator_result_free(found);
    told("those of January",
         user_orders(db, "ann",
                     stator_between("CreatedAt", stator_s("2024-01"), stator_s("2024-02")),
                     &found));
    printf("  %zu\n", stator_result_count(found));
    stator_result_free(found);
    told("who has this address", user_by_email(db, "ann@example.com", &found));
    printf("  %s\n", stator_str(stator_result_item(found, 0), "PK"));
    stator_result_free(found);
    told("a page", one_page(db, "USER#ann", token));
    told("the next", one_page(db, "USER#ann", token));
    printf("  then %s\n", token[0] != '\0' ? "there is more" : "it ends");
}

static void run_bookmarks(stator *db)
{
    bookmark c = {.pk = "USER#ann", .sk = "BOOKMARK#c", .url = "https://example.com/c"};
    bookmark d = {.pk = "USER#ann", .sk = "BOOKMARK#d", .url = "https://example.com/d"};
    (void)stator_put(
        db, "data",
        STATOR_M({"PK", stator_s("QUOTA#ann")}, {"SK", stator_s("-")}, {"Remaining", stator_i(1)}));
    told("a bookmark", add_bookmark(db, &c));
    told("the same", add_bookmark(db, &c));
    told("one too many", add_bookmark(db, &d));
    told("made, changed, removed", change_bookmark(db, &d));
}

static stator_rc make_tables(stator *db)
{
    stator_rc rc = stator_create_table(db, .name = "jobs", .key = "username:S, key:S");
    if (rc == STATOR_OK) rc = stator_create_table(db, .name = "tasks", .key = "PK:S, SK:S");
    if (rc == STATOR_OK)
        rc = stator_create_table(db, .name = "data", .key = "PK:S, SK:S",
                                 .indexes =
                                     STATOR_INDEXES({.name = "Email-Index", .key = "Email:S"}));
    return rc;
}

int main(int argc, char **argv)
{
    static void (*const parts[])(stator *) = {run_jobs, run_task,    run_money,    run_saves,
                                              run_many, run_queries, run_bookmarks};
    static const char *const tables[] = {"jobs", "tasks", "data"};
    stator *db;
    stator_rc rc = stator_open(argc > 1 ? argv[1] : "mem:", NULL, &db);
    if (rc == STATOR_OK) rc = make_tables(db);
    for (size_t i = 0; rc == STATOR_OK && i < sizeof parts / sizeof parts[0]; i++) parts[i](db);
    for (size_t i = 0; rc == STATOR_OK && i < 3; i++) rc = stator_delete_table(db, tables[i]);
    if (rc != STATOR_OK) fprintf(stderr, "%s\n", stator_error_get()->message);
    stator_close(db);
    return rc != STATOR_OK;
}
