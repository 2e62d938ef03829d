/* drive.c -- see drive.h.
 *
 * Requests are counted only when something came of them, so that clients go on after a time without
 * a server; a deadline ends them when none comes back.
 */
#include "linear/drive.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "linear/choose.h"
#include "linear/served.h"

enum { CLIENTS_MAX = 64, CROWD = 20, DEADLINE_S = 120, LIFE_MS_MIN = 60, LIFE_MS_SPAN = 240 };

struct client {
    pthread_t thread;
    struct send_place place;
    struct choose choose;
    struct history log;
    unsigned requests;
    atomic_uint *left; /* clients that have not finished */
};

static void pause_us(long us)
{
    (void)nanosleep(&(struct timespec){us / 1000000, us % 1000000 * 1000}, NULL);
}

/* ---- clients */

/* Where nobody waits for a disk, threads would seldom meet. */
static void pause_sometimes(struct client *c)
{
    if (support_random_below(&c->choose.random, 4) == 0) sched_yield();
}

static void learn(struct client *c, size_t first)
{
    for (size_t i = first; i < c->log.count; i++) choose_learn(&c->choose, &c->log.ops[i]);
}

static bool has_answer(const struct client *c, size_t first)
{
    for (size_t i = first; i < c->log.count; i++)
        if (c->log.ops[i].outcome != OUTCOME_NOTHING) return true;
    return false;
}

static void *run_client(void *ud)
{
    struct client *c = ud;
    const int64_t deadline = served_clock_ns() + (int64_t)DEADLINE_S * 1000000000;
    for (unsigned made = 0; made < c->requests && served_clock_ns() < deadline;) {
        const struct send_request request = choose_next(&c->choose);
        const size_t first = c->log.count;
        const uint64_t nothing = c->place.tally.nothing;
        c->place.send(&c->place, &request, &c->log);
        learn(c, first);
        if (has_answer(c, first)) made++;
        if (c->place.tally.nothing > nothing) pause_us(5000); /* no server */
        pause_sometimes(c);
    }
    atomic_fetch_sub(c->left, 1);
    return NULL;
}

/* ---- the database */

struct stage {
    const struct drive_plan *plan;
    char *folder;
    char socket[600], data[600], uri[700];
    struct served served;
    stator *db;
};

static void start_server(struct stage *run)
{
    struct served *served = &run->served;
    size_t count = 0;
    served->data = run->data;
    served->options[count++] = "--log-level";
    served->options[count++] = "error";
    if (run->plan->is_relaxed) {
        served->options[count++] = "--durability";
        served->options[count++] = "relaxed";
    }
    if (run->plan->place == DRIVE_UNIX) {
        served->options[count++] = "--unix";
        served->options[count++] = run->socket;
    }
    served_start(served);
}

static void name_place(struct stage *run)
{
    const drive_place place = run->plan->place;
    (void)snprintf(run->data, sizeof run->data, "%s/data", run->folder);
    (void)snprintf(run->socket, sizeof run->socket, "%s/socket", run->folder);
    if (place == DRIVE_HTTP || place == DRIVE_UNIX) start_server(run);
    if (place == DRIVE_MEM) (void)snprintf(run->uri, sizeof run->uri, "mem:");
    if (place == DRIVE_FILE) (void)snprintf(run->uri, sizeof run->uri, "file:%s", run->data);
    if (place == DRIVE_HTTP) (void)snprintf(run->uri, sizeof run->uri, "%s", run->served.url);
    if (place == DRIVE_UNIX) (void)snprintf(run->uri, sizeof run->uri, "unix:%s", run->socket);
}

static void open_place(struct stage *run)
{
    const stator_options options = {
        .size = sizeof options,
        .retry = &(stator_retry){0, 0, 0, 1.0, 0.0},
        .durability = run->plan->is_relaxed ? STATOR_RELAXED : STATOR_SYNC,
        .pool_size = CLIENTS_MAX,
        .call_timeout_us = 60 * STATOR_SECOND,
    };
    run->folder = support_folder_new();
    name_place(run);
    if (stator_open(run->uri, &options, &run->db) != STATOR_OK)
        fail_msg("%s: %s", run->uri, stator_error_get()->message);
}

static void make_tables(struct stage *run, const struct send_place *place)
{
    for (unsigned family = 0; family < run->plan->families; family++) {
        char table[SEND_TABLE_BYTES];
        send_table_name(place, family, table);
        if (stator_create_table(run->db, .name = table, .key = "PK:S, SK:S") != STATOR_OK)
            fail_msg("%s: %s", table, stator_error_get()->message);
    }
}

static void close_place(struct stage *run)
{
    stator_close(run->db);
    if (run->served.pid != 0) served_stop(&run->served);
    support_folder_free(run->folder);
}

/* ---- ends of servers */

/* Kill it, or stop it, and start it again, as long as clients are at work. */
static void end_servers(struct stage *run, atomic_uint *left)
{
    struct support_random random = {run->plan->seed + 1};
    for (unsigned i = 0; i < run->plan->ends && atomic_load(left) > 0; i++) {
        const uint32_t wait_ms = LIFE_MS_MIN + support_random_below(&random, LIFE_MS_SPAN);
        for (uint32_t ms = 0; ms < wait_ms && atomic_load(left) > 0; ms++) pause_us(1000);
        if (atomic_load(left) == 0) return;
        if (i % 3 == 2)
            served_stop(&run->served);
        else
            served_kill(&run->served);
        served_start(&run->served);
    }
}

/* What nobody heard of ended with the life of its server. Where there was none, nothing
 * happened. */
static void bound_unknown(const struct stage *run, struct history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        struct history_op *op = &history->ops[i];
        if (op->outcome != OUTCOME_UNKNOWN) continue;
        op->ret = served_until(&run->served, op->call, op->ret);
        if (op->ret < op->call) op->outcome = OUTCOME_NOTHING;
        if (op->outcome == OUTCOME_NOTHING) op->ret = op->call;
    }
}

/* ---- all */

static void add_tally(struct send_tally *sum, const struct send_tally *one)
{
    sum->answered += one->answered;
    sum->refused += one->refused;
    sum->unknown += one->unknown;
    sum->conflicts += one->conflicts;
    sum->nothing += one->nothing;
    sum->repeated += one->repeated;
    sum->unexpected += one->unexpected;
    if (one->words[0] != '\0') memcpy(sum->words, one->words, sizeof sum->words);
}

static void prepare_client(const struct stage *run, struct client *c, uint16_t number)
{
    const struct drive_plan *plan = run->plan;
    c->place = (struct send_place){
        .db = run->db,
        .prefix = "linear",
        .family_keys = plan->family_keys,
        .client = number,
        .send = plan->send != NULL ? plan->send : send_request,
    };
    c->choose = (struct choose){
        .random = {plan->seed * 1000003 + number},
        .client = number,
        .families = plan->families,
        .family_keys = plan->family_keys,
        .is_embedded = plan->place == DRIVE_MEM || plan->place == DRIVE_FILE,
        .is_crowded = plan->clients > CROWD,
        .is_quiet = plan->is_quiet,
    };
    c->requests = plan->requests;
}

static void join_client(struct client *c, struct history *history, struct send_tally *tally)
{
    assert_int_equal(pthread_join(c->thread, NULL), 0);
    for (size_t i = 0; i < c->log.count; i++) history_add(history, &c->log.ops[i]);
    add_tally(tally, &c->place.tally);
    free(c->place.liar);
    history_deinit(&c->log);
}

void drive_run(const struct drive_plan *plan, struct history *history, struct send_tally *tally)
{
    struct stage run = {.plan = plan};
    struct client *clients = calloc(plan->clients, sizeof *clients);
    atomic_uint left = plan->clients;
    assert_non_null(clients);
    assert_true(plan->clients <= CLIENTS_MAX);
    assert_true(plan->families * plan->family_keys <= HISTORY_KEYS_MAX);
    open_place(&run);
    for (unsigned i = 0; i < plan->clients; i++) {
        prepare_client(&run, &clients[i], (uint16_t)i);
        clients[i].left = &left;
        if (i == 0) make_tables(&run, &clients[0].place);
    }
    for (unsigned i = 0; i < plan->clients; i++)
        assert_int_equal(pthread_create(&clients[i].thread, NULL, run_client, &clients[i]), 0);
    end_servers(&run, &left);
    for (unsigned i = 0; i < plan->clients; i++) join_client(&clients[i], history, tally);
    free(clients);
    close_place(&run);
    bound_unknown(&run, history);
    history_number(history);
    drive_title(plan, history->title, sizeof history->title);
}

void drive_title(const struct drive_plan *plan, char *out, size_t size)
{
    static const char *const places[] = {"mem", "file", "http", "unix"};
    (void)snprintf(out, size, "%s %s, %u clients, %u x %u items, %u ends%s, seed %llu",
                   places[plan->place], plan->is_relaxed ? "relaxed" : "sync", plan->clients,
                   plan->families, plan->family_keys, plan->ends, plan->is_quiet ? ", quiet" : "",
                   (unsigned long long)plan->seed);
}
