/* load.c -- bench_load: see README.md for its options and what it prints. */
#include <signal.h>
#include <string.h>
#include <time.h>

#include "load_client.h"
#include "load_options.h"
#include "load_report.h"

enum { NS_PER_S = 1000000000 };

/* One call of this program. */
struct job {
    const struct load_options *options;
    struct load_client *client;
    struct load_mix mix;
    struct load_result result;
    uint64_t cpu_us; /* of the server, when it was last asked for */
};

static struct load_request_options request_options(const struct load_options *options)
{
    return (struct load_request_options){
        .name = options->op->op == LOAD_RECORDS ? options->iterator : options->table,
        .item_bytes = options->item_bytes,
        .is_random = options->is_random,
        .life_s = options->life,
    };
}

/* ---- a table is made */

/* Send one request of `op` and give back the reply's body. */
static struct span ask(struct job *job, load_op op)
{
    const struct load_request_options options = request_options(job->options);
    if (!load_mix_init_one(&job->mix, op, &options)) {
        job->result.errors++;
        return (struct span){0};
    }
    const struct load_run run = {.mix = &job->mix, .items = 1, .count_max = 1};
    load_client_run(job->client, &run, &job->result);
    load_mix_deinit(&job->mix);
    return load_client_last_body(job->client);
}

static void await_active(struct job *job)
{
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    while (job->result.errors == 0) {
        if (span_contains(ask(job, LOAD_DESCRIBE), SPAN("\"ACTIVE\""))) return;
        (void)nanosleep(&pause, NULL);
    }
}

static void create(struct job *job)
{
    const load_op op = job->options->op->op;
    (void)ask(job, op);
    await_active(job);
    if (op == LOAD_CREATE_MIXED && job->result.errors == 0) (void)ask(job, LOAD_EXPIRE);
}

/* ---- a load is driven */

/* What the server has used since it was last asked. */
static uint64_t cpu_us_since(struct job *job)
{
    const uint64_t before = job->cpu_us;
    job->cpu_us = load_measure_cpu_us(job->options->pid);
    return job->cpu_us - before;
}

static void tell(void *ctx, const struct load_result *since)
{
    struct job *job = ctx;
    load_report_print(job->options, &job->mix, since, cpu_us_since(job), job->options->every);
}

/* The first seconds do not count, but for their errors. */
static void warm_up(struct job *job, struct load_run *run)
{
    run->time_ns = (uint64_t)job->options->warmup * NS_PER_S;
    if (run->time_ns > 0) load_client_run(job->client, run, &job->result);
    const uint64_t errors = job->result.errors;
    memset(&job->result, 0, sizeof job->result);
    job->result.errors = errors;
}

/* How much of it there is: every item once, so many requests, or for so long. */
static void set_end(const struct job *job, struct load_run *run)
{
    const struct load_options *options = job->options;
    const unsigned each = job->mix.kinds[0].request.items;
    run->time_ns = 0;
    run->is_in_order = options->op->kind == LOAD_OPTIONS_LOADS;
    if (run->is_in_order) {
        run->count_max = (options->items + each - 1) / each;
    } else if (options->requests > 0) {
        run->count_max = options->requests;
    } else {
        run->time_ns = (uint64_t)options->seconds * NS_PER_S;
    }
}

static void measure(struct job *job)
{
    const struct load_options *options = job->options;
    struct load_run run = {.mix = &job->mix, .items = options->items, .rate = options->rate};
    if (options->op->kind != LOAD_OPTIONS_LOADS) warm_up(job, &run);
    set_end(job, &run);
    if (options->every > 0) {
        run.every_ns = (uint64_t)options->every * NS_PER_S;
        run.tell = tell;
        run.ctx = job;
    }
    const uint64_t begun_us = load_measure_cpu_us(options->pid);
    job->cpu_us = begun_us;
    load_client_run(job->client, &run, &job->result);
    const uint64_t used_us = load_measure_cpu_us(options->pid) - begun_us;
    load_report_print(options, &job->mix, &job->result, used_us, 0);
}

static void drive(struct job *job)
{
    const struct load_request_options options = request_options(job->options);
    const bool is_mixed = job->options->op->kind == LOAD_OPTIONS_MIXED;
    if (is_mixed ? load_mix_init_all(&job->mix, &options)
                 : load_mix_init_one(&job->mix, job->options->op->op, &options)) {
        measure(job);
        load_mix_deinit(&job->mix);
    } else {
        job->result.errors++;
    }
}

/* ---- the program */

static struct load_client *asked_to_end; /* set before the handler is */

static void on_signal(int number)
{
    (void)number;
    load_client_stop(asked_to_end);
}

/* Whoever interrupts a run still wants to know what it measured. */
static void end_by_signal(struct load_client *client)
{
    asked_to_end = client;
    const struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

int main(int argc, char **argv)
{
    struct load_options options;
    if (!load_options_read(argc, argv, &options)) return 2;
    const bool creates = options.op->kind == LOAD_OPTIONS_CREATES;
    struct load_client *client =
        load_client_open(options.host, (uint16_t)options.port, creates ? 1 : options.connections);
    struct job *job = client == NULL ? NULL : mem_new(mem_heap(), sizeof *job);
    if (job == NULL) return 1;
    job->options = &options;
    job->client = client;
    if (creates) {
        create(job);
    } else {
        end_by_signal(client);
        drive(job);
    }
    const int code = job->result.errors == 0 ? 0 : 1;
    mem_free(mem_heap(), job, sizeof *job);
    load_client_close(client);
    return code;
}
