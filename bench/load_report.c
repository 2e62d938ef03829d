/* load_report.c -- see load_report.h. */
#include "load_report.h"

#include <inttypes.h>
#include <stdio.h>

/* What is printed, in the order of the line. */
struct figures {
    uint64_t requests;
    uint64_t errors;
    double seconds;
    double per_second;
    uint64_t p50_us;
    uint64_t p99_us;
    uint64_t max_us;
    double cpu_us; /* of the server, per request */
    uint64_t rss_kib;
    uint64_t p999_us;
};

static struct figures figures_of(const struct load_options *options,
                                 const struct load_result *result, uint64_t cpu_us)
{
    const struct load_measure *measure = &result->measure;
    const double seconds = (double)result->elapsed_ns / 1e9;
    const double count = (double)result->answered;
    return (struct figures){
        .requests = result->answered,
        .errors = result->errors,
        .seconds = seconds,
        .per_second = seconds > 0 ? count / seconds : 0,
        .p50_us = load_measure_quantile_ns(measure, 500) / 1000,
        .p99_us = load_measure_quantile_ns(measure, 990) / 1000,
        .max_us = measure->max_ns / 1000,
        .cpu_us = count > 0 ? (double)cpu_us / count : 0,
        .rss_kib = load_measure_rss_kib(options->pid),
        .p999_us = load_measure_quantile_ns(measure, 999) / 1000,
    };
}

static void print_kinds(const struct load_mix *mix, const struct load_result *result)
{
    if (mix->count == 1) return;
    for (size_t i = 0; i < mix->count; i++) {
        const char *name = mix->kinds[i].name;
        const struct load_measure *measure = &result->kinds[i];
        (void)printf(" %s=%" PRIu64 " %s_p50_us=%" PRIu64 " %s_p99_us=%" PRIu64, name,
                     measure->count, name, load_measure_quantile_ns(measure, 500) / 1000, name,
                     load_measure_quantile_ns(measure, 990) / 1000);
    }
}

static void print_line(const struct load_options *options, const struct load_mix *mix,
                       const struct load_result *result, const struct figures *figures,
                       unsigned every)
{
    (void)printf("op=%s connections=%u requests=%" PRIu64 " errors=%" PRIu64
                 " seconds=%.2f rps=%.0f p50_us=%" PRIu64 " p99_us=%" PRIu64 " max_us=%" PRIu64
                 " server_cpu_us=%.2f server_rss_kib=%" PRIu64,
                 options->op->name, options->connections, figures->requests, figures->errors,
                 figures->seconds, figures->per_second, figures->p50_us, figures->p99_us,
                 figures->max_us, figures->cpu_us, figures->rss_kib);
    (void)printf(" p999_us=%" PRIu64 " rate=%u unsent=%" PRIu64 " conflicts=%" PRIu64
                 " refused=%" PRIu64 " every=%u",
                 figures->p999_us, options->rate, result->unsent, result->conflicts,
                 result->refused, every);
    print_kinds(mix, result);
    (void)printf("\n");
}

static void print_table(const struct load_options *options, const struct load_mix *mix,
                        const struct load_result *result, const struct figures *figures)
{
    (void)printf("%s over %u connections\n", options->op->name, options->connections);
    (void)printf("  requests   %" PRIu64 " in %.2f s, %" PRIu64 " errors, %" PRIu64
                 " conflicts, %" PRIu64 " conditions refused, %" PRIu64 " never sent\n",
                 figures->requests, figures->seconds, figures->errors, result->conflicts,
                 result->refused, result->unsent);
    (void)printf("  per second %.0f", figures->per_second);
    (void)printf(options->rate > 0 ? " of %u\n" : "\n", options->rate);
    (void)printf("  latency    p50 %" PRIu64 " us, p99 %" PRIu64 " us, p99.9 %" PRIu64
                 " us, max %" PRIu64 " us\n",
                 figures->p50_us, figures->p99_us, figures->p999_us, figures->max_us);
    for (size_t i = 0; mix->count > 1 && i < mix->count; i++)
        (void)printf("  %-10s %" PRIu64 ", p50 %" PRIu64 " us, p99 %" PRIu64 " us\n",
                     mix->kinds[i].name, result->kinds[i].count,
                     load_measure_quantile_ns(&result->kinds[i], 500) / 1000,
                     load_measure_quantile_ns(&result->kinds[i], 990) / 1000);
    if (options->pid == 0) return;
    (void)printf("  server     %.2f us of CPU per request, %" PRIu64 " KiB resident\n",
                 figures->cpu_us, figures->rss_kib);
}

void load_report_print(const struct load_options *options, const struct load_mix *mix,
                       const struct load_result *result, uint64_t cpu_us, unsigned every)
{
    const struct figures figures = figures_of(options, result, cpu_us);
    if (options->is_line) {
        print_line(options, mix, result, &figures, every);
    } else {
        print_table(options, mix, result, &figures);
    }
    (void)fflush(stdout);
}
