/* load.c -- bench_load: see README.md for its options and what it prints. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "load_client.h"

struct options {
    const char *host;
    unsigned port;
    const struct op_name *op;
    const char *table;
    const char *iterator;
    unsigned items;
    unsigned item_bytes;
    unsigned connections;
    unsigned seconds;
    unsigned warmup;
    unsigned pid;
    bool is_line;
};

/* What a run does with its operation. */
typedef enum run_kind {
    RUN_TIMED,  /* on random items, for --seconds after --warmup */
    RUN_LOADS,  /* on every item once */
    RUN_CREATES /* once, and then waits for the table */
} run_kind;

struct op_name {
    const char *name;
    load_op op;
    run_kind kind;
};
static const struct op_name op_names[] = {
    {"create",          LOAD_CREATE,          RUN_CREATES},
    {"create-indexed",  LOAD_CREATE_INDEXED,  RUN_CREATES},
    {"create-streamed", LOAD_CREATE_STREAMED, RUN_CREATES},
    {"load",            LOAD_LOAD,            RUN_LOADS  },
    {"load-indexed",    LOAD_LOAD_INDEXED,    RUN_LOADS  },
    {"load-streamed",   LOAD_LOAD,            RUN_LOADS  },
    {"get",             LOAD_GET,             RUN_TIMED  },
    {"put",             LOAD_PUT,             RUN_TIMED  },
    {"put-indexed",     LOAD_PUT_INDEXED,     RUN_TIMED  },
    {"put-streamed",    LOAD_PUT,             RUN_TIMED  },
    {"records",         LOAD_RECORDS,         RUN_TIMED  },
    {"update",          LOAD_UPDATE,          RUN_TIMED  },
    {"query",           LOAD_QUERY,           RUN_TIMED  },
    {"scan",            LOAD_SCAN,            RUN_TIMED  },
    {"batch",           LOAD_BATCH,           RUN_TIMED  },
    {"transact",        LOAD_TRANSACT,        RUN_TIMED  },
    {"fixed",           LOAD_FIXED,           RUN_TIMED  },
};

static bool read_number(const char *text, unsigned *out)
{
    char *end = NULL;
    errno = 0;
    const unsigned long n = strtoul(text, &end, 10);
    if (end == text || *end != 0 || errno != 0 || n > 1000000000U) return false;
    *out = (unsigned)n;
    return true;
}

static bool read_op(struct options *options, const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(op_names); i++) {
        if (strcmp(op_names[i].name, name) != 0) continue;
        options->op = &op_names[i];
        return true;
    }
    return false;
}

/* Take one "--name value". */
static bool read_option(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "--op") == 0) return read_op(options, value);
    const struct {
        const char *name;
        const char **text;
        unsigned *number;
    } places[] = {
        {"--host",        &options->host,     NULL                 },
        {"--port",        NULL,               &options->port       },
        {"--table",       &options->table,    NULL                 },
        {"--iterator",    &options->iterator, NULL                 },
        {"--items",       NULL,               &options->items      },
        {"--item-bytes",  NULL,               &options->item_bytes },
        {"--connections", NULL,               &options->connections},
        {"--seconds",     NULL,               &options->seconds    },
        {"--warmup",      NULL,               &options->warmup     },
        {"--pid",         NULL,               &options->pid        },
    };
    for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
        if (strcmp(places[i].name, name) != 0) continue;
        if (places[i].number != NULL) return read_number(value, places[i].number);
        *places[i].text = value;
        return true;
    }
    return false;
}

static bool read_options(int argc, char **argv, struct options *options)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--line") == 0) {
            options->is_line = true;
            continue;
        }
        if (i + 1 == argc || !read_option(options, argv[i], argv[i + 1])) {
            (void)fprintf(stderr, "bench_load: %s is not understood; see bench/README.md\n",
                          argv[i]);
            return false;
        }
        i++;
    }
    if (options->op != NULL && options->port != 0 && options->connections != 0 &&
        options->items != 0 && options->port <= UINT16_MAX)
        return true;
    (void)fprintf(stderr, "bench_load: --port and --op are needed; see bench/README.md\n");
    return false;
}

/* What is printed, in the order of the line. */
struct report {
    uint64_t requests;
    uint64_t errors;
    double seconds;
    double per_second;
    uint64_t p50_us;
    uint64_t p99_us;
    uint64_t max_us;
    double cpu_us; /* of the server, per request */
    uint64_t rss_kib;
};

static struct report report_of(const struct options *options, const struct load_result *result,
                               uint64_t cpu_us)
{
    const struct load_measure *measure = &result->measure;
    const double seconds = (double)result->elapsed_ns / 1e9;
    const double count = (double)measure->count;
    return (struct report){
        .requests = measure->count,
        .errors = result->errors,
        .seconds = seconds,
        .per_second = seconds > 0 ? count / seconds : 0,
        .p50_us = load_measure_quantile_ns(measure, 500) / 1000,
        .p99_us = load_measure_quantile_ns(measure, 990) / 1000,
        .max_us = measure->max_ns / 1000,
        .cpu_us = count > 0 ? (double)cpu_us / count : 0,
        .rss_kib = load_measure_rss_kib(options->pid),
    };
}

static void print_line(const struct options *options, const struct report *report)
{
    (void)printf("op=%s connections=%u requests=%" PRIu64 " errors=%" PRIu64
                 " seconds=%.2f rps=%.0f p50_us=%" PRIu64 " p99_us=%" PRIu64 " max_us=%" PRIu64
                 " server_cpu_us=%.2f server_rss_kib=%" PRIu64 "\n",
                 options->op->name, options->connections, report->requests, report->errors,
                 report->seconds, report->per_second, report->p50_us, report->p99_us,
                 report->max_us, report->cpu_us, report->rss_kib);
}

static void print_table(const struct options *options, const struct report *report)
{
    (void)printf("%s over %u connections\n", options->op->name, options->connections);
    (void)printf("  requests   %" PRIu64 " in %.2f s, %" PRIu64 " errors\n", report->requests,
                 report->seconds, report->errors);
    (void)printf("  per second %.0f\n", report->per_second);
    (void)printf("  latency    p50 %" PRIu64 " us, p99 %" PRIu64 " us, max %" PRIu64 " us\n",
                 report->p50_us, report->p99_us, report->max_us);
    if (options->pid == 0) return;
    (void)printf("  server     %.2f us of CPU per request, %" PRIu64 " KiB resident\n",
                 report->cpu_us, report->rss_kib);
}

static void print_result(const struct options *options, const struct load_result *result,
                         uint64_t cpu_us)
{
    const struct report report = report_of(options, result, cpu_us);
    if (options->is_line) {
        print_line(options, &report);
    } else {
        print_table(options, &report);
    }
}

static void measure(struct load_client *client, const struct options *options, struct load_run *run,
                    struct load_result *result)
{
    if (options->op->kind == RUN_LOADS) {
        run->is_in_order = true;
        run->count_max = options->items;
    } else {
        run->time_ns = (uint64_t)options->warmup * 1000000000U;
        if (run->time_ns > 0) load_client_run(client, run, result);
        const uint64_t errors = result->errors;
        *result = (struct load_result){.errors = errors};
        run->time_ns = (uint64_t)options->seconds * 1000000000U;
    }
    const uint64_t cpu_us = load_measure_cpu_us(options->pid);
    load_client_run(client, run, result);
    print_result(options, result, load_measure_cpu_us(options->pid) - cpu_us);
}

/* Send one request of `op` and give back the reply's body. */
static struct span ask(struct load_client *client, const struct options *options, load_op op,
                       struct load_result *result)
{
    struct load_request request;
    if (!load_request_init(&request, op, options->table, options->item_bytes))
        return (struct span){0};
    const struct load_run run = {.request = &request, .items = 1, .count_max = 1};
    load_client_run(client, &run, result);
    load_request_deinit(&request);
    return load_client_last_body(client);
}

static void create(struct load_client *client, const struct options *options,
                   struct load_result *result)
{
    (void)ask(client, options, options->op->op, result);
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    while (result->errors == 0) {
        const struct span body = ask(client, options, LOAD_DESCRIBE, result);
        if (span_contains(body, SPAN("\"ACTIVE\""))) return;
        (void)nanosleep(&pause, NULL);
    }
}

int main(int argc, char **argv)
{
    struct options options = {
        .host = "127.0.0.1",
        .table = "Bench",
        .iterator = "",
        .items = 100000,
        .item_bytes = 1024,
        .connections = 64,
        .seconds = 5,
        .warmup = 1,
    };
    if (!read_options(argc, argv, &options)) return 2;
    const bool creates = options.op->kind == RUN_CREATES;
    struct load_client *client =
        load_client_open(options.host, (uint16_t)options.port, creates ? 1 : options.connections);
    if (client == NULL) return 1;
    const char *name = options.op->op == LOAD_RECORDS ? options.iterator : options.table;
    struct load_result result = {0};
    struct load_request request;
    if (creates) {
        create(client, &options, &result);
    } else if (load_request_init(&request, options.op->op, name, options.item_bytes)) {
        struct load_run run = {.request = &request, .items = options.items};
        measure(client, &options, &run, &result);
        load_request_deinit(&request);
    } else {
        result.errors++;
    }
    load_client_close(client);
    return result.errors == 0 ? 0 : 1;
}
